"""The same as mapper and reducer, in Spark."""

import argparse

from lines import parse
from pyspark.sql import SparkSession


def main(sources, output):
    """Read all lines of the folders `sources`, write the sums of each key to `output`, separated by tabs."""
    with SparkSession.builder.appName("log summary").getOrCreate() as spark:
        lines = spark.read.text(sources).rdd.map(lambda row: parse(row.value))
        pairs = lines.map(lambda row: (row[0], row[1:]))
        sums = pairs.reduceByKey(lambda one, other: tuple(map(sum, zip(one, other))), 2)
        text = sums.map(lambda pair: ("\t".join(map(str, (pair[0], *pair[1]))),))
        spark.createDataFrame(text, "value string").write.mode("overwrite").text(output)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--input", required=True, nargs="+")
    parser.add_argument("--output", required=True)
    arguments = parser.parse_args()
    main(arguments.input, arguments.output)
