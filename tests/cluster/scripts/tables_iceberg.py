"""Iceberg in three catalogs: changes, time travel, schema evolution, compaction, a stream.

Arguments: a place for tables, the database, then where to write what was seen, as JSON.
"""

import json
import sys

from pyspark.sql import SparkSession

place, database, target = sys.argv[1:]
GLUE = {
    "catalog-impl": "org.apache.iceberg.aws.glue.GlueCatalog",
    "io-impl": "org.apache.iceberg.aws.s3.S3FileIO",
    "warehouse": f"{place}/glue",
}
CATALOGS = {"hadoop": {"type": "hadoop", "warehouse": f"{place}/hadoop"}, "hive": {"type": "hive"}, "glue": GLUE}
builder = SparkSession.builder.enableHiveSupport().config("spark.sql.shuffle.partitions", "2")
builder = builder.config("spark.sql.extensions", "org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions")
for name, properties in CATALOGS.items():
    builder = builder.config(f"spark.sql.catalog.{name}", "org.apache.iceberg.spark.SparkCatalog")
    for key, value in properties.items():
        builder = builder.config(f"spark.sql.catalog.{name}.{key}", value)
spark = builder.getOrCreate()


def rows(query):
    return [[str(value) for value in row] for row in spark.sql(query).collect()]


def create(table):
    spark.sql(f"create table {table} (id bigint, item string, amount decimal(10,2), day date) "
              "using iceberg partitioned by (day)")  # fmt: skip
    spark.sql(f"insert into {table} values (1, 'tea', 2.50, date'2024-03-01'), (2, 'jam', 4.00, date'2024-03-01'), "
              "(3, 'tea', 1.25, date'2024-03-02')")  # fmt: skip


seen = {}
for catalog in ("hadoop", "hive"):
    location = f" location '{place}/{catalog}/{database}_{catalog}'" if catalog == "hive" else ""
    spark.sql(f"create database {catalog}.{database}_{catalog}{location}")
    orders = f"{catalog}.{database}_{catalog}.orders"
    create(orders)
    spark.sql(f"update {orders} set amount = amount * 2 where item = 'tea'")
    spark.sql(f"delete from {orders} where id = 2")
    seen[catalog] = rows(f"select id, item, amount, day from {orders} order by id")

spark.sql(f"create database glue.{database}")
orders = f"glue.{database}.orders"
create(orders)
first = rows(f"select snapshot_id from {orders}.snapshots")[0][0]
changes = "values (2, 'jam', 4.50, date'2024-03-01'), (4, 'rye', 3.00, date'2024-03-02') as c(id, item, amount, day)"
spark.sql(f"merge into {orders} t using (select * from {changes}) s on t.id = s.id "
          "when matched then update set amount = s.amount when not matched then insert *")  # fmt: skip
spark.sql(f"update {orders} set amount = amount * 2 where item = 'tea'")
spark.sql(f"delete from {orders} where id = 3")
seen["changed"] = rows(f"select * from {orders} order by id")
seen["at first"] = rows(f"select * from {orders} version as of {first} order by id")

spark.sql(f"alter table {orders} rename column item to name")
spark.sql(f"alter table {orders} add column note string")
spark.sql(f"insert into {orders} values (5, 'oat', 0.75, date'2024-03-02', 'new')")
seen["evolved"] = rows(f"select id, name, note from {orders} order by id")
for number in range(6, 12):
    spark.sql(f"insert into {orders} values ({number}, 'oat', 1.00, date'2024-03-03', null)")
seen["files before"] = rows(f"select count(*) from {orders}.files where partition.day = date'2024-03-03'")[0][0]
spark.sql(f"call glue.system.rewrite_data_files('{database}.orders')")
seen["files after"] = rows(f"select count(*) from {orders}.files where partition.day = date'2024-03-03'")[0][0]
seen["snapshots"] = rows(f"select operation, count(*) from {orders}.snapshots group by operation order by operation")

spark.sql(f"create table glue.{database}.counted (word string, n int) using iceberg")
spark.createDataFrame([("a", 1), ("b", 2)], "word string, n int").write.json(f"{place}/words")
stream = spark.readStream.schema("word string, n int").json(f"{place}/words").writeStream.format("iceberg")
stream = stream.trigger(availableNow=True).option("checkpointLocation", f"{place}/checkpoint")
stream.toTable(f"glue.{database}.counted").awaitTermination()
seen["streamed"] = rows(f"select * from glue.{database}.counted order by word")
spark.sql(f"create table glue.{database}.raced (writer string, n int) using iceberg "
          "tblproperties ('commit.retry.num-retries' = '100', 'commit.retry.min-wait-ms' = '20')")  # fmt: skip
spark.createDataFrame([(json.dumps(seen),)], "text string").coalesce(1).write.mode("overwrite").text(target)
