"""What the console changes on S3: uploads, buckets, folders, deletions. And its previews of tables."""

from __future__ import annotations

import asyncio
import gzip
import io
import re
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pyarrow
import pyarrow.parquet
import pytest

from localemr.console.uploads import Incoming
from localemr.door.routes import UPLOAD, route_of
from localemr.installation import parquet
from localemr.testing.server import Server
from tests.contract.console_visitor import Page, Visitor, has_no_inline_code
from tests.contract.small_s3 import S3

TYPE = {"Content-Type": "application/octet-stream"}


def send(visitor: Visitor, key: str, content: Any, token: str | None = None, **headers: str) -> httpx.Response:
    """Upload as the page's script does."""
    given = visitor.get("/console/create-bucket").token if token is None else token
    return visitor.client.post(
        "/console/s3/data/upload", params={"key": key}, content=content, headers=TYPE | {"X-Token": given} | headers
    )


def test_a_file_is_uploaded_whatever_its_name_and_size(s3_visitor: Visitor, s3: S3) -> None:
    s3.buckets.add("data")
    large = bytes(range(256)) * (45 << 10)  # in three parts
    for key, content in (("in/a b&c é.csv", b"1,2\n"), ("large.bin", large), ("empty", b""), (" blanks ", b"x")):
        answer = send(s3_visitor, key, content)
        assert (answer.status_code, answer.text) == (200, "")
        assert s3.objects[f"data/{key}"] == content
    assert s3.parts == {}
    assert "4 B" in s3_visitor.get("/console/s3/data/object", key="in/a b&c é.csv").text
    assert "1 B" in s3_visitor.get("/console/s3/data/object", key=" blanks ").text


def test_a_folder_has_its_name_as_title_and_one_form_for_uploads(s3_visitor: Visitor, s3: S3) -> None:
    s3.objects["data/in/a.txt"] = b"a"
    source = s3_visitor.get("/console/s3/data?prefix=in/").answer.text
    assert "<title>data · LocalEMR</title>" in source
    assert source.count("data-upload=") == source.count('id="upload-title"') == 1


def test_uploads_that_are_refused(s3_visitor: Visitor, s3: S3) -> None:
    assert (send(s3_visitor, "x", b"1").status_code, send(s3_visitor, "x", b"1").text[:12]) == (404, "NoSuchBucket")
    s3.buckets.add("data")
    assert send(s3_visitor, "x", b"1", token="").status_code == 403
    assert send(s3_visitor, "x", b"1", token="y").status_code == 403
    assert send(s3_visitor, "", b"1").status_code == 400
    assert send(s3_visitor, "é" * 513, b"1").status_code == 400
    assert send(s3_visitor, "x", iter([b"1"])).status_code == 411
    assert send(s3_visitor, "x", b"1", Origin="http://evil.example").status_code == 403
    assert send(s3_visitor, "x", b"1", **{"Content-Type": "text/plain"}).status_code == 415
    assert s3.objects == {}


def test_only_uploads_may_be_long() -> None:
    assert route_of("/console/s3/data/upload", False) is UPLOAD
    for path in ("/console/s3/data/upload/x", "/console/s3/upload", "/console/s3/a/b/upload", "/console/create"):
        assert route_of(path, False).most < UPLOAD.most


def test_a_body_is_received_as_it_is_read(server: Server) -> None:
    received = 0

    async def body() -> AsyncIterator[bytes]:
        nonlocal received
        for _ in range(100):
            received += 1
            yield b"abc"
        yield b""

    async def read() -> list[bytes]:
        source = Incoming(body(), asyncio.get_running_loop())
        return [await asyncio.to_thread(source.read, size) for size in (2, 2, 0)]

    assert server.run(read()) == [b"ab", b"c", b""] and received <= 2

    async def whole() -> bytes:
        source = Incoming(body(), asyncio.get_running_loop())
        pieces = []
        while piece := await asyncio.to_thread(source.read, 1 << 20):
            pieces.append(piece)
        return b"".join(pieces)

    assert server.run(whole()) == b"abc" * 100


