"""The ten establishments with the most RED violations: the PySpark script that the demo's step runs on the cluster.

It runs in YARN, not in LocalEMR, so it imports only PySpark.
"""

# LocalEMR's own environment has no PySpark.
# mypy: disable-error-code="import-not-found"

import argparse

from pyspark.sql import SparkSession
from pyspark.sql import functions as F

LIMIT = 10


def main(data_source: str, output_uri: str) -> None:
    """Read the inspections from data_source (CSV with a header row), write the ten rows to output_uri (likewise)."""
    with SparkSession.builder.appName("Top red violations").getOrCreate() as spark:
        # Names contain commas and quotation marks; a quotation mark inside a field is doubled (RFC 4180).
        inspections = spark.read.option("header", "true").option("escape", '"').csv(data_source)
        top = (
            inspections.where(F.col("violation_type") == "RED")
            .groupBy("name")
            .agg(F.count("*").alias("total_red_violations"))
            # Ties are ordered by name: the result does not depend on the order in which executors finish.
            .orderBy(F.col("total_red_violations").desc(), F.col("name").asc())
            .limit(LIMIT)
        )
        top.coalesce(1).write.option("header", "true").option("escape", '"').mode("overwrite").csv(output_uri)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data_source", required=True, help="URI of the inspections, a CSV with a header row")
    parser.add_argument("--output_uri", required=True, help="URI under which the result is written")
    arguments = parser.parse_args()
    main(arguments.data_source, arguments.output_uri)
