"""Makes a table in Parquet, in the schema that the second argument names, of each table's text below the first one.
Further arguments are the tables with their columns, `name:column type,…`."""

import sys

from pyspark.sql import SparkSession

spark = SparkSession.builder.enableHiveSupport().getOrCreate()
source, schema, *tables = sys.argv[1:]
spark.sql(f"create database if not exists {schema} location '{source}/{schema}/'")
for table in tables:
    name, _, columns = table.partition(":")
    text = spark.read.csv(f"{source}/{name}/", sep="|", schema=f"{columns},end_of_line string").drop("end_of_line")
    text.createOrReplaceTempView("text")
    spark.sql(f"create table {schema}.{name} stored as parquet as select * from text")
