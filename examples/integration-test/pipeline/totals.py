"""The job: revenue by product, from CSV to CSV."""

import argparse

from pyspark.sql import SparkSession
from pyspark.sql import functions as F


def main(data, output):
    """Read `data` (CSV with a header), write the revenue of each product to `output` likewise."""
    with SparkSession.builder.appName("totals").getOrCreate() as spark:
        sales = spark.read.csv(data, header=True, schema="product string, pieces int, price decimal(8,2)")
        revenue = F.sum(F.col("pieces") * F.col("price")).cast("decimal(12,2)")
        totals = sales.groupBy("product").agg(revenue.alias("revenue"))
        totals.coalesce(1).write.csv(output, header=True, mode="overwrite")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", required=True)
    parser.add_argument("--output", required=True)
    main(**vars(parser.parse_args()))
