"""MinIO's settings, S3's health and the start of the shared catalog, without containers."""

from __future__ import annotations

import asyncio
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import botocore.session
import pytest

from localemr.installation import minio, s3_health
from localemr.installation.catalog import CatalogElsewhere, SharedCatalog
from localemr.installation.containers import ROLE_LABEL
from localemr.installation.on_use import Address, Starting
from localemr.runtime.base import LABEL, RuntimeDeferred, RuntimeFailure
from localemr.settings import Settings

ADDRESS = ("127.0.0.1", 9083)


def test_compose_starts_minio_with_the_same_settings() -> None:
    text = (Path(__file__).parents[2] / "compose" / "compose.yaml").read_text()
    service = text[text.index("  s3:\n") : text.index("  controller:\n")]
    command = re.search(r"command: \[(.*)\]", service)
    assert command and [word.strip(' "') for word in command[1].split(",")] == list(minio.COMMAND)
    assert set(re.findall(r"^      (MINIO_\w+):", service, re.MULTILINE)) == set(minio.environment(Settings()))
    assert re.findall(r"127\.0\.0\.1:\$\{LOCALEMR_(\w+):-(\d+)\}:(\d+)", service) == [
        ("S3_PORT", str(Settings.s3_port), str(minio.PORT)),
        ("S3_CONSOLE_PORT", str(Settings.s3_console_port), str(minio.CONSOLE_PORT)),
    ]
    assert f"- s3:{minio.DATA}\n" in service
    assert f"{ROLE_LABEL}: {minio.ROLE}\n" in service
    assert f"{LABEL}: " in service
    assert "container_name: localemr-${LOCALEMR_INSTALLATION:-default}-s3\n" in service
    assert Settings().s3_container == "localemr-default-s3"


def test_minio_knows_the_names_of_every_region() -> None:
    session = botocore.session.get_session()
    known = set(minio.environment(Settings())["MINIO_DOMAIN"].split(","))
    for kind, domain in (("aws", "amazonaws.com"), ("aws-us-gov", "amazonaws.com"), ("aws-cn", "amazonaws.com.cn")):
        regions = session.get_available_regions("s3", kind)
        assert regions
        assert {f"s3.{region}.{domain}" for region in regions} <= known
    assert {"s3", "s3.amazonaws.com", "s3-eu-west-1.amazonaws.com", "s3.dualstack.eu-west-1.amazonaws.com"} <= known
    # MinIO does not start with a name below another one.
    assert not [(one, other) for one in known for other in known if one.endswith(f".{other}")]


@contextmanager
def answering(status: int) -> Iterator[int]:
    """The port of a server that answers each request with this status."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *arguments: object) -> None:
            """Nothing on standard error."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()


@pytest.mark.parametrize(
    ("status", "own", "foreign"), [(200, True, True), (403, False, True), (404, False, True), (503, False, False)]
)
def test_what_counts_as_healthy(status: int, own: bool, foreign: bool) -> None:
    with answering(status) as port:
        assert (s3_health.error_of(Settings(s3_port=port)) is None) == own
        assert (s3_health.error_of(Settings(s3_endpoint=f"http://127.0.0.1:{port}")) is None) == foreign
    error = s3_health.error_of(Settings(s3_port=port))
    assert error is not None and f"http://127.0.0.1:{port} does not answer" in error


def test_the_controller_reports_what_the_commands_do() -> None:
    async def errors(port: int) -> list[str | None]:
        health = s3_health.S3Health(Settings(s3_port=port))
        health.error = "not checked yet"
        health.start()
        while health.error == "not checked yet":
            await asyncio.sleep(0.01)
        await health.stop()
        return [health.error, s3_health.error_of(Settings(s3_port=port))]

    with answering(200) as port:
        assert asyncio.run(errors(port)) == [None, None]
    one, other = asyncio.run(errors(port))
    assert one == other is not None


class Start:
    """A start that lasts until `go` is set; then it gives an address, or the error."""

    def __init__(self, error: OSError | None = None) -> None:
        self.go, self.begun, self.count, self.error = threading.Event(), threading.Event(), 0, error

    def __call__(self) -> Address:
        self.count += 1
        self.begun.set()
        assert self.go.wait(10)
        if self.error:
            raise self.error
        return ADDRESS


