"""The console's pages of S3 and logs, over a small S3 in this process."""

from __future__ import annotations

import gzip
import hashlib
import threading
from collections.abc import Iterator
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit
from xml.sax.saxutils import escape

import pytest

from localemr.app import Controller, behind_door, new_app
from localemr.clock import MovableClock
from localemr.console import logs
from localemr.installation.objects import Objects
from localemr.platforms import memory_platform
from localemr.settings import Settings
from localemr.testing.client import Control
from localemr.testing.server import Server
from tests.contract.console_visitor import Visitor

COLOURED = "begin\n\x1b[31mred\x1b[0m <script>alert(1)</script> \x07 \x1b]0;title\x07end\r\n"


class Bucket(BaseHTTPRequestHandler):
    """The calls of S3 that the console makes: ListBuckets, ListObjectsV2, HeadObject, GetObject."""

    objects: dict[str, bytes]
    reads: list[str]
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        bucket, _, key = unquote(url.path.lstrip("/")).partition("/")
        if not bucket:
            self._xml("<ListAllMyBucketsResult><Buckets>" + "".join(
                f"<Bucket><Name>{each}</Name><CreationDate>2026-01-02T03:04:05.000Z</CreationDate></Bucket>"
                for each in sorted({key.partition("/")[0] for key in self.objects})
            ) + "</Buckets></ListAllMyBucketsResult>")  # fmt: skip
        elif not key:
            self._list(bucket, {name: values[0] for name, values in parse_qs(url.query).items()})
        else:
            self.reads.append(key)
            self._object(f"{bucket}/{key}")

    def do_HEAD(self) -> None:
        self._object(unquote(urlsplit(self.path).path.lstrip("/")))

    def _list(self, bucket: str, query: dict[str, str]) -> None:
        keys = sorted(key.partition("/")[2] for key in self.objects if key.startswith(f"{bucket}/"))
        prefix, after = query.get("prefix", ""), query.get("start-after", "")
        files, folders = [], []
        for key in (each for each in keys if each.startswith(prefix) and each > after):
            head, slash, _ = key.removeprefix(prefix).partition("/")
            folder = f"{prefix}{head}/"
            if not slash:
                files.append(key)
            elif folder not in folders:
                folders.append(folder)
        self._xml(
            f"<ListBucketResult><Name>{bucket}</Name><IsTruncated>false</IsTruncated>"
            + "".join(f"<Contents><Key>{escape(key)}</Key><Size>{len(self.objects[f'{bucket}/{key}'])}</Size>"
                      "<LastModified>2026-01-02T03:04:05.000Z</LastModified></Contents>" for key in files)
            + "".join(f"<CommonPrefixes><Prefix>{escape(each)}</Prefix></CommonPrefixes>" for each in folders)
            + "</ListBucketResult>"
        )  # fmt: skip

    def _object(self, name: str) -> None:
        if name not in self.objects:
            self._xml("<Error><Code>NoSuchKey</Code><Message>The specified key does not exist.</Message></Error>", 404)
            return
        self._send(self.objects[name], "application/octet-stream")

    def _xml(self, text: str, status: int = 200) -> None:
        self._send(f'<?xml version="1.0"?>{text}'.encode(), "application/xml", status)

    def _send(self, body: bytes, kind: str, status: int = 200) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("ETag", f'"{hashlib.md5(body).hexdigest()}"')
        self.send_header("Last-Modified", formatdate(usegmt=True))
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing."""


class S3:
    """The S3 server; `objects` are bucket/key → content, `reads` the keys that were read."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        self.reads: list[str] = []
        handler = type("Handler", (Bucket,), {"objects": self.objects, "reads": self.reads})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05})
        self._thread.start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(10)


@pytest.fixture
def s3() -> Iterator[S3]:
    found = S3()
    yield found
    found.stop()


@pytest.fixture
def visitor(server: Server, s3: S3) -> Iterator[Visitor]:
    """A visitor of a controller in memory with this S3."""
    settings = Settings(runtime="memory", s3_endpoint=s3.url)

    async def begin() -> Controller:
        controller = await Controller.open(settings, memory_platform(MovableClock(speed=0)))
        app = new_app()
        controller.serve(app, {})
        server.app = behind_door(app, settings, lambda: controller)
        return controller

    controller = server.run(begin())
    found = Visitor(f"http://127.0.0.1:{server.port}")
    yield found
    found.close()
    server.run(controller.close())


