"""Prints, as one line of JSON, what a Spark job sees of its configuration."""

import json
import os

from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()
conf = dict(spark.sparkContext.getConf().getAll())
hive = spark._jsparkSession.sharedState().hadoopConf()
print(json.dumps({"conf": conf, "hive": hive.get("marked.by"), "env": os.environ.get("MARKED_SPARK")}))