def test_buckets_and_folders_are_made_and_deleted(s3_visitor: Visitor, s3: S3) -> None:
    assert s3_visitor.get("/console/s3").links().count("/console/create-bucket") == 1
    refused = s3_visitor.send("/console/create-bucket", name="No")
    assert (refused.status, "S3 refuses it" in refused.text, s3.buckets) == (409, True, set())
    shown = s3_visitor.send("/console/create-bucket", name="my-data", only="check").checked
    assert shown == {"command": "aws s3 mb s3://my-data", "error": None}
    made = s3_visitor.send("/console/create-bucket", name="my-data")
    assert (made.status, made.answer.headers["location"]) == (303, "/console/s3/my-data")
    assert s3.buckets == {"my-data"}
    page = s3_visitor.get("/console/s3/my-data")
    form = next(each for each in page.links() if "/create-folder" in each)
    assert s3_visitor.send(form, name="a b", prefix="").answer.headers["location"] == "/console/s3/my-data"
    assert s3.objects == {"my-data/a b/": b""}
    inside = s3_visitor.get("/console/s3/my-data", prefix="a b/")
    form = next(each for each in inside.links() if "/create-folder" in each)
    again = s3_visitor.send(form, name="deep", prefix="a b/")
    assert again.answer.headers["location"] == "/console/s3/my-data?prefix=a%20b%2F"
    assert sorted(s3.objects) == ["my-data/a b/", "my-data/a b/deep/"]
    empty = s3_visitor.get("/console/s3/my-data", prefix="a b/deep/")
    delete = next(each for each in empty.links() if "/delete" in each)
    assert s3_visitor.send(delete, key="a b/deep/").status == 303
    assert sorted(s3.objects) == ["my-data/a b/"]
    assert s3_visitor.send(form, name="/", prefix="").status == 400


def test_an_object_is_deleted_after_a_confirmation(s3_visitor: Visitor, s3: S3) -> None:
    s3.objects |= {"data/in/x 'y'&.txt": b"1", "data/in/z": b"2"}
    page = s3_visitor.get("/console/s3/data/object", key="in/x 'y'&.txt")
    link = next(each for each in page.links() if "/delete" in each)
    confirm = s3_visitor.get(link)
    assert "s3://data/in/x 'y'&.txt" in confirm.text and len(s3.objects) == 2
    hidden = {given["name"]: given["value"] for tag, given in confirm.tags if given.get("type") == "hidden"}
    assert hidden["key"] == "in/x 'y'&.txt"
    assert confirm.command == """aws s3 rm 's3://data/in/x '"'"'y'"'"'&.txt'"""
    answer = s3_visitor.client.post("/console/s3/data/delete", data=hidden | {"token": ""})
    assert answer.status_code == 403 and len(s3.objects) == 2
    sent = Page(s3_visitor.client.post("/console/s3/data/delete", data=hidden))
    assert (sent.status, sent.answer.headers["location"]) == (303, "/console/s3/data?prefix=in%2F")
    assert list(s3.objects) == ["data/in/z"]


def cells(page: Page, tag: str = "td") -> list[str]:
    """The texts of the page's cells."""
    return re.findall(rf"<{tag}(?: [^>]*)?>(.*?)</{tag}>", page.answer.text, re.DOTALL)


