"""Sums over a table of the lake go to a table of a database, whose rows they replace."""

from common import read_arguments
from pyspark.sql import SparkSession, functions


def main():
    """One row for each day and country."""
    given = read_arguments("target")
    spark = SparkSession.builder.appName("publish").enableHiveSupport().getOrCreate()
    sums = (
        spark.table(given.table)
        .groupBy("day", "country")
        .agg(
            functions.count("*").alias("orders"),
            functions.sum("amount").alias("amount"),
            functions.count(functions.when(functions.col("amount").isNull(), 1)).alias("open"),
        )
    )
    access = {"user": given.user, "password": given.password, "driver": "org.mariadb.jdbc.Driver"}
    # Few rows: one connection is enough.
    writer = sums.coalesce(1).write.mode("overwrite").option("truncate", "true")
    writer.jdbc(given.url, given.target, properties=access)
    print(f"{sums.count()} rows in {given.target}")


main()
