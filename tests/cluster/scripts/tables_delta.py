"""Delta Lake: changes, time travel, schema evolution, compaction, vacuum, a stream, a table of the shared catalog.

Arguments: a place for tables, the database, then where to write what was seen, as JSON.
"""

import json
import sys

from pyspark.sql import SparkSession

place, database, target = sys.argv[1:]
SETTINGS = {
    "spark.sql.extensions": "io.delta.sql.DeltaSparkSessionExtension",
    "spark.sql.catalog.spark_catalog": "org.apache.spark.sql.delta.catalog.DeltaCatalog",
    "spark.sql.shuffle.partitions": "2",
    "spark.databricks.delta.snapshotPartitions": "2",
    "spark.sql.sources.parallelPartitionDiscovery.parallelism": "2",  # of vacuum
    "spark.databricks.delta.retentionDurationCheck.enabled": "false",
}
builder = SparkSession.builder.enableHiveSupport()
for name, value in SETTINGS.items():
    builder = builder.config(name, value)
spark = builder.getOrCreate()
orders = f"delta.`{place}/orders`"
seen = {}


def rows(query):
    return [[str(value) for value in row] for row in spark.sql(query).collect()]


def files():
    """The number of data files below the table, those that it no longer has too."""
    path = spark._jvm.org.apache.hadoop.fs.Path(f"{place}/orders")
    listed = path.getFileSystem(spark._jsc.hadoopConfiguration()).listStatus(path)
    return sum(each.getPath().getName().endswith(".parquet") for each in listed)


spark.sql(f"create table {orders} (id bigint, item string, amount decimal(10,2)) using delta")
spark.sql(f"insert into {orders} values (1, 'tea', 2.50), (2, 'jam', 4.00), (3, 'tea', 1.25)")
changes = "select * from values (2, 'jam', 4.50), (4, 'rye', 3.00) as c(id, item, amount)"
spark.sql(f"merge into {orders} t using ({changes}) s on t.id = s.id "
          "when matched then update set amount = s.amount when not matched then insert *")  # fmt: skip
spark.sql(f"update {orders} set amount = amount * 2 where item = 'tea'")
spark.sql(f"delete from {orders} where id = 3")
seen["changed"] = rows(f"select * from {orders} order by id")
seen["at first"] = rows(f"select * from {orders} version as of 1 order by id")

more = spark.sql("select 5L as id, 'oat' as item, cast(0.75 as decimal(10,2)) as amount, 'new' as note")
more.write.format("delta").mode("append").option("mergeSchema", "true").save(f"{place}/orders")
seen["evolved"] = rows(f"select id, item, note from {orders} order by id")
history = spark.sql(f"describe history {orders}").orderBy("version").collect()
seen["operations"] = [row["operation"] for row in history]

spark.sql(f"optimize {orders}")
spark.sql(f"vacuum {orders} retain 0 hours")
seen["files"] = files()
seen["compacted"] = rows(f"select count(*), sum(amount) from {orders}")

stream = spark.readStream.format("delta").load(f"{place}/orders").writeStream.format("delta")
stream = stream.trigger(availableNow=True).option("checkpointLocation", f"{place}/checkpoint")
stream.start(f"{place}/copied").awaitTermination()
seen["streamed"] = rows(f"select id from delta.`{place}/copied` order by id")

spark.sql(f"create database {database} location '{place}/{database}'")
spark.sql(f"create table {database}.events using delta as select id, id * 2 as twice from range(3)")
seen["catalog"] = rows(f"select * from {database}.events order by id")
spark.createDataFrame([(json.dumps(seen),)], "text string").coalesce(1).write.mode("overwrite").text(target)
