"""Tables of a database become one table of the lake, in Parquet, partitioned by day."""

from common import read_arguments
from pyspark.sql import SparkSession, functions

PARTS = 4
"""Connections to the database at once."""


def main():
    """Reads both tables by JDBC, the large one in parts, and writes the lake's."""
    given = read_arguments("location")
    spark = SparkSession.builder.appName("extract").enableHiveSupport().getOrCreate()
    access = {"user": given.user, "password": given.password, "driver": "org.postgresql.Driver"}

    def read(table, **parts):
        return spark.read.jdbc(given.url, table, properties=access, **parts)

    (last,) = read("(select max(id) as id from orders) as last").first()
    orders = read("orders", column="id", lowerBound=1, upperBound=last, numPartitions=PARTS)
    customers = read("customers").withColumnRenamed("id", "customer")
    joined = orders.join(functions.broadcast(customers), "customer").repartition("day")
    spark.sql(f"create database if not exists {given.table.split('.')[0]}")
    joined.write.mode("overwrite").partitionBy("day").option("path", given.location).saveAsTable(given.table)
    print(f"{spark.table(given.table).count()} orders in {given.table}")


main()
