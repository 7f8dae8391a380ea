"""The Docker daemon is found as the docker command finds it, in one place."""

from __future__ import annotations

import ast
import asyncio
import hashlib
import json
import os
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

import localemr
from localemr.installation import containers
from localemr.problem import Problem
from localemr.runtime.base import Machine, RuntimeUnavailable
from localemr.runtime.docker import DockerRuntime
from localemr.runtime.docker_client import address, connect
from localemr.runtime.docker_network import Networks

ROOT = Path(localemr.__file__).parent
ANSWERS = {
    "/version": {"ApiVersion": "1.44", "Version": "99.1"},
    "/info": {"MemTotal": 7 * 2**20, "NCPU": 3, "SystemTime": "2026-11-28T19:22:19.9Z"},
    "/_ping": "OK",
}


class _Daemon(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = json.dumps(ANSWERS[self.path.removeprefix("/v1.44")]).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments: object) -> None:
        """Nothing on standard error."""


@pytest.fixture
def daemon() -> Iterator[str]:
    """The address of a daemon that answers what is needed here."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Daemon)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"tcp://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The docker command's folder, in which no context is in use."""
    for name in ("DOCKER_HOST", "DOCKER_CONTEXT", "DOCKER_TLS_VERIFY", "DOCKER_CERT_PATH"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    (tmp_path / "config.json").write_text("{}")
    return tmp_path


def make_context(config: Path, name: str, host: str) -> None:
    """As `docker context create` does."""
    folder = config / "contexts" / "meta" / hashlib.sha256(name.encode()).hexdigest()
    folder.mkdir(parents=True)
    endpoint = {"Host": host, "SkipTLSVerify": False}
    (folder / "meta.json").write_text(json.dumps({"Name": name, "Metadata": {}, "Endpoints": {"docker": endpoint}}))


def use_context(config: Path, name: str) -> None:
    """As `docker context use` does."""
    (config / "config.json").write_text(json.dumps({"currentContext": name}))


def test_the_controller_uses_the_context_in_use(config: Path, daemon: str) -> None:
    make_context(config, "desktop", daemon)
    use_context(config, "desktop")
    before = dict(os.environ)
    assert asyncio.run(_machines()) == [Machine(7, 3)]
    assert dict(os.environ) == before


class NoImages:
    """The part of `Images` that is used here."""

    async def close(self) -> None:
        """Nothing was prepared."""


async def _machines() -> list[Machine]:
    runtime = DockerRuntime("test", NoImages(), Networks("10.213.0.0/16", {}))  # type: ignore[arg-type]
    try:
        return list(await runtime.capacity())
    finally:
        await runtime.close()


def test_the_commands_use_it_as_well_and_set_no_variable(config: Path, daemon: str) -> None:
    make_context(config, "desktop", daemon)
    use_context(config, "desktop")
    assert containers.connect().version()["Version"] == "99.1"
    assert "DOCKER_HOST" not in os.environ


def test_docker_context_names_another(config: Path, daemon: str, monkeypatch: pytest.MonkeyPatch) -> None:
    make_context(config, "desktop", "unix:///nowhere")
    make_context(config, "other", daemon)
    use_context(config, "desktop")
    monkeypatch.setenv("DOCKER_CONTEXT", "other")
    assert connect().info()["NCPU"] == 3


def test_docker_host_comes_before_contexts(config: Path, daemon: str, monkeypatch: pytest.MonkeyPatch) -> None:
    make_context(config, "desktop", "unix:///nowhere")
    monkeypatch.setenv("DOCKER_CONTEXT", "desktop")
    monkeypatch.setenv("DOCKER_HOST", daemon)
    assert connect().info()["NCPU"] == 3


def test_without_any_of_them_it_is_the_local_socket(config: Path) -> None:
    assert address().socket == "/var/run/docker.sock"
    assert address().ssl_context() is None


def test_an_address_for_other_clients(config: Path) -> None:
    assert address({"DOCKER_HOST": "tcp://10.0.0.1:2375"}).url == "http://10.0.0.1:2375"
    assert address({"DOCKER_HOST": "tcp://10.0.0.1:2375"}).socket is None
    assert address({"DOCKER_HOST": "unix:///run/user/7/docker.sock"}).socket == "/run/user/7/docker.sock"


def test_a_context_that_is_gone_or_damaged_is_named(config: Path) -> None:
    use_context(config, "gone")
    with pytest.raises(RuntimeUnavailable, match="context in use does not exist"):
        address()
    with pytest.raises(Problem, match="does not exist"):
        containers.connect()
    make_context(config, "damaged", "tcp://127.0.0.1:1")
    next(config.rglob("meta.json")).write_text("{")
    with pytest.raises(RuntimeUnavailable, match="damaged cannot be read"):
        address({"DOCKER_CONTEXT": "damaged"})


def test_certificates_that_are_missing_are_reported(config: Path) -> None:
    with pytest.raises(RuntimeUnavailable, match="certificate"):
        address({"DOCKER_HOST": "tcp://10.0.0.1:2376", "DOCKER_TLS_VERIFY": "1", "DOCKER_CERT_PATH": str(config)})


@pytest.mark.parametrize("path", sorted(ROOT.rglob("*.py")), ids=lambda path: path.relative_to(ROOT).as_posix())
def test_no_other_place_makes_a_client(path: Path) -> None:
    makers = {"APIClient", "DockerClient", "from_env", "kwargs_from_env", "ContextAPI"}
    tree = ast.parse(path.read_text())
    taken = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    imported = {
        alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "docker"
        for alias in node.names
    }
    # Kubernetes' client has a `from_env` of its own.
    makers -= {"from_env"} if path.parent.name == "kubernetes" else set()
    assert path.name == "docker_client.py" or not (taken | imported) & makers
