"""Writes rows by each codec in each format and reads them again, and reads what commands have packed: codecs.py IN OUT

Prints a line for each that is as it was; what is not ends the job.
"""

import sys

from pyspark.sql import SparkSession

HADOOP = "org.apache.hadoop.io.compress."
CLASSES = [
    *(f"{HADOOP}{name}Codec" for name in ("Gzip", "Default", "BZip2", "ZStandard", "Snappy", "Lz4")),
    *(f"com.hadoop.compression.lzo.{name}Codec" for name in ("Lzop", "Lzo")),
]
FORMATS = {
    "parquet": ["none", "snappy", "gzip", "zstd", "lz4", "lz4_raw", "lzo"],
    "orc": ["none", "snappy", "zlib", "zstd", "lz4", "lzo"],
    "csv": CLASSES,
    "json": CLASSES,
}
source, target = sys.argv[1:]
spark = SparkSession.builder.getOrCreate()
rows = spark.range(0, 2000, 1, 2).selectExpr("id", "concat('text ', id) text").cache()
wanted = sorted(rows.collect())
for name, codecs in FORMATS.items():
    for codec in codecs:
        path = f"{target}/{name}-{codec}"
        rows.write.option("compression", codec).format(name).save(path)
        found = spark.read.schema(rows.schema).format(name).load(path)
        assert sorted(found.collect()) == wanted, (name, codec)
        print("same", name, codec)
pairs = rows.rdd.map(lambda row: (row.id, row.text))
for codec in CLASSES:
    if "Lzop" in codec:  # its files have a header, so it cannot read a part of one
        continue
    path = f"{target}/sequence-{codec}"
    pairs.saveAsSequenceFile(path, codec)
    assert sorted(spark.sparkContext.sequenceFile(path).collect()) == wanted, codec
    print("same sequence", codec)
packed = spark.read.text(source).collect()
assert len(packed) == len(set(packed)) > 0
print("packed", len(packed), *sorted({row.value.split()[0] for row in packed}))
