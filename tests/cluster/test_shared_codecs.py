"""Every codec of EMR, in Spark and in MapReduce, read and written; and what commands have packed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.cluster.installation import Installation

ZSTD = "org.apache.hadoop.io.compress.ZStandardCodec"
PACKED = """
set -e
cd $(mktemp -d)
lines() { for n in $(seq $2); do echo "$1 $n"; done; }
lines zstd 40000 | zstd -q > a.zst; lines next 40000 | zstd -q -19 --long >> a.zst
lines gzip 40000 | gzip > a.gz; lines member 40000 | gzip -9 >> a.gz
lines bzip2 40000 | bzip2 > a.bz2; lines stream 40000 | bzip2 >> a.bz2
aws s3 cp --quiet --recursive . s3://codecs/in/
"""


@pytest.fixture(scope="module")
def master(installation: Installation, shared: str) -> Iterator[Any]:
    """The shared cluster's master, with files packed by its commands in s3://codecs/in/."""
    installation.s3.create_bucket(Bucket="codecs")
    container = installation.containers(shared, "MASTER")[0]
    installation.run_in(container, "bash", "-c", PACKED)
    yield container


@pytest.mark.usefixtures("master")
def test_spark_reads_and_writes_every_codec(installation: Installation, shared: str) -> None:
    arguments = (
        "--conf",
        "spark.io.compression.codec=zstd",
        "s3://data/scripts/codecs.py",
        "s3://codecs/in",
        "s3://codecs/out",
    )
    step_id = installation.add_step(shared, "spark-submit", *arguments)
    installation.wait_step(shared, step_id, "COMPLETED")
    said = installation.step_log(shared, step_id, "stdout")
    assert said.count("same ") == 36
    assert "packed 240000 bzip2 gzip member next stream zstd" in said


@pytest.mark.usefixtures("master")
def test_mapreduce_reads_by_suffix_and_writes_by_its_settings(installation: Installation, shared: str) -> None:
    settings = {
        "mapreduce.job.reduces": "1",
        "mapreduce.map.output.compress": "true",
        "mapreduce.map.output.compress.codec": ZSTD,
        "mapreduce.output.fileoutputformat.compress": "true",
        "mapreduce.output.fileoutputformat.compress.codec": ZSTD,
    }
    options = [word for name, value in settings.items() for word in ("-D", f"{name}={value}")]
    programs = (
        "-mapper",
        "cut -d' ' -f1",
        "-reducer",
        "uniq -c",
        "-input",
        "s3://codecs/in/",
        "-output",
        "s3://codecs/counted",
    )
    step_id = installation.add_step(shared, "hadoop-streaming", *options, *programs)
    installation.wait_step(shared, step_id, "COMPLETED")
    master = installation.containers(shared, "MASTER")[0]
    said = installation.run_in(master, "bash", "-c", "aws s3 cp s3://codecs/counted/part-00000.zst - | zstd -dc")
    assert [line.split() for line in said.splitlines()] == [
        ["40000", word] for word in ("bzip2", "gzip", "member", "next", "stream", "zstd")
    ]
    text = "hadoop fs -text s3://codecs/counted/part-00000.zst 2> /dev/null"
    assert installation.run_in(master, "bash", "-c", text) == said


def test_what_hadoop_says_of_its_libraries(installation: Installation, master: Any) -> None:
    said = dict(line.split(None, 1) for line in installation.run_in(master, "hadoop", "checknative").splitlines()[1:])
    assert said["zstd:"].startswith("true zstd-jni")
    assert {name for name, what in said.items() if what.startswith("true")} == {"zlib:", "zstd:", "snappy:", "lz4:"}
