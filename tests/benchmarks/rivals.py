"""The endpoints that the API's benchmark compares: processes on loopback, and a client that adds next to nothing."""

from __future__ import annotations

import http.client
import json
import os
import socket
import subprocess
import sys
import time
import venv
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

RIVALS = {"moto": "moto[server]==5.2.5", "ministack": "ministack==1.5.33"}
START_SECONDS = 30
INSTALL_SECONDS = 300
AUTHORIZATION = (
    "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/elasticmapreduce/aws4_request, "
    "SignedHeaders=host, Signature=0"
)  # fmt: skip


class NotServed(Exception):
    """The endpoint answers the operation with an error, or cannot be had at all."""


class Client:
    """One kept connection; nothing is signed, parsed answers only where they are wanted."""

    def __init__(self, port: int) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)

    def call(self, operation: str, request: Mapping[str, Any]) -> bytes:
        """The body of the answer. Raises NotServed for any other status than 200."""
        headers = {
            "X-Amz-Target": f"ElasticMapReduce.{operation}",
            "Content-Type": "application/x-amz-json-1.1",
            "Authorization": AUTHORIZATION,
        }
        self._connection.request("POST", "/", json.dumps(request), headers)
        answer = self._connection.getresponse()
        body = answer.read()
        if answer.status != 200:
            raise NotServed(f"{operation}: {answer.status} {body[:120].decode(errors='replace')}")
        return body

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()


def free_port() -> int:
    """A port of loopback that nobody listens at now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def command_of(rival: str, home: Path, port: int) -> tuple[list[str], dict[str, str]]:
    """Install a rival into `home`; its command and environment. Raises NotServed when it cannot be installed."""
    venv.create(home, with_pip=True)
    command = [home / "bin/pip", "install", "-q", RIVALS[rival]]
    try:
        installed = subprocess.run(command, check=False, capture_output=True, text=True, timeout=INSTALL_SECONDS)
    except subprocess.TimeoutExpired as error:
        raise NotServed(f"not installed within {INSTALL_SECONDS} s") from error
    if installed.returncode:
        raise NotServed(f"not installed: {installed.stderr[-200:]}")
    if rival == "moto":
        return [str(home / "bin/moto_server"), "-H", "127.0.0.1", "-p", str(port)], {}
    return [str(home / "bin/ministack")], {"GATEWAY_PORT": str(port), "EDGE_PORT": str(port)}


def ours(home: Path, port: int) -> tuple[list[str], dict[str, str]]:
    """LocalEMR's memory mode: its command and environment."""
    environ = {"LOCALEMR_RUNTIME": "memory", "LOCALEMR_HOME": str(home), "LOCALEMR_PORT": str(port)}
    return [sys.executable, "-m", "localemr", "serve"], environ | {"LOCALEMR_LOG_LEVEL": "WARNING"}


@contextmanager
def running(command: Sequence[str], environ: Mapping[str, str], port: int) -> Iterator[subprocess.Popen[bytes]]:
    """The process for the time of the block, once it listens. Raises NotServed when it does not."""
    process = subprocess.Popen(
        command, env=os.environ | environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )  # fmt: skip
    try:
        _await_port(process, port)
        yield process
    finally:
        process.terminate()
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _await_port(process: subprocess.Popen[bytes], port: int) -> None:
    end = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < end:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            time.sleep(0.01)
    raise NotServed("it does not listen")
