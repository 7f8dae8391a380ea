"""Goes on until it is cancelled."""

import time

from pyspark.sql import SparkSession

spark = SparkSession.builder.appName("endless").getOrCreate()
while True:
    spark.range(10).count()
    time.sleep(0.1)
