"""One of two writers to the same Iceberg table in Glue. It begins once the other is there.

Arguments: a place for tables, the table, this writer's name, the number of its commits.
"""

import sys
import time

from pyspark.sql import SparkSession

place, table, name, count = sys.argv[1:]
builder = SparkSession.builder.config("spark.sql.catalog.glue", "org.apache.iceberg.spark.SparkCatalog")
builder = builder.config("spark.sql.catalog.glue.catalog-impl", "org.apache.iceberg.aws.glue.GlueCatalog")
spark = builder.config("spark.sql.catalog.glue.warehouse", f"{place}/glue").getOrCreate()


def add(number):
    spark.sql(f"insert into glue.{table} values ('{name}', {number})")


add(0)
until = time.monotonic() + 900
while spark.sql(f"select distinct writer from glue.{table}").count() < 2:
    assert time.monotonic() < until, "there is no other writer"
    time.sleep(1)  # the other one starts on the same processors
    spark.sql(f"refresh table glue.{table}")
for number in range(1, int(count)):
    add(number)
