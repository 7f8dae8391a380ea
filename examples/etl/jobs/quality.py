"""Checks of the table of orders, and its sums. Ends with 1 when a check fails, so that the step fails."""

import argparse
import json
import sys

from pyspark.sql import SparkSession
from pyspark.sql import functions as F


def checks(orders, known):
    """Name → number of rows that break the rule."""
    keys = [F.col(name).isNull() for name in ("id", "at", "customer", "country", "amount", "day")]
    missing = keys[0]
    for each in keys[1:]:
        missing = missing | each
    return {
        "an order is there once": orders.groupBy("id").count().where("count > 1").count(),
        "no value is missing": orders.where(missing).count(),
        "amounts are above 0": orders.where("amount <= 0").count(),
        "an order is in the partition of its day": orders.where("to_date(at) <> day").count(),
        "customers are known": orders.join(known, "customer", "left_anti").count(),
    }


def main(table, customers, report):
    """Check `table` against the file of `customers`; write sums and results below `report`. True when all is right."""
    builder = SparkSession.builder.appName("quality").enableHiveSupport()
    with builder.config("spark.sql.session.timeZone", "UTC").getOrCreate() as spark:
        orders = spark.table(table).cache()
        found = checks(orders, spark.read.csv(customers, header=True, escape='"'))
        sums = orders.groupBy("day", "country", "currency").agg(
            F.count("*").alias("orders"), F.sum("amount").alias("amount")
        )
        sums.coalesce(1).write.csv(f"{report}/sums", header=True, mode="overwrite")
        text = spark.createDataFrame([(json.dumps(found),)], "value string")
        text.coalesce(1).write.mode("overwrite").text(f"{report}/checks")
    return not any(found.values())


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--table", required=True)
    parser.add_argument("--customers", required=True)
    parser.add_argument("--report", required=True)
    if not main(**vars(parser.parse_args())):
        sys.exit("a quality check failed")
