"""What the PySpark of a release does with a text on S3: functions of Python, Hive's table, Parquet; prints the
versions that it met, as JSON."""

import json
import sys

from pyspark.sql import SparkSession
from pyspark.sql.functions import udf

source, target = sys.argv[1:]
spark = SparkSession.builder.appName("label").enableHiveSupport().getOrCreate()
lines = spark.sparkContext.textFile(source)
counts = lines.flatMap(lambda line: line.split()).map(lambda word: (word, 1)).reduceByKey(lambda a, b: a + b)
shout = udf(lambda word: word.upper())
table = counts.toDF(["word", "number"]).select(shout("word").alias("word"), "number")
table.repartition(2).write.mode("overwrite").parquet(target)
java = spark.sparkContext._jvm.java.lang.System.getProperty("java.specification.version")
hadoop = spark.sparkContext._jvm.org.apache.hadoop.util.VersionInfo.getVersion()
seen = {
    "Spark": spark.version,
    "Hadoop": hadoop,
    "Java": java,
    "Python": spark.sparkContext.range(1).map(lambda _: f"{sys.version_info[0]}.{sys.version_info[1]}").first(),
    "counted": {row.word: row.number for row in spark.read.parquet(target).collect()},
    "hive": [[row.word, row.number] for row in spark.sql("select word, number from words order by word").collect()],
}
print(json.dumps(seen))
spark.stop()
