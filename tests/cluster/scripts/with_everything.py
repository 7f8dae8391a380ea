"""Uses what came with --py-files, --jars, --files and --archives, in the driver and in an executor."""

import sys

from helpers.greeting import greet
from pyspark import SparkFiles
from pyspark.sql import SparkSession

spark = SparkSession.builder.appName("with everything").getOrCreate()
spark._jvm.java.lang.Thread.currentThread().getContextClassLoader().loadClass("org.apache.hadoop.examples.WordCount")


def use(_):
    import packed_module  # only in the packed environment

    return [greet(packed_module.NAME), sys.prefix, open("names.txt").read().strip()]


found = spark.sparkContext.parallelize([1], 1).flatMap(use).collect()
print(" | ".join([*found, SparkFiles.get("names.txt").rsplit("/", 1)[-1], spark.conf.get("spark.yarn.tags")]))
spark.stop()
