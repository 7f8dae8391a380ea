"""Spark over the shared catalog: reads what was made through Glue's API, adds to it, makes a table of its own.

Arguments: the database, then where to write what was seen, as JSON.
"""

import json
import sys

from pyspark.sql import SparkSession

database, target = sys.argv[1:]
spark = SparkSession.builder.enableHiveSupport().getOrCreate()
spark.conf.set("hive.exec.dynamic.partition.mode", "nonstrict")

seen = {
    "from_glue": [
        list(row) for row in spark.sql(f"select id, word, day from {database}.from_glue order by id").collect()
    ],
    "databases": [row[0] for row in spark.sql("show databases").collect()],
}
spark.sql(f"insert into {database}.from_glue partition (day = '2024-01-03') values (30, 'by Spark')")
spark.sql(f"create table {database}.from_spark (id bigint, price decimal(10,2), at timestamp, day date) "
          "using parquet partitioned by (day)")  # fmt: skip
spark.sql(f"insert into {database}.from_spark select id, id / 4, timestamp'2024-05-06 07:08:09', "
          "date_add(date'2024-01-01', cast(id % 3 as int)) from range(9)")  # fmt: skip
spark.sql("create database of_spark")
spark.sql("create table of_spark.plain using orc as select 'grün' as word")
seen["place"] = {row[0]: row[1] for row in spark.sql("describe database of_spark").collect()}["Location"]
spark.createDataFrame([(json.dumps(seen),)], "text string").coalesce(1).write.mode("overwrite").text(target)
