"""The tools that nodes have: waiting."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from localemr_node.entrypoints import script
from localemr_node.specs import CheckSpec
from localemr_node.tools import awaiting

TOOLS = Path(__file__).parents[2] / "images/node"


@pytest.fixture
def beans() -> Iterator[tuple[int, dict[str, object]]]:
    """A port that serves a JSON document, and the document."""
    document: dict[str, object] = {"beans": [{"Safemode": "on", "LiveNodes": "{}"}]}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(json.dumps(document).encode())

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server.server_port, document
    server.shutdown()
    thread.join()
    server.server_close()


def await_(port: int, note: Path, within: float = 600.0) -> subprocess.Popen[bytes]:
    source = script("localemr_node.tools.awaiting", str(TOOLS))
    checks = [
        {"what": "safe mode", "port": port, "path": "/", "key": "beans.0.Safemode", "equals": ""},
        {"what": "DataNodes", "port": port, "path": "/", "key": "beans.0.LiveNodes", "contains": ["ip-1", "ip-2"]},
    ]
    spec = note.with_name("spec")
    spec.write_text(json.dumps({"checks": checks, "within": within}))
    env = {"LOCALEMR_NOTE": str(note), "LOCALEMR_SPEC": str(spec)}
    return subprocess.Popen([sys.executable, "-ISB", "-c", source], env=env)


def wait_note(note: Path, text: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 20
    while not (note.exists() and text in note.read_text()):
        assert process.poll() is None
        assert time.monotonic() < deadline, text
        time.sleep(0.01)


def test_await_notes_what_is_missing_and_ends_when_all_is_there(
    tmp_path: Path, beans: tuple[int, dict[str, object]]
) -> None:
    port, document = beans
    note = tmp_path / "note"
    process = await_(port, note)
    try:
        wait_note(note, "safe mode: 'on'", process)
        document["beans"] = [{"Safemode": "", "LiveNodes": '{"ip-1:9866": {}}'}]
        wait_note(note, "DataNodes: 1 of 2, missing ip-2", process)
        document["beans"] = [{"Safemode": "", "LiveNodes": '{"ip-1:9866": {}, "ip-2:9866": {}}'}]
        assert process.wait(20) == 0
        assert note.read_text() == ""
    finally:
        process.kill()
        process.wait()


def test_a_check_of_a_number_holds_from_its_least_on(beans: tuple[int, dict[str, object]]) -> None:
    port, document = beans
    check = CheckSpec({"what": "rows", "port": port, "path": "/", "key": "rows", "least": 2})
    for value, words in ((0, "0 of 2"), (1.5, "1.5 of 2"), ("3", "'3' of 2"), (2, ""), (3, "")):
        document["rows"] = value
        assert awaiting.missing(check) == words


def test_a_check_of_several_hosts_holds_when_it_holds_on_one(beans: tuple[int, dict[str, object]]) -> None:
    port, document = beans
    spec = {"what": "rows", "port": port, "path": "/", "key": "rows", "least": 2}
    # Nothing listens on the second one: loopback has many addresses.
    check = CheckSpec(spec | {"hosts": ["127.0.0.2", "127.0.0.1"]})
    for value, words in ((0, "0 of 2"), (2, "")):
        document["rows"] = value
        assert awaiting.missing(check) == words
    assert awaiting.missing(CheckSpec(spec | {"hosts": ["127.0.0.2", "127.0.0.3"]})).startswith(f"port {port}: ")


def test_await_ends_with_what_is_missing_when_its_time_is_over(tmp_path: Path) -> None:
    note = tmp_path / "note"
    assert await_(1, note, within=0.05).wait(20) == 1
    assert "safe mode: port 1" in note.read_text()


def test_time_passes_more_slowly_on_a_busy_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr(awaiting.time, "monotonic", lambda: now[0])
    monkeypatch.setattr(awaiting.os, "cpu_count", lambda: 2)
    for load, seconds in ((0.0, 600), (2.0, 600), (30.0, 9000)):
        monkeypatch.setattr(awaiting.os, "getloadavg", lambda load=load: (load, load, load))
        patience = awaiting.Patience(600.0)
        now[0] += seconds - 1
        assert not patience.is_over()
        now[0] += 2 * max(load / 2, 1)
        assert patience.is_over()


def test_await_stopped_exits_1_and_keeps_its_note(tmp_path: Path) -> None:
    note = tmp_path / "note"
    process = await_(1, note)
    wait_note(note, "port 1", process)
    process.terminate()
    assert process.wait(20) == 1
    assert "safe mode: port 1" in note.read_text()
