"""What a node gives curl, for objects of S3, and what becomes of S3's answers."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from localemr_node.objects import ObjectError, Refused, split
from localemr_node.scripts import FetchError, fetch, local_path
from localemr_node.transfers import FIRST_REGION, config, quoted, upload

ENV = {
    "AWS_ENDPOINT_URL_S3": "http://minio:9000/",
    "AWS_ACCESS_KEY_ID": "me",
    "AWS_SECRET_ACCESS_KEY": 'a"b\\c',
    "AWS_REGION": "eu-west-1",
}


def test_a_key_is_encoded_as_its_signature_wants_it_and_secrets_are_quoted() -> None:
    path = f"/{quoted('s3://data/jobs/../a b+é?x#y~1.sh')}"
    assert config(path, {"output": "/steps/s-1/a.sh"}, ENV).splitlines() == [
        'url = "http://minio:9000/data/jobs/../a%20b%2B%C3%A9%3Fx%23y~1.sh"',
        'output = "/steps/s-1/a.sh"',
        'user = "me:a\\"b\\\\c"',
        'aws-sigv4 = "aws:amz:eu-west-1:s3"',
    ]


def test_the_endpoint_for_all_services_is_that_of_s3_too() -> None:
    assert 'url = "https://aws.test/b/k"' in config("/b/k", {}, {"AWS_ENDPOINT_URL": "https://aws.test"})
    with pytest.raises(ObjectError, match="AWS_ENDPOINT_URL_S3 is not set"):
        config("/b/k", {}, {})


@pytest.mark.parametrize(
    "uri", ["s3://", "s3:///key", "s3://bucket", "s3://bucket/", "hdfs://bucket/key", "/bucket/key"]
)
def test_what_is_no_objects_address_is_refused(uri: str) -> None:
    with pytest.raises(ObjectError, match="not the address of an object"):
        quoted(uri)


def test_line_breaks_in_a_name_do_not_end_an_option() -> None:
    assert config("/" + quoted("s3://b/a\n b"), {"output": "/x/a\n b\r"}, ENV).splitlines()[:2] == [
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


class S3(ThreadingHTTPServer):
    """An S3 that notes requests, has the buckets that were made, and answers as the bucket's name says."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.buckets: set[str] = set()
        self.seen: list[tuple[str, bytes]] = []

    def answer(self, bucket: str, key: str) -> tuple[int, str]:
        if bucket == "broken":
            return 501, "NotImplemented"
        if bucket == "taken" and not key:
            self.buckets.add(bucket)
            return 409, "BucketAlreadyExists"
        if bucket == "foreign":
            return 403, "AccessDenied"
        if not key:
            self.buckets.add(bucket)
        return (200, "") if bucket in self.buckets else (404, "NoSuchBucket")


class Handler(BaseHTTPRequestHandler):
    server: S3

    def do_PUT(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        assert self.headers["Authorization"].startswith("AWS4-HMAC-SHA256 Credential=me/")
        self.server.seen.append((self.path, body))
        bucket, _, key = self.path[1:].partition("/")
        status, code = self.server.answer(bucket, key)
        text = f"<Error><Code>{code}</Code><Message>Why.</Message></Error>".encode() if code else b""
        self.send_response(status)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def s3(monkeypatch: pytest.MonkeyPatch) -> Iterator[S3]:
    server = S3()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    for name, value in {**ENV, "AWS_ENDPOINT_URL_S3": f"http://127.0.0.1:{server.server_port}"}.items():
        monkeypatch.setenv(name, value)
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def file(tmp_path: Path) -> str:
    (tmp_path / "log.gz").write_bytes(b"the log")
    return str(tmp_path / "log.gz")


def test_an_upload_makes_the_bucket_that_is_missing(s3: S3, file: str, monkeypatch: pytest.MonkeyPatch) -> None:
    upload(file, "s3://logs/a b+1.gz")
    upload(file, "s3://logs/a b+1.gz")
    put = ("/logs/a%20b%2B1.gz", b"the log")
    place = b"<CreateBucketConfiguration><LocationConstraint>eu-west-1</LocationConstraint></CreateBucketConfiguration>"
    assert s3.seen == [put, ("/logs", place), put, put]
    monkeypatch.setenv("AWS_REGION", FIRST_REGION)
    upload(file, "s3://other/log.gz")
    assert ("/other", b"") in s3.seen


def test_a_bucket_that_another_instance_made_meanwhile_is_used(s3: S3, file: str) -> None:
    upload(file, "s3://taken/log.gz")
    assert s3.seen[-1] == ("/taken/log.gz", b"the log")


def test_what_s3_refuses_is_final_and_its_own_failures_are_not(s3: S3, file: str) -> None:
    with pytest.raises(Refused, match=r"^s3://foreign/log.gz: AccessDenied: Why.$") as refused:
        upload(file, "s3://foreign/log.gz")
    assert refused.value.final
    with pytest.raises(ObjectError, match=r"^s3://broken/log.gz: NotImplemented: Why.$") as failed:
        upload(file, "s3://broken/log.gz")
    assert not failed.value.final


def test_an_s3_that_does_not_answer_is_tried_again_later(file: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {**ENV, "AWS_ENDPOINT_URL_S3": "http://127.0.0.1:1"}.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(ObjectError, match=r"^s3://logs/log.gz: curl: \(7\)") as failed:
        upload(file, "s3://logs/log.gz")
    assert not failed.value.final
