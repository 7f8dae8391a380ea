"""Uses a class of a package that comes from a registry: --packages org.apache.commons:commons-csv:<version>."""

from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()
print(spark._jvm.org.apache.commons.csv.CSVFormat.DEFAULT.toString())
