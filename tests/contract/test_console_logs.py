"""Live logs of steps in the console: from the master while a step runs, searched, downloaded, bounded, harmless."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import AsyncIterator
from typing import Any

import pytest

from localemr.console import logs
from localemr.console.step_logs import FOUND, Search
from localemr.reconcile.step_logs import masked
from localemr.runtime.base import File
from localemr.settings import Settings
from localemr.testing.memory import MemoryEmr
from localemr.testing.server import Server
from tests.contract.console_visitor import STEP, Visitor, run, until
from tests.contract.test_console_live import streamed


class Logged:
    """A step whose logs a test writes on the master."""

    def __init__(self, memory: MemoryEmr, **request: Any) -> None:
        self._memory, self._emr = memory, memory.client()
        self.cluster = run(memory, **{"Steps": [STEP]} | request)
        self.step = self._emr.list_steps(ClusterId=self.cluster)["Steps"][0]["Id"]
        self.path = f"/console/clusters/{self.cluster}/steps/{self.step}"

    def state(self) -> str:
        found = self._emr.describe_step(ClusterId=self.cluster, StepId=self.step)
        return str(found["Step"]["Status"]["State"])

    def write(self, name: str, text: str) -> None:
        groups = self._emr.list_instances(ClusterId=self.cluster, InstanceGroupTypes=["MASTER"])["Instances"]
        file = {f"/mnt/var/log/hadoop/steps/{self.step}/{name}": File(text)}
        self._memory._server.run(self._memory._controller._runtime.send(groups[0]["Id"], file))


@pytest.fixture
def logged(memory: MemoryEmr) -> Logged:
    """A step that runs until it is cancelled, on a cluster without LogUri."""
    memory.control.hang_step()
    found = Logged(memory)
    until(memory, found.cluster, "RUNNING")
    assert found.state() == "RUNNING"
    return found


def test_a_running_steps_log_comes_from_the_master(visitor: Visitor, logged: Logged) -> None:
    assert "There is no such log yet." in visitor.get(logged.path, log="stderr").text
    logged.write("stderr", "begin\n\x1b[31mred\x1b[0m <script>alert(1)</script> \x07\r\n")
    page = visitor.get(logged.path, log="stderr")
    assert "LIVE From the master, as it is now." in page.text and "red <script>alert(1)</script> ␇" in page.text
    source = page.answer.text
    assert "\x1b" not in source and "\x07" not in source and "<script>alert" not in source
    assert "begin" not in visitor.get(logged.path, log="stdout").text


def test_a_running_steps_log_is_followed(visitor: Visitor, logged: Logged) -> None:
    logged.write("stdout", "first line\n")
    with streamed(visitor, f"{logged.path}?log=stdout") as pages:
        assert "first line" in next(pages)
        logged.write("stdout", "first line\nsecond line\n")
        assert "second line" in next(pages)


def test_of_a_long_log_its_end_is_shown_and_all_is_downloaded(visitor: Visitor, logged: Logged) -> None:
    text = "begin\n" + "a line\n" * 100_000 + "end\n"
    logged.write("stdout", text)
    page = visitor.get(logged.path, log="stdout")
    assert "begin" not in page.text and page.text.endswith("a line end") and len(page.answer.content) < 300_000
    assert "The last 128.0 KiB, from the master, as it is now." in page.text
    answer = visitor.client.get(f"{logged.path}/download", params={"log": "stdout"})
    assert answer.text == text
    assert answer.headers["content-disposition"] == f'attachment; filename="{logged.step}-stdout.txt"'
    assert answer.headers["content-security-policy"] == "sandbox"
    assert visitor.get(f"{logged.path}/download", log="stderr").status == 404


def test_a_log_is_searched(visitor: Visitor, logged: Logged) -> None:
    logged.write("stdout", "one\nA <b>Needle</b>\n" + "hay\n" * 50_000 + "needle \x1b[1magain")
    page = visitor.get(logged.path, log="stdout", find="needle")
    assert "2 lines with 'needle'." in page.text
    assert "2: A <b>Needle</b> 50003: needle again" in page.text and "hay" not in page.text.split("lines with")[1]
    with streamed(visitor, f"{logged.path}?log=stdout&find=needle") as pages:
        assert "Needle" not in next(pages)  # what was found stays: it is not searched again and again
    assert "0 lines with 'x<y'." in visitor.get(logged.path, log="stdout", find="x<y").text
    assert "There is no such log yet." in visitor.get(logged.path, log="stderr", find="x").text


def test_the_secret_key_is_not_shown(visitor: Visitor, logged: Logged) -> None:
    secret = Settings().secret_key
    logged.write("stdout", f"key={secret}\n")
    page = visitor.get(logged.path, log="stdout")
    assert secret not in page.answer.text and f"key={'*' * len(secret)}" in page.text


@pytest.mark.parametrize("pieces", [["a-secret-b"], ["a-sec", "ret-b"], list("a-secret-b"), ["a-", "secret", "-b"]])
def test_a_secret_in_pieces_is_masked(pieces: list[str]) -> None:
    async def given() -> AsyncIterator[bytes]:
        for each in pieces:
            yield each.encode()

    async def found(secret: bytes) -> bytes:
        return b"".join([each async for each in masked(given(), secret)])

    assert asyncio.run(found(b"secret")) == b"a-******-b"
    assert asyncio.run(found(b"")) == b"a-secret-b"


def test_without_a_log_the_page_says_why(memory: MemoryEmr, visitor: Visitor, logged: Logged) -> None:
    memory.client().terminate_job_flows(JobFlowIds=[logged.cluster])
    until(memory, logged.cluster, "TERMINATED")
    assert "its logs ended with its instances" in visitor.get(logged.path).text
    assert visitor.get(f"{logged.path}/download", log="stdout").status == 404


def test_a_step_that_waits_has_no_log(memory: MemoryEmr, visitor: Visitor, logged: Logged) -> None:
    step_id = memory.client().add_job_flow_steps(JobFlowId=logged.cluster, Steps=[STEP])["StepIds"][0]
    assert "The step has not begun." in visitor.get(f"/console/clusters/{logged.cluster}/steps/{step_id}").text


def test_a_runtime_that_does_not_answer(memory: MemoryEmr, visitor: Visitor, logged: Logged) -> None:
    runtime = memory._controller._runtime._runtime  # type: ignore[attr-defined]
    runtime.refuse["read"] = "Docker is away."
    assert "Docker is away." in visitor.get(logged.path).text
    assert "Docker is away." in visitor.get(logged.path, find="x").text
    assert visitor.get(f"{logged.path}/download").status == 502


def test_a_search_is_bounded() -> None:
    many = Search("x")
    many.feed(b"x\n" * (FOUND + 10))
    assert len(many.found) == FOUND and many.enough
    long = Search("needle")
    for _ in range(40):
        long.feed(b"y" * (1 << 16))  # one line
    long.feed(b"needle")
    long.end()
    assert len(long.found) == 1 and len(long.found[0]) < 1100 and not long.enough
    endless = Search("z")
    endless.read = logs.MOST
    endless.feed(b"a")
    assert endless.enough


def test_a_log_on_s3_is_searched_and_downloaded(s3_visitor: Visitor, server: Server, s3: Any) -> None:
    fields = {"name": "logged", "release": "emr-7.13.0", "applications": "Spark", "master_type": "m5.xlarge",
              "core_count": "0", "task_count": "0", "log_uri": "s3://logs/x", "keep": "on"}  # fmt: skip
    cluster = s3_visitor.send("/console/create", **fields).answer.headers["location"]
    sent = s3_visitor.send(f"{cluster}/add-step/command", name="one", commands="true", on_failure="CONTINUE")
    place = sent.answer.headers["location"]
    key = f"logs/x/{cluster.rpartition('/')[2]}/steps/{place.rpartition('/')[2]}/syslog.gz"
    s3.objects[key] = gzip.compress(b"one\nneedle\n")
    page = s3_visitor.get(place, log="syslog", find="needle")
    assert (
        "1 lines with 'needle'." in page.text and "2: needle" in page.text and "one" not in page.text.split("lines")[1]
    )
    answer = s3_visitor.client.get(f"{place}/download", params={"log": "syslog"})
    assert answer.text == "one\nneedle\n"
