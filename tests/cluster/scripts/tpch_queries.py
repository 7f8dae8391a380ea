"""Writes the result of each query below the first argument, as text, below the second one."""

import sys

from pyspark.sql import SparkSession

spark = SparkSession.builder.enableHiveSupport().getOrCreate()
queries, target = sys.argv[1:]
for path, query in spark.sparkContext.wholeTextFiles(f"{queries}/*.sql").collect():
    name = path.rpartition("/")[2].removesuffix(".sql")
    spark.sql(query).write.mode("overwrite").csv(f"{target}/{name}", sep="|")
