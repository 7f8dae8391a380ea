"""Hudi: changes, time travel, schema evolution, compaction of a table that merges on read, a stream.

Arguments: a place for tables, the database, then where to write what was seen, as JSON.
"""

import json
import sys

from pyspark.sql import SparkSession

place, database, target = sys.argv[1:]
SETTINGS = {
    "spark.serializer": "org.apache.spark.serializer.KryoSerializer",
    "spark.kryo.registrator": "org.apache.spark.HoodieSparkKryoRegistrar",
    "spark.sql.extensions": "org.apache.spark.sql.hudi.HoodieSparkSessionExtension",
    "spark.sql.catalog.spark_catalog": "org.apache.spark.sql.hudi.catalog.HoodieCatalog",
    "spark.sql.shuffle.partitions": "2",
    "hoodie.schema.on.read.enable": "true",
}
builder = SparkSession.builder.enableHiveSupport()
for name, value in SETTINGS.items():
    builder = builder.config(name, value)
spark = builder.getOrCreate()
for option in ("insert", "upsert", "bulkinsert", "delete"):
    spark.sql(f"set hoodie.{option}.shuffle.parallelism=2")
seen = {}


def rows(query):
    return [[str(value) for value in row] for row in spark.sql(query).collect()]


def create(name, kind):
    properties = f"type = '{kind}', primaryKey = 'id', preCombineField = 'at'"
    spark.sql(f"create table {database}.{name} (id bigint, item string, amount decimal(10,2), at bigint) using hudi "
              f"location '{place}/{name}' tblproperties ({properties})")  # fmt: skip
    spark.sql(f"insert into {database}.{name} values (1, 'tea', 2.50, 1), (2, 'jam', 4.00, 1), (3, 'tea', 1.25, 1)")


spark.sql(f"create database {database} location '{place}/{database}'")
orders, columns = f"{database}.orders", "id, item, amount, at"
create("orders", "cow")
first = rows(f"select max(_hoodie_commit_time) from {orders}")[0][0]
changes = "select * from values (2L, 'jam', 4.50, 2L), (4L, 'rye', 3.00, 2L) as c(id, item, amount, at)"
spark.sql(f"merge into {orders} t using ({changes}) s on t.id = s.id when matched then update set * "
          "when not matched then insert *")  # fmt: skip
spark.sql(f"update {orders} set amount = amount * 2, at = 3 where item = 'tea'")
spark.sql(f"delete from {orders} where id = 3")
seen["changed"] = rows(f"select {columns} from {orders} order by id")
seen["at first"] = rows(f"select {columns} from {orders} timestamp as of '{first}' order by id")

spark.sql(f"alter table {orders} add columns (note string)")
spark.sql(f"insert into {orders} values (5, 'oat', 0.75, 4, 'new')")
seen["evolved"] = rows(f"select id, item, note from {orders} order by id")

create("merged", "mor")
spark.sql("set hoodie.compact.inline.max.delta.commits=1")
spark.sql(f"update {database}.merged set amount = 9.00, at = 2 where id = 1")
spark.sql(f"call run_compaction(op => 'schedule', table => '{database}.merged')").collect()
spark.sql(f"call run_compaction(op => 'run', table => '{database}.merged')").collect()
seen["compactions"] = rows(f"call show_compaction(table => '{database}.merged')")
seen["merged"] = rows(f"select {columns} from {database}.merged order by id")

spark.createDataFrame([(1, "a"), (2, "b")], "id bigint, word string").write.json(f"{place}/words")
stream = spark.readStream.schema("id bigint, word string").json(f"{place}/words").writeStream.format("hudi")
stream = stream.options(**{
    "hoodie.table.name": "counted", "hoodie.datasource.write.recordkey.field": "id",
    "hoodie.datasource.write.precombine.field": "id", "checkpointLocation": f"{place}/checkpoint",
})  # fmt: skip
stream.trigger(availableNow=True).outputMode("append").start(f"{place}/counted").awaitTermination()
seen["streamed"] = [
    list(row) for row in spark.read.format("hudi").load(f"{place}/counted").select("id", "word").orderBy("id").collect()
]
spark.createDataFrame([(json.dumps(seen),)], "text string").coalesce(1).write.mode("overwrite").text(target)
