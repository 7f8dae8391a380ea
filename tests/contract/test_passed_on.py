"""Calls of DynamoDB and their answers pass unchanged, to a URL or to a container that is started, and started again."""

from __future__ import annotations

import asyncio
import gzip
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import pytest
from starlette.responses import PlainTextResponse

from localemr.api.access import Access
from localemr.api.beside import Beside, PassedOn
from localemr.installation import aws
from localemr.installation.aws import SERVERS, AwsContainer, AwsEndpoints
from localemr.settings import Settings
from localemr.testing.memory import MemoryEmr

ANSWER = b'{"TableNames": ["t"]}'
SIGNED = {
    "x-amz-target": "DynamoDB_20120810.ListTables",
    "content-type": "application/x-amz-json-1.0",
    "authorization": "AWS4-HMAC-SHA256 Credential=a/20261129/us-east-1/dynamodb/aws4_request, "
    "SignedHeaders=host;x-amz-target, Signature=0",
}


class Program:
    """An HTTP server that notes what it was sent, and packs its answers for those who read that."""

    def __init__(self) -> None:
        self.heard: list[tuple[dict[str, str], bytes]] = []
        heard = self.heard

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                heard.append(
                    (
                        {name.lower(): value for name, value in self.headers.items()},
                        self.rfile.read(int(self.headers["content-length"])),
                    )
                )
                packs = "gzip" in self.headers.get("accept-encoding", "")
                answer = gzip.compress(ANSWER) if packs else ANSWER
                self.send_response(200)
                for name, value in (("content-type", "application/x-amz-json-1.0"), ("x-amz-crc32", "7"),
                                    ("x-amzn-requestid", "R1"), ("content-length", str(len(answer))),
                                    *([("content-encoding", "gzip")] if packs else [])):  # fmt: skip
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *arguments: Any) -> None:
                """Not to the terminal."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    @property
    def address(self) -> tuple[str, int]:
        return "127.0.0.1", int(self._server.server_address[1])

    def end(self) -> None:
        self._server.shutdown()
        self._server.server_close()


class Container(AwsContainer):
    """DynamoDB's, with another way to start."""

    def __init__(self, start: Callable[[], tuple[str, int]]) -> None:
        (server,) = (each for each in SERVERS if "dynamodb" in each.services)
        super().__init__(Settings(), server, str)
        self._started = start

    def _run(self) -> tuple[str, int]:
        return self._started()


@pytest.fixture
def programs() -> Iterator[list[Program]]:
    made: list[Program] = []
    yield made
    for each in made:
        each.end()


async def answers(
    start: Callable[[], tuple[str, int]], steps: list[Callable[[], None]], access: Access | None = None
) -> list[httpx.Response]:
    """The answers to a call before the steps, and after each."""
    beside = Beside(AwsEndpoints(Settings(), [Container(start)]))
    app = PassedOn(PlainTextResponse("the application's own"), lambda: beside, frozenset(("sts",)), access)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://controller:4577") as client:
        client.headers.clear()
        found = [await client.post("/", content=b"{}", headers=SIGNED)]
        for step in steps:
            step()
            found.append(await client.post("/", content=b"{}", headers=SIGNED))
    await beside.close()
    return found


def test_a_program_that_has_ended_is_started_again(programs: list[Program], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(aws, "FRESH", -1.0)

    def start() -> tuple[str, int]:
        if not programs:
            programs.append(Program())
        return programs[0].address

    found = asyncio.run(answers(start, [lambda: None, lambda: programs.pop().end()]))
    assert [each.status_code for each in found] == [200, 200, 200]
    assert [each.content for each in found] == [ANSWER] * 3
    assert len(programs[0].heard) == 1
    assert {name: found[0].headers.get(name) for name in ("x-amz-crc32", "x-amzn-requestid", "content-type")} == {
        "x-amz-crc32": "7", "x-amzn-requestid": "R1", "content-type": "application/x-amz-json-1.0"
    }  # fmt: skip


def test_the_program_gets_the_callers_headers_and_no_others(programs: list[Program]) -> None:
    programs.append(Program())
    asyncio.run(answers(lambda: programs[0].address, []))
    ((headers, body),) = programs[0].heard
    assert body == b"{}"
    assert headers == SIGNED | {"host": "controller:4577", "content-length": "2"}


def test_a_packed_answer_stays_packed(programs: list[Program]) -> None:
    """The checksum in its headers is that of the packed bytes."""
    programs.append(Program())
    url = "http://{}:{}".format(*programs[0].address)
    with MemoryEmr(aws_endpoints=f"dynamodb={url}") as emr:
        assert emr.client("dynamodb").list_tables()["TableNames"] == ["t"]
        with httpx.stream("POST", emr.endpoint, content=b"{}", headers=SIGNED | {"accept-encoding": "gzip"}) as answer:
            raw = b"".join(answer.iter_raw())
        assert answer.headers["content-encoding"] == "gzip"
        assert gzip.decompress(raw) == ANSWER
        assert httpx.get(f"{emr.endpoint}/_localemr/health").status_code == 200


def test_a_program_that_does_not_start_or_answer_is_reported() -> None:
    def fail() -> tuple[str, int]:
        raise OSError("Preparing the image of the dynalite: 1 of 2")

    (starting,) = asyncio.run(answers(fail, []))
    assert starting.status_code == 503
    assert starting.json()["__type"] == "ServiceUnavailableException"
    assert "1 of 2" in starting.json()["message"]
    (unanswered,) = asyncio.run(answers(lambda: ("127.0.0.1", 9), []))
    assert unanswered.status_code == 503
    (foreign,) = asyncio.run(answers(fail, [], Access({"b": "c"})))
    assert foreign.json()["__type"] == "UnrecognizedClientException"
