"""What a node tells curl, to have an object of S3."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from localemr_node.downloads import config
from localemr_node.objects import ObjectError, split
from localemr_node.scripts import FetchError, fetch, local_path

ENV = {
    "AWS_ENDPOINT_URL_S3": "http://minio:9000/",
    "AWS_ACCESS_KEY_ID": "me",
    "AWS_SECRET_ACCESS_KEY": 'a"b\\c',
    "AWS_REGION": "eu-west-1",
}


def test_a_key_is_encoded_as_its_signature_wants_it_and_secrets_are_quoted() -> None:
    assert config("s3://data/jobs/../a b+é?x#y~1.sh", "/steps/s-1/a.sh", ENV).splitlines() == [
        'url = "http://minio:9000/data/jobs/../a%20b%2B%C3%A9%3Fx%23y~1.sh"',
        'output = "/steps/s-1/a.sh"',
        'user = "me:a\\"b\\\\c"',
        'aws-sigv4 = "aws:amz:eu-west-1:s3"',
    ]


def test_the_endpoint_for_all_services_is_that_of_s3_too() -> None:
    assert 'url = "https://aws.test/b/k"' in config("s3a://b/k", "k", {"AWS_ENDPOINT_URL": "https://aws.test"})
    with pytest.raises(ObjectError, match="AWS_ENDPOINT_URL_S3 is not set"):
        config("s3://b/k", "k", {})


@pytest.mark.parametrize(
    "uri", ["s3://", "s3:///key", "s3://bucket", "s3://bucket/", "hdfs://bucket/key", "/bucket/key"]
)
def test_what_is_no_objects_address_is_refused(uri: str) -> None:
    with pytest.raises(ObjectError, match="not the address of an object"):
        config(uri, "k", ENV)


def test_line_breaks_in_a_name_do_not_end_an_option() -> None:
    assert config("s3://b/a\n b", "/x/a\n b\r", ENV).splitlines()[:2] == [
        'url = "http://minio:9000/b/a%0A%20b"',
        'output = "/x/a\\n b\\r"',
    ]


HDFS = """#!/bin/sh
# As Hadoop's: the target is a URI, the source a pattern.
case "$4" in *[\\ %#]*) echo "get: unexpected URISyntaxException" >&2; exit 255 ;; esac
printf %s "$3" > "$4"
"""
NAMES = ["a b+c%20.py", "é#1.jar", "x?y=z.sh", "12:30.sh", "a{1}[2]*.jar", 'quo"te\\d']


@pytest.mark.parametrize("name", NAMES)
def test_a_name_is_taken_as_it_stands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """On S3, in HDFS and on the disk: nothing in it is encoded, and it has no query."""
    (tmp_path / "there").mkdir()
    (tmp_path / "there" / name).write_text("local")
    for uri in (f"{tmp_path}/there/{name}", f"file://{tmp_path}/there/{name}", f"file:{tmp_path}/there/{name}"):
        assert Path(fetch(uri, str(tmp_path / "copy"))) == tmp_path / "copy" / name
        assert (tmp_path / "copy" / name).read_text() == "local"
    assert local_path(f"hdfs://m:8020/d/{name}") == f"/d/{name}"
    assert split(f"s3://b/d/{name}") == ("b", f"d/{name}")
    (tmp_path / "hdfs").write_text(HDFS)
    (tmp_path / "hdfs").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    assert Path(fetch(f"hdfs:///d/{name}", str(tmp_path / "odd %20 place" / "copy"))).name == name


def test_hdfs_does_not_take_a_name_for_a_pattern(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "hdfs").write_text(HDFS)
    (tmp_path / "hdfs").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    copy = fetch("hdfs:///d/a{1}[2]*.jar", str(tmp_path / "copy"))
    assert Path(copy).read_text() == r"hdfs:///d/a\{1\}\[2\]\*.jar"
    assert os.listdir(tmp_path / "copy") == ["a{1}[2]*.jar"]


@pytest.mark.parametrize("uri", ["s3://bucket/", "s3://[bucket/key", "/nowhere/key"])
def test_what_cannot_be_fetched_is_one_kind_of_error(tmp_path: Path, uri: str) -> None:
    with pytest.raises(FetchError):
        fetch(uri, str(tmp_path))