def test_buckets_folders_and_objects(visitor: Visitor, s3: S3) -> None:
    s3.objects |= {"data/in/a b&c.csv": b"id,name\n1,<b>x</b>\n", "data/in/deep/x": b"1", "data/top.bin": b"\0\1",
                   "logs/x": b""}  # fmt: skip
    assert {"/console/s3/data", "/console/s3/logs"} <= set(visitor.get("/console/s3").links())
    top = visitor.get("/console/s3/data")
    assert {"/console/s3/data?prefix=in/", "/console/s3/data/object?key=top.bin"} <= set(top.links())
    inside = visitor.get("/console/s3/data", prefix="in/")
    assert "/console/s3/data/object?key=in/a%20b%26c.csv" in inside.links() and "in/deep/" not in inside.text
    page = visitor.get("/console/s3/data/object", key="in/a b&c.csv")
    assert "1,<b>x</b>" in page.text and "19 B" in page.text and not [tag for tag, _ in page.tags if tag == "b"]
    assert "This is no text." in visitor.get("/console/s3/data/object", key="top.bin").text
    assert "The object is empty." in visitor.get("/console/s3/logs/object", key="x").text
    gone = visitor.get("/console/s3/data/object", key="nothing")
    assert (gone.status, "NoSuchKey" in gone.text or "does not exist" in gone.text) == (404, True)


def test_a_folder_of_more_than_a_page(visitor: Visitor, s3: S3) -> None:
    folders = {199, 200, 399, 449}
    names = [f"{number:04}{'/' if number in folders else ''}" for number in range(450)]
    s3.objects |= {f"data/{each}{'x' if each.endswith('/') else ''}": b"x" for each in names}
    seen, path = [], "/console/s3/data"
    while path:
        links = visitor.get(path).links()
        seen += [each.rpartition("=")[2] for each in links if "?key=" in each or "?prefix=0" in each]
        path = next((each for each in links if "after=" in each), "")
    assert seen == names


def test_a_download_is_a_file(visitor: Visitor, s3: S3) -> None:
    s3.objects["data/in/naïve.html"] = b"<script>alert(1)</script>" * 10_000
    answer = visitor.client.get("/console/s3/data/download", params={"key": "in/naïve.html"})
    assert answer.content == s3.objects["data/in/naïve.html"]
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["content-disposition"] == "attachment; filename*=UTF-8''na%C3%AFve.html"
    assert answer.headers["content-security-policy"] == "sandbox"


def test_a_long_text_is_cut_between_characters(visitor: Visitor, s3: S3) -> None:
    s3.objects["data/long.txt.gz"] = gzip.compress(("x" + "é" * 100_000).encode())
    page = visitor.get("/console/s3/data/object", key="long.txt.gz")
    assert page.text.count("é") == (64 * 1024 - 1) // 2 and len(page.answer.content) < 300_000


def test_an_s3_that_does_not_answer(visitor: Visitor, s3: S3) -> None:
    s3.stop()
    page = visitor.get("/console/s3")
    assert page.status == 502 and "does not answer" in page.text
    assert visitor.get("/").status == 200


def test_a_steps_log_follows_what_is_written(visitor: Visitor, s3: S3, server: Server) -> None:
    Control(str(visitor.client.base_url).rstrip("/")).hang_step()
    fields = {"name": "logged", "release": "emr-7.13.0", "applications": "Spark", "master_type": "m5.xlarge",
              "core_count": "0", "task_count": "0", "log_uri": "s3://logs/x", "keep": "on"}  # fmt: skip
    cluster = visitor.send("/console/create", **fields).answer.headers["location"]
    step = {"name": "one", "jar": "command-runner.jar", "on_failure": "CONTINUE", "arguments": "true"}
    place = visitor.send(f"{cluster}/add-step", **step).answer.headers["location"]
    assert "There is no such log yet." in visitor.get(place).text
    folder = f"logs/x/{cluster.rpartition('/')[2]}/steps/{place.rpartition('/')[2]}"
    s3.objects[f"{folder}/stderr.gz"] = gzip.compress(COLOURED.encode())
    page = visitor.get(place, log="stderr")
    source = page.answer.text
    assert "red <script>alert(1)</script> ␇ end" in page.text
    assert "\x1b" not in source and "\x07" not in source and "<script>alert" not in source
    s3.objects[f"{folder}/stderr.gz"] = gzip.compress(COLOURED.encode() + b"further line\n")
    assert "further line" in visitor.get(place, log="stderr").text
    read = len(s3.reads)
    visitor.get(place, log="stderr")
    assert len(s3.reads) == read  # it has not changed
    s3.objects[f"{folder}/stdout.gz"] = b"no gzip"
    assert "not gzip'ed" in visitor.get(place, log="stdout").text


def test_of_a_long_log_the_end_is_shown(s3: S3) -> None:
    s3.objects["logs/long.gz"] = gzip.compress(b"begin\n" + b"line\n" * 1_000_000 + b"end\n")
    objects = Objects(Settings(s3_endpoint=s3.url))
    text, remark = logs.tail(objects, "s3://logs/long.gz")
    assert text.endswith("line\nend\n") and len(text) == logs.SHOWN
    assert remark == "The last 128.0 KiB of 4.8 MiB."
