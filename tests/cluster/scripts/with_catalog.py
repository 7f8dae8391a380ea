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

KEYS = {
    "s": "string", "i": "int", "b": "bigint", "d": "date", "t": "timestamp", "p": "decimal(10,2)", "c": "char(2)",
    "v": "varchar(5)", "f": "boolean",
}  # fmt: skip
keys = ", ".join(f"{name} {kind}" for name, kind in KEYS.items())
spark.sql(f"create table {database}.typed (id int) partitioned by ({keys}) stored as parquet")
rows = ", ".join(
    f"({n}, 'k{n}', {n * 5}, {n * 5}, date'2024-01-0{n}', timestamp'2024-01-0{n} 10:00:00', {n}.50, "
    f"'c{n}', 'v{n}', {n} = 2)"
    for n in (1, 2, 3)
)
spark.sql(f"insert into {database}.typed values {rows}")
CONDITIONS = (
    "s = 'k2'", "s like 'k%' and s <> 'k3'", "i = 10", "i between 5 and 10", "b < 15", "b in (5, 10)",
    "d = date'2024-01-02'", "d = '2024-01-02'", "d < '2024-01-03'", "d between date'2024-01-02' and date'2024-01-03'",
    "d in (date'2024-01-01', date'2024-01-03')", "d > '2024-01-01' and i < 15", "d = '2024-01-01' or s = 'k3'",
    "t > timestamp'2024-01-01 12:00:00'", "p >= 2.50", "c = 'c1'", "v = 'v3'", "f",
)  # fmt: skip
seen["typed"] = {
    each: [row[0] for row in spark.sql(f"select id from {database}.typed where {each} order by id").collect()]
    for each in CONDITIONS
}
spark.createDataFrame([(json.dumps(seen),)], "text string").coalesce(1).write.mode("overwrite").text(target)
