"""Seconds of appends to an Iceberg table in Glue and to a folder of Parquet, in turns, as JSON on standard output.

Arguments: a place for tables, the rows of an append, the number of turns.
"""

import json
import sys
import time

from pyspark.sql import SparkSession

place, rows, turns = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
builder = SparkSession.builder.config("spark.sql.catalog.glue", "org.apache.iceberg.spark.SparkCatalog")
builder = builder.config("spark.sql.catalog.glue.catalog-impl", "org.apache.iceberg.aws.glue.GlueCatalog")
builder = builder.config("spark.sql.catalog.glue.io-impl", "org.apache.iceberg.aws.s3.S3FileIO")
spark = builder.config("spark.sql.catalog.glue.warehouse", f"{place}/glue").getOrCreate()
spark.sql("create database glue.appends")
spark.sql("create table glue.appends.made (id bigint, text string) using iceberg")
data = spark.range(rows).selectExpr("id", "concat('text ', id * 7919) as text").cache()
assert data.count() == rows


def seconds(append):
    began = time.monotonic()
    append()
    return time.monotonic() - began


taken = {"iceberg": [], "parquet": []}
for _ in range(turns + 1):
    taken["iceberg"].append(seconds(lambda: data.writeTo("glue.appends.made").append()))
    taken["parquet"].append(seconds(lambda: data.write.mode("append").parquet(f"{place}/parquet")))
for each in (spark.table("glue.appends.made"), spark.read.parquet(f"{place}/parquet")):
    assert each.count() == rows * (turns + 1)
# The first of each warms up.
print(json.dumps({name: each[1:] for name, each in taken.items()}))
