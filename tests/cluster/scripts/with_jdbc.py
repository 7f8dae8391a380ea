"""Writes a table to the database that the argument names, and reads it back: number of rows and sum."""

import sys

from pyspark.sql import SparkSession, functions

spark = SparkSession.builder.getOrCreate()
options = {"user": "postgres", "password": "secret", "driver": "org.postgresql.Driver"}
rows = spark.createDataFrame([(1, "Ada"), (2, "Müller"), (3, None)], "n int, name string")
rows.write.jdbc(sys.argv[1], "numbers", mode="overwrite", properties=options)
read = spark.read.jdbc(sys.argv[1], "numbers", properties=options)
print(read.count(), read.agg(functions.sum("n")).first()[0])
