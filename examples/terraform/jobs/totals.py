"""Totals by country."""

import argparse

from pyspark.sql import SparkSession
from pyspark.sql import functions as F


def main(data, output):
    """Read `data` (CSV with a header), write the totals to `output` likewise."""
    with SparkSession.builder.appName("totals").getOrCreate() as spark:
        sales = spark.read.csv(data, header=True, schema="country string, amount decimal(10,2)")
        totals = sales.groupBy("country").agg(F.sum("amount").alias("amount"))
        totals.coalesce(1).write.csv(output, header=True, mode="overwrite")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", required=True)
    parser.add_argument("--output", required=True)
    main(**vars(parser.parse_args()))
