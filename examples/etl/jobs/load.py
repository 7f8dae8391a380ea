"""One day's export into the table of orders: what is wrong goes aside, what comes again replaces the older version.

May run again for the same day, with the same result.
"""

import argparse

from pyspark.sql import SparkSession, Window
from pyspark.sql import functions as F

ORDER = "id string, at string, updated string, customer string, currency string, amount string, broken string"
COLUMNS = ("id", "at", "updated", "customer", "country", "currency", "amount", "day")
CURRENCIES = ("EUR", "USD", "GBP")


def read(spark, raw, day):
    """The day's lines as they are, with the customers' countries, and why a line is wrong (null: it is right)."""
    known = spark.read.csv(f"{raw}/customers.csv", header=True, escape='"').select("customer", "country")
    options = {"mode": "PERMISSIVE", "columnNameOfCorruptRecord": "broken"}
    # Cached: Spark does not read the column of broken lines alone from a file.
    lines = spark.read.schema(ORDER).options(**options).json(f"{raw}/orders/day={day}/").cache()
    amount = F.col("amount").cast("decimal(10,2)")
    at = F.to_timestamp("at")
    wrong = (
        F.when(F.col("broken").isNotNull(), "not JSON")
        .when(at.isNull(), "no time")
        .when(amount.isNull(), "no amount")
        .when(amount <= 0, "amount not above 0")
        .when(~F.col("currency").isin(*CURRENCIES), "unknown currency")
        .when(F.col("country").isNull(), "unknown customer")
    )
    rows = lines.join(F.broadcast(known), "customer", "left").withColumn("wrong", wrong)
    return rows.withColumn("at", at).withColumn("updated", F.to_timestamp("updated")).withColumn("amount", amount)


def newest(rows):
    """Of each order the version that was updated last."""
    versions = Window.partitionBy("id").orderBy(F.col("updated").desc())
    return rows.withColumn("version", F.row_number().over(versions)).where("version = 1").drop("version")


def load(spark, rows, table):
    """Merge the rows into the partitions that they belong to. Other partitions are not touched."""
    new = rows.withColumn("day", F.to_date("at")).select(*COLUMNS)
    if spark.catalog.tableExists(table):
        days = [row.day for row in new.select("day").distinct().collect()]
        new = new.unionByName(spark.table(table).where(F.col("day").isin(days)).select(*COLUMNS))
    # Cut off from what it was read from: the partitions that it replaces.
    merged = newest(new).coalesce(2).localCheckpoint()
    if spark.catalog.tableExists(table):
        merged.write.mode("overwrite").insertInto(table)
    else:
        merged.write.partitionBy("day").format("parquet").saveAsTable(table)


def main(day, raw, warehouse, rejected, table):
    """Load the export of `day` below `raw` into `table`; wrong lines go to `rejected` as JSON, with the reason.

    The table's database is made below `warehouse` when it does not exist.
    """
    builder = SparkSession.builder.appName(f"load {day}").enableHiveSupport()
    builder = builder.config("spark.sql.sources.partitionOverwriteMode", "dynamic")
    with builder.config("spark.sql.session.timeZone", "UTC").getOrCreate() as spark:
        rows = read(spark, raw, day).cache()
        database = table.split(".")[0]
        spark.sql(f"create database if not exists {database} location '{warehouse}/{database}.db'")
        wrong = rows.where("wrong is not null").select("wrong", "id", "broken")
        wrong.coalesce(1).write.mode("overwrite").json(f"{rejected}/day={day}")
        load(spark, rows.where("wrong is null"), table)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--day", required=True)
    parser.add_argument("--raw", required=True)
    parser.add_argument("--warehouse", required=True)
    parser.add_argument("--rejected", required=True)
    parser.add_argument("--table", required=True)
    main(**vars(parser.parse_args()))
