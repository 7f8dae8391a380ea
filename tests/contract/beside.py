"""AWS's other services as their container runs them, in a process of this host."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

from tests.waiting import wait_for

SERVE = Path(__file__).parents[2] / "images" / "aws" / "serve"


class AwsServer:
    """The server of images/aws, with its state in a folder."""

    def __init__(self, folder: Path) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        self.folder = folder
        self.url = f"http://127.0.0.1:{self.port}"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, and wait until it answers."""
        state = {"LOCALEMR_AWS_STATE": str(self.folder), "LOCALEMR_AWS_PORT": str(self.port)}
        environ = {**os.environ, **state, "PYTHONDONTWRITEBYTECODE": "1"}
        self._process = subprocess.Popen([sys.executable, str(SERVE)], env=environ, stdout=subprocess.DEVNULL)
        wait_for("AWS's other services", self._answers)

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/_localemr/health", timeout=5) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False

    def stop(self) -> None:
        """End it, as Docker does."""
        if self._process:
            self._process.terminate()
            self._process.wait(20)
            self._process = None
