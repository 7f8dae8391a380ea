"""Fails in the driver with an exception of its own."""

from pyspark.sql import SparkSession

spark = SparkSession.builder.appName("broken").getOrCreate()
raise ValueError("the input was not what was promised")
