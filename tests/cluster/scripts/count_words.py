"""Counts words of a text on S3 by key, and writes the counts to S3."""

import sys

from pyspark.sql import SparkSession

spark = SparkSession.builder.appName("count words").getOrCreate()
lines = spark.read.text(sys.argv[1])
words = lines.selectExpr("explode(split(value, ' ')) AS word")
words.groupBy("word").count().write.mode("overwrite").csv(sys.argv[2], header=True)
print("counted", words.count())
spark.stop()
