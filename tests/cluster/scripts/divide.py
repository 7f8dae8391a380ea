"""Fails in an executor."""

from pyspark.sql import SparkSession

spark = SparkSession.builder.appName("divide").getOrCreate()
spark.sparkContext.parallelize([0], 1).map(lambda number: 1 / number).collect()