@pytest.mark.parametrize(
    ("name", "content", "columns", "shown"),
    [("a.csv", b"id,name\n1,\"a, <b>\"\n2,\n", ["id", "name"], ["1", "a, &lt;b&gt;", "2", ""]),
     ("a.tsv", b"1\ta\n2\tb\n", [], ["1", "a", "2", "b"]),
     ("a.CSV.gz", gzip.compress(b"x;y\n1;2\n", mtime=0), ["x", "y"], ["1", "2"]),
     ("a.csv", b"one\n", [], ["one"])],
)  # fmt: skip
def test_a_csv_is_a_table(
    s3_visitor: Visitor, s3: S3, name: str, content: bytes, columns: list[str], shown: list[str]
) -> None:
    s3.objects[f"data/{name}"] = content
    page = s3_visitor.get("/console/s3/data/object", key=name)
    assert (cells(page, "th"), cells(page)) == (columns, shown) and has_no_inline_code(page)
    plain = s3_visitor.get(next(each for each in page.links() if each.endswith("as=text")))
    assert cells(plain) == [] and "<pre" in plain.answer.text


def test_a_large_csv_is_bounded(s3_visitor: Visitor, s3: S3) -> None:
    row = ",".join(f"value {number} {'x' * 300}" for number in range(60))
    s3.objects["data/wide.csv"] = f"{row}\n".encode() * 300
    page = s3_visitor.get("/console/s3/data/object", key="wide.csv")
    assert "50 of 60 columns are shown." in page.text and len(page.answer.content) < 300_000
    s3.objects["data/long.csv"] = b"1,2\n" * 100_000
    page = s3_visitor.get("/console/s3/data/object", key="long.csv")
    assert len(cells(page)) == 200 and "The first 100 rows are shown." in page.text


def a_parquet(**columns: Any) -> bytes:
    buffer = io.BytesIO()
    pyarrow.parquet.write_table(pyarrow.table(columns), buffer, compression="snappy")
    return buffer.getvalue()


def test_parquet(s3_visitor: Visitor, s3: S3) -> None:
    s3.objects["data/t/part-0.snappy.parquet"] = a_parquet(
        id=list(range(1000)), name=["<b>", None] * 500, tags=[["a", "b"]] * 1000
    )
    page = s3_visitor.get("/console/s3/data/object", key="t/part-0.snappy.parquet")
    assert "1,000 rows in 1 row groups. The first 50 are shown." in page.text
    assert cells(page)[:6] == ["0", "&lt;b&gt;", "[&#39;a&#39;, &#39;b&#39;]", "1", "", "[&#39;a&#39;, &#39;b&#39;]"]
    assert cells(page)[-6:] == ["id", "int64", "name", "string", "tags", "list&lt;element: string&gt;"]
    assert cells(page, "th") == ["id", "name", "tags", "Column", "Type"]


@pytest.mark.parametrize(
    "content", [b"PAR1 no PAR1", b"x" * 100, a_parquet(id=[1, 2, 3])[:-20] + b"\xff" * 16 + b"PAR1"]
)
def test_a_file_that_is_no_parquet(s3_visitor: Visitor, s3: S3, content: bytes) -> None:
    s3.objects["data/x.parquet"] = content
    page = s3_visitor.get("/console/s3/data/object", key="x.parquet")
    assert (page.status, "The file cannot be read" in page.text) == (200, True)


def test_of_parquet_a_bounded_part_is_read(s3_visitor: Visitor, s3: S3, monkeypatch: pytest.MonkeyPatch) -> None:
    from localemr.installation.objects import Objects
    from localemr.settings import Settings

    s3.objects["data/x.parquet"] = a_parquet(id=list(range(100_000)))
    monkeypatch.setattr(parquet, "MOST_READ", 100)
    with pytest.raises(OSError, match="would have to be read"):
        parquet.beginning(parquet.Ranges(Objects(Settings(s3_endpoint=s3.url)), "data", "x.parquet"))


def test_without_pyarrow_the_page_says_what_is_missing(
    s3_visitor: Visitor, s3: S3, monkeypatch: pytest.MonkeyPatch
) -> None:
    s3.objects["data/x.parquet"] = a_parquet(id=[1])
    monkeypatch.setattr(parquet, "available", lambda: False)
    page = s3_visitor.get("/console/s3/data/object", key="x.parquet")
    assert "pip install 'localemr[parquet]'" in page.text
