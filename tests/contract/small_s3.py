"""A small S3 in this process, for the console, and a controller in memory that uses it."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit
from xml.sax.saxutils import escape

from localemr.app import Controller, new_app
from localemr.clock import MovableClock
from localemr.doors import behind_door
from localemr.platforms import memory_platform
from localemr.settings import Settings
from localemr.testing.server import Server


class Bucket(BaseHTTPRequestHandler):
    """The calls of S3 that the console makes: ListBuckets, ListObjectsV2, HeadObject, GetObject, PutObject, in parts
    too, DeleteObject, CreateBucket."""

    objects: dict[str, bytes]
    buckets: set[str]
    parts: dict[str, bytes]
    reads: list[str]
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        bucket, _, key = unquote(url.path.lstrip("/")).partition("/")
        if not bucket:
            self._xml("<ListAllMyBucketsResult><Buckets>" + "".join(
                f"<Bucket><Name>{each}</Name><CreationDate>2026-01-02T03:04:05.000Z</CreationDate></Bucket>"
                for each in sorted({key.partition("/")[0] for key in self.objects} | self.buckets)
            ) + "</Buckets></ListAllMyBucketsResult>")  # fmt: skip
        elif not key:
            self._list(bucket, {name: values[0] for name, values in parse_qs(url.query).items()})
        else:
            self.reads.append(key)
            self._object(f"{bucket}/{key}")

    def do_PUT(self) -> None:
        url, body = urlsplit(self.path), self.rfile.read(int(self.headers.get("Content-Length", 0)))
        name, query = unquote(url.path.lstrip("/")), parse_qs(url.query)
        bucket, _, key = name.partition("/")
        if not key:
            self.buckets.add(bucket)
        elif bucket not in self.buckets | {each.partition("/")[0] for each in self.objects}:
            self._xml("<Error><Code>NoSuchBucket</Code><Message>There is no such bucket.</Message></Error>", 404)
            return
        elif "partNumber" in query:
            self.parts[f"{name}#{int(query['partNumber'][0]):05}"] = body
        else:
            self.objects[name] = body
        self._send(b"", "application/xml", of=body)

    def do_POST(self) -> None:
        url, _ = urlsplit(self.path), self.rfile.read(int(self.headers.get("Content-Length", 0)))
        name = unquote(url.path.lstrip("/"))
        bucket, _, key = name.partition("/")
        if "uploads" in url.query:
            self._xml(f"<InitiateMultipartUploadResult><Bucket>{bucket}</Bucket><Key>{escape(key)}</Key>"
                      "<UploadId>one</UploadId></InitiateMultipartUploadResult>")  # fmt: skip
            return
        mine = sorted(each for each in self.parts if each.startswith(f"{name}#"))
        self.objects[name] = b"".join(self.parts.pop(each) for each in mine)
        self._xml(f"<CompleteMultipartUploadResult><Bucket>{bucket}</Bucket><Key>{escape(key)}</Key><ETag>x</ETag>"
                  "</CompleteMultipartUploadResult>")  # fmt: skip

    def do_DELETE(self) -> None:
        url = urlsplit(self.path)
        if "uploadId" not in url.query:
            self.objects.pop(unquote(url.path.lstrip("/")), None)
        self.parts.clear()
        self._send(b"", "application/xml", 204)

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
        found, wanted = self.objects[name], self.headers.get("Range", "")
        if wanted:
            first, _, last = wanted.removeprefix("bytes=").partition("-")
            self._send(found[int(first) : int(last) + 1], "application/octet-stream", 206, found)
            return
        self._send(found, "application/octet-stream")

    def _xml(self, text: str, status: int = 200) -> None:
        self._send(f'<?xml version="1.0"?>{text}'.encode(), "application/xml", status)

    def _send(self, body: bytes, kind: str, status: int = 200, of: bytes | None = None) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("ETag", f'"{hashlib.md5(body if of is None else of).hexdigest()}"')
        self.send_header("Last-Modified", formatdate(usegmt=True))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing."""


class S3:
    """The S3 server; `objects` are bucket/key → content, `buckets` empty ones, `parts` those of unfinished uploads,
    `reads` the keys that were read."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        self.buckets: set[str] = set()
        self.parts: dict[str, bytes] = {}
        self.reads: list[str] = []
        shared = {"objects": self.objects, "buckets": self.buckets, "parts": self.parts, "reads": self.reads}
        handler = type("Handler", (Bucket,), shared)
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05})
        self._thread.start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(10)


@contextmanager
def controller_with(server: Server, s3: S3) -> Iterator[Controller]:
    """A controller in memory with this S3, served by `server`. Its clock stands."""
    settings = Settings(runtime="memory", s3_endpoint=s3.url)

    async def begin() -> Controller:
        controller = await Controller.open(settings, memory_platform(MovableClock(speed=0)))
        app = new_app()
        controller.serve(app, {})
        server.app = behind_door(app, settings, lambda: controller)
        return controller

    controller = server.run(begin())
    try:
        yield controller
    finally:
        server.run(controller.close())