def test_a_start_is_made_once_for_all_who_wait() -> None:
    start = Start()
    starting = Starting(start)
    found: list[Address] = []
    threads = [threading.Thread(target=lambda: found.append(starting.wait())) for _ in range(4)]
    for thread in threads:
        thread.start()
    assert start.begun.wait(10)
    assert not starting.ready(0)
    start.go.set()
    for thread in threads:
        thread.join(10)
    assert starting.ready(10)
    assert found == [ADDRESS] * 4
    starting.close()


def test_an_error_that_comes_later_is_raised_by_the_next_look() -> None:
    start = Start(OSError("no image"))
    starting = Starting(start)
    assert not starting.ready(0)
    start.go.set()
    with pytest.raises(OSError, match="no image"):
        while not starting.ready(1):
            pass
    assert start.count == 1
    with pytest.raises(OSError, match="no image"):
        starting.wait()
    assert start.count == 2
    starting.close()


class Catalog(SharedCatalog):
    """The shared catalog with another way to start."""

    def __init__(self, start: Start) -> None:
        self.prepared: list[str] = []
        super().__init__(Settings(), str, self._note)
        self._starting = Starting(start)

    async def _note(self, cluster: str) -> None:
        self.prepared.append(cluster)


def test_a_cluster_whose_catalog_starts_is_deferred_and_holds_no_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("localemr.installation.on_use.PATIENCE", 0.01)
    start = Start()
    shared = Catalog(start)
    call = partial(shared.begin, lambda: 100.0, "j-1")
    with pytest.raises(RuntimeDeferred) as raised:
        asyncio.run(call())
    assert (raised.value.until, raised.value.code) == (101.0, "")
    assert shared.prepared == ["j-1"]
    start.go.set()
    while True:
        try:
            asyncio.run(call())
            break
        except RuntimeDeferred:
            continue
    start.error = OSError("it was removed")
    with pytest.raises(RuntimeFailure, match="it was removed"):
        while True:
            try:
                asyncio.run(call())
            except RuntimeDeferred:
                continue


def test_a_catalog_elsewhere_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    made, responds = list[str](), iter([False, True])
    monkeypatch.setattr("localemr.installation.buckets.ensure_bucket", lambda settings, name: made.append(name))
    monkeypatch.setattr("localemr.installation.catalog.answers", lambda address: next(responds))
    found = CatalogElsewhere.of(Settings(catalog_endpoint="catalog:9083"))
    assert found is not None and found.start() == ("catalog", 9083)
    with pytest.raises(RuntimeDeferred) as raised:
        asyncio.run(found.begin(lambda: 100.0, "j-1"))
    assert (raised.value.until, raised.value.code) == (101.0, "")
    asyncio.run(found.begin(lambda: 100.0, "j-1"))
    assert made == ["localemr-catalog"]
    assert CatalogElsewhere.of(Settings()) is None
    with pytest.raises(ValueError, match="expected HOST:PORT"):
        CatalogElsewhere.of(Settings(catalog_endpoint="thrift://catalog"))


class Found:
    """What Docker shows of the container."""

    def __init__(self, status: str | None) -> None:
        self.status = status

    def find(self, name: str) -> Any:
        return self if self.status else None


@pytest.mark.parametrize(("status", "started"), [(None, 0), ("exited", 0), ("running", 1)])
def test_the_watch_starts_only_what_is_in_use(status: str | None, started: int) -> None:
    start = Start()
    start.go.set()
    shared = Catalog(start)
    shared._containers = Found(status)  # type: ignore[assignment]
    shared._look()
    assert start.count == started
    shared.start()
    shared._containers = Found(None)  # type: ignore[assignment]
    shared._look()
    assert start.count == started + 2


def test_settings_of_another_key_are_another_configuration() -> None:
    one, other = Settings(), replace(Settings(), secret_key="another")
    assert minio.environment(one) != minio.environment(other)
