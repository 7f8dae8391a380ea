"""Computes a little, then stays for as many seconds as it is told."""

import sys
import time

from pyspark.sql import SparkSession

spark = SparkSession.builder.appName("linger").getOrCreate()
print("lingering", spark.range(1000).selectExpr("sum(id)").first()[0], flush=True)
time.sleep(float(sys.argv[1]))
spark.stop()
