"""A job whose second stage goes on when it may; its result is in HDFS."""

import os
import time
from operator import add

from pyspark.sql import SparkSession


def held(pairs):
    while not os.path.exists("/tmp/go"):
        time.sleep(0.1)
    return pairs


context = SparkSession.builder.appName("survivor").getOrCreate().sparkContext
numbers = context.parallelize(range(10000), 4).map(lambda number: (number % 7, number))
numbers.reduceByKey(add, 4).mapPartitions(held).map(str).coalesce(1).saveAsTextFile("hdfs:///survived")
