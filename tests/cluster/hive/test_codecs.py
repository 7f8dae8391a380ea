"""Every codec of EMR in Hive, on Tez and on MapReduce: tables of text, Parquet and ORC, and what goes between tasks."""

from __future__ import annotations

import pytest

from tests.cluster.installation import Installation

HADOOP = "org.apache.hadoop.io.compress."
OUTPUT = f"set mapreduce.output.fileoutputformat.compress.codec={HADOOP}"
LZO = "set mapreduce.output.fileoutputformat.compress.codec=com.hadoop.compression.lzo.LzopCodec"
ZSTD = [("textfile", f"{OUTPUT}ZStandardCodec"), ("parquet", "set parquet.compression=ZSTD")]
"""On MapReduce each table takes several seconds."""
ALL = [
    *(("textfile", f"{OUTPUT}{name}Codec") for name in ("Gzip", "BZip2", "ZStandard", "Snappy", "Lz4", "Default")),
    ("textfile", LZO),
    *(("sequencefile", f"{OUTPUT}{name}Codec") for name in ("Gzip", "ZStandard")),
    *(("parquet", f"set parquet.compression={name}") for name in ("SNAPPY", "GZIP", "ZSTD", "LZO")),
    *(("orc", f"set hive.exec.orc.default.compress={name}") for name in ("ZLIB", "SNAPPY", "LZ4")),
]


def script(engine: str, tables: list[tuple[str, str]]) -> str:
    """Creates a table by each codec from the one before, so that each is written and read."""
    lines = [
        f"set hive.execution.engine={engine}",
        "set hive.exec.compress.intermediate=true",
        f"set hive.intermediate.compression.codec={HADOOP}ZStandardCodec",
        f"set mapreduce.map.output.compress.codec={HADOOP}ZStandardCodec",
        "set hive.exec.compress.output=true",
        f"create database codecs_{engine}",
        f"use codecs_{engine}",
        "create table t0 as select pos id, concat('text ', pos) text from (select split(space(999), ' ') a) x "
        "lateral view posexplode(a) p as pos, val",
    ]
    for number, (form, setting) in enumerate(tables):
        select = f"select id, text from t{number} distribute by id"
        lines += [setting, f"create table t{number + 1} stored as {form} as {select}"]
    lines += [f"select 'rows', count(distinct id), sum(id), max(text) from t{len(tables)}"]
    return "".join(f"{line};\n" for line in lines)


@pytest.mark.parametrize(("engine", "tables"), [("tez", ALL), ("mr", ZSTD)])
def test_tables_of_every_codec(
    installation: Installation, hive: str, engine: str, tables: list[tuple[str, str]]
) -> None:
    script_uri = f"s3://data/codecs-{engine}.q"
    installation.s3.put_object(Bucket="data", Key=f"codecs-{engine}.q", Body=script(engine, tables).encode())
    step_id = installation.add_step(hive, "hive-script", "--run-hive-script", "--args", "-f", script_uri)
    installation.wait_step(hive, step_id, "COMPLETED")
    assert "rows\t1000\t499500\ttext 999" in installation.step_log(hive, step_id, "stdout")
