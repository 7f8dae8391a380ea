"""The console's pages of S3 and logs, over a small S3 in this process."""

from __future__ import annotations

import gzip

from localemr.console import logs
from localemr.installation.objects import Objects
from localemr.settings import Settings
from localemr.testing.client import Control
from localemr.testing.server import Server
from tests.contract.console_visitor import Visitor
from tests.contract.small_s3 import S3
from tests.waiting import wait_for

COLOURED = "begin\n\x1b[31mred\x1b[0m <script>alert(1)</script> \x07 \x1b]0;title\x07end\r\n"


def test_buckets_folders_and_objects(s3_visitor: Visitor, s3: S3) -> None:
    s3.objects |= {"data/in/a b&c.csv": b"id,name\n1,<b>x</b>\n", "data/in/deep/x": b"1", "data/top.bin": b"\0\1",
                   "logs/x": b""}  # fmt: skip
    assert {"/console/s3/data", "/console/s3/logs"} <= set(s3_visitor.get("/console/s3").links())
    top = s3_visitor.get("/console/s3/data")
    assert {"/console/s3/data?prefix=in/", "/console/s3/data/object?key=top.bin"} <= set(top.links())
    inside = s3_visitor.get("/console/s3/data", prefix="in/")
    assert "/console/s3/data/object?key=in/a%20b%26c.csv" in inside.links() and "in/deep/" not in inside.text
    page = s3_visitor.get("/console/s3/data/object", key="in/a b&c.csv", **{"as": "text"})
    assert "1,<b>x</b>" in page.text and "19 B" in page.text and not [tag for tag, _ in page.tags if tag == "b"]
    assert "This is no text." in s3_visitor.get("/console/s3/data/object", key="top.bin").text
    assert "The object is empty." in s3_visitor.get("/console/s3/logs/object", key="x").text
    gone = s3_visitor.get("/console/s3/data/object", key="nothing")
    assert (gone.status, "NoSuchKey" in gone.text or "does not exist" in gone.text) == (404, True)


def test_a_folder_of_more_than_a_page(s3_visitor: Visitor, s3: S3) -> None:
    folders = {199, 200, 399, 449}
    names = [f"{number:04}{'/' if number in folders else ''}" for number in range(450)]
    s3.objects |= {f"data/{each}{'x' if each.endswith('/') else ''}": b"x" for each in names}
    seen, path = [], "/console/s3/data"
    while path:
        links = s3_visitor.get(path).links()
        seen += [each.rpartition("=")[2] for each in links if "?key=" in each or "?prefix=0" in each]
        path = next((each for each in links if "after=" in each), "")
    assert seen == names


def test_a_download_is_a_file(s3_visitor: Visitor, s3: S3) -> None:
    s3.objects["data/in/naïve.html"] = b"<script>alert(1)</script>" * 10_000
    answer = s3_visitor.client.get("/console/s3/data/download", params={"key": "in/naïve.html"})
    assert answer.content == s3.objects["data/in/naïve.html"]
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["content-disposition"] == "attachment; filename*=UTF-8''na%C3%AFve.html"
    assert answer.headers["content-security-policy"] == "sandbox"


def test_a_long_text_is_cut_between_characters(s3_visitor: Visitor, s3: S3) -> None:
    s3.objects["data/long.txt.gz"] = gzip.compress(("x" + "é" * 100_000).encode())
    page = s3_visitor.get("/console/s3/data/object", key="long.txt.gz")
    assert page.text.count("é") == (64 * 1024 - 1) // 2 and len(page.answer.content) < 300_000


def test_an_s3_that_does_not_answer(s3_visitor: Visitor, s3: S3) -> None:
    s3.stop()
    page = s3_visitor.get("/console/s3")
    assert page.status == 502 and "does not answer" in page.text
    assert s3_visitor.get("/").status == 200


def test_a_steps_log_follows_what_is_written(s3_visitor: Visitor, s3: S3, server: Server) -> None:
    Control(str(s3_visitor.client.base_url).rstrip("/")).hang_step()
    fields = {"name": "logged", "release": "emr-7.13.0", "applications": "Spark", "master_type": "m5.xlarge",
              "core_count": "0", "task_count": "0", "log_uri": "s3://logs/x", "keep": "on"}  # fmt: skip
    cluster = s3_visitor.send("/console/create", **fields).answer.headers["location"]
    step = {"name": "one", "jar": "command-runner.jar", "on_failure": "CONTINUE", "arguments": "true"}
    place = s3_visitor.send(f"{cluster}/add-step/jar", **step).answer.headers["location"]
    wait_for("the step's begin", lambda: "There is no such log yet." in s3_visitor.get(place).text)
    folder = f"logs/x/{cluster.rpartition('/')[2]}/steps/{place.rpartition('/')[2]}"
    s3.objects[f"{folder}/stderr.gz"] = gzip.compress(COLOURED.encode())
    page = s3_visitor.get(place, log="stderr")
    source = page.answer.text
    assert "red <script>alert(1)</script> ␇ end" in page.text
    assert "\x1b" not in source and "\x07" not in source and "<script>alert" not in source
    s3.objects[f"{folder}/stderr.gz"] = gzip.compress(COLOURED.encode() + b"further line\n")
    assert "further line" in s3_visitor.get(place, log="stderr").text
    read = len(s3.reads)
    s3_visitor.get(place, log="stderr")
    assert len(s3.reads) == read  # it has not changed
    s3.objects[f"{folder}/stdout.gz"] = b"no gzip"
    assert "not gzip'ed" in s3_visitor.get(place, log="stdout").text


def test_of_a_long_log_the_end_is_shown(s3: S3) -> None:
    s3.objects["logs/long.gz"] = gzip.compress(b"begin\n" + b"line\n" * 1_000_000 + b"end\n")
    objects = Objects(Settings(s3_endpoint=s3.url))
    text, remark = logs.tail(objects, "s3://logs/long.gz")
    assert text.endswith("line\nend\n") and len(text) == logs.SHOWN
    assert remark == "The last 128.0 KiB of 4.8 MiB."
