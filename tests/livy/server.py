"""A server for tests, and its client."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from tests.waiting import wait_for

SPARK = Path(__file__).parent / "spark"
LIBRARY = Path(__file__).parents[2] / "localemr" / "applications" / "livy" / "image" / "files" / "lib"
PROGRAM = f"import sys; sys.path.append({str(LIBRARY)!r}); from localemr_livy.server import main; sys.exit(main())"
OVER = ("available", "cancelled", "error")


@dataclass
class Client:
    """A client of the REST API at an address."""

    address: str

    def call(
        self, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None
    ) -> tuple[int, Any]:
        """Status and JSON of an answer."""
        data = None if body is None else json.dumps(body).encode()
        given = {"Content-Type": "application/json", **(headers or {})}
        request = urllib.request.Request(self.address + path, data, given, method=method)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                status, text = answer.status, answer.read()
        except urllib.error.HTTPError as error:
            status, text = error.code, error.read()
        return status, json.loads(text) if text else None

    def make(self, what: str, **body: Any) -> int:
        """The id of a new batch or session."""
        status, made = self.call("POST", f"/{what}", body)
        assert status == 201, made
        return int(made["id"])

    def wait(self, path: str, *states: str) -> dict[str, Any]:
        """What is at a path, once it is in one of these states."""

        def look() -> dict[str, Any] | None:
            found = self.call("GET", path)[1]
            return found if found.get("state") in states else None

        return wait_for(f"{path} in {states}", look)

    def start(self, session: int, code: str, kind: str | None = None) -> str:
        """The path of a new statement."""
        status, made = self.call("POST", f"/sessions/{session}/statements", {"code": code, "kind": kind})
        assert status == 201, made
        return f"/sessions/{session}/statements/{made['id']}"

    def run(self, session: int, code: str, kind: str | None = None) -> dict[str, Any]:
        """The output of a statement."""
        return dict(self.wait(self.start(session, code, kind), *OVER)["output"])

    def text(self, session: int, code: str, kind: str | None = None) -> str:
        """The text that a statement shows."""
        return str(self.run(session, code, kind)["data"]["text/plain"])


@dataclass
class LivyServer(Client):
    """A server's process and its client."""

    process: subprocess.Popen[str]
    folder: Path

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Send a signal, wait for the end: the exit code."""
        self.process.send_signal(number)
        return self.process.wait(timeout=60)


def free_port() -> int:
    """A port that nothing listens at."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def serving(folder: Path, resourcemanager: str = "", **settings: str) -> Iterator[LivyServer]:
    """A server with these settings of livy.conf, `__` in a name for a dot and `_` for a hyphen. Its folder is kept."""
    port, rpc = free_port(), free_port()
    named = {name.replace("__", ".").replace("_", "-"): value for name, value in settings.items()}
    conf = {
        "livy.spark.master": "local",
        "livy.server.host": "127.0.0.1",
        "livy.server.port": str(port),
        "livy.rsc.launcher.port.range": f"{rpc}~{rpc}",
        "livy.server.spark-home": str(SPARK),
        "livy.file.local-dir-whitelist": str(folder),
        "livy.server.yarn.poll-interval": "100ms",
        **named,
    }
    folder.mkdir(exist_ok=True)
    (folder / "livy.conf").write_text("".join(f"{name} {value}\n" for name, value in conf.items()))
    environ = {
        **os.environ,
        "LIVY_CONF_DIR": str(folder),
        "LIVY_DATA_DIR": str(folder / "data"),
        "LIVY_LOG_DIR": str(folder),
        "LIVY_HOST": "127.0.0.1",
        "LIVY_API_VERSION": "0.8.0-incubating",
        "LIVY_RESOURCEMANAGER": resourcemanager or f"127.0.0.1:{free_port()}",
        "FAKE_SPARK": str(SPARK),
        "FAKE_SPARK_FAILS": str(folder / "fails"),
    }
    with open(folder / "log", "a") as log:
        process = subprocess.Popen(
            [sys.executable, "-ISB", "-c", PROGRAM], env=environ, stdout=log, stderr=log, text=True
        )
    server = LivyServer(f"http://127.0.0.1:{port}", process, folder)
    try:
        wait_for("the server", lambda: _answers(server))
        yield server
    finally:
        if process.poll() is None:
            server.stop()


def _answers(server: LivyServer) -> bool:
    assert server.process.poll() is None, (server.folder / "log").read_text()
    try:
        return server.call("GET", "/version")[0] == 200
    except OSError:
        return False


class ResourceManager(ThreadingHTTPServer):
    """YARN's REST API over the processes that the tests' spark-submit started: an application is one of them."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.applications: dict[str, dict[str, Any]] = {}
        self.address = f"127.0.0.1:{self.server_address[1]}"
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()

    def living(self) -> list[str]:
        """Ids of applications whose process runs."""
        return [name for name, each in self.applications.items() if self.report(name, each)["state"] == "RUNNING"]

    def report(self, name: str, each: dict[str, Any]) -> dict[str, Any]:
        """An application as YARN describes it."""
        state, final = ("RUNNING", "UNDEFINED") if _runs(each["pid"]) else ("FINISHED", each["final"])
        if each["killed"] and state == "FINISHED":
            state, final = "KILLED", "KILLED"
        return {
            "id": name, "applicationTags": each["tags"], "state": state, "finalStatus": final,
            "trackingUrl": f"http://rm/proxy/{name}/", "amContainerLogs": f"http://nm/{name}", "diagnostics": "",
        }  # fmt: skip


class _Handler(BaseHTTPRequestHandler):
    server: ResourceManager

    def do_GET(self) -> None:
        tags = self.path.rpartition("applicationTags=")[2].replace("%2C", ",").split(",")
        every = [self.server.report(name, each) for name, each in self.server.applications.items()]
        found = [each for each in every if set(tags) & set(each["applicationTags"].split(","))]
        self._send({"apps": {"app": found} if found else None})

    def do_POST(self) -> None:
        reported = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        name = f"application_1_{len(self.server.applications):04d}"
        self.server.applications[name] = {**reported, "killed": False, "final": "SUCCEEDED"}
        self._send({})

    def do_PUT(self) -> None:
        each = self.server.applications[self.path.split("/")[5]]
        self.rfile.read(int(self.headers["Content-Length"]))
        if _runs(each["pid"]):
            each["killed"] = True
            os.killpg(each["pid"], signal.SIGKILL)
        self._send({"state": "KILLED"})

    def _send(self, document: Any) -> None:
        body = json.dumps(document).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *arguments: Any) -> None:
        """Nothing."""


def _runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False
