"""An installation on Kubernetes, by the command `kubectl` with its own configuration (KUBECONFIG, current context)."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from typing import Any, NamedTuple

from localemr.installation.containers import Member
from localemr.problem import Problem
from localemr.runtime.base import LABEL
from localemr.settings import Settings

NAMESPACE = "localemr"
"""That of kubernetes/base."""
INSTANCE, CONTAINER = "localemr.instance", "node"
"""The label of an instance's pod, and its container (localemr/runtime/kubernetes/manifests.py)."""
SECONDS = 60


class Answer(NamedTuple):
    """Exit code and output of a command, as Docker's SDK has them."""

    exit_code: int | None
    output: Any


def namespace_of(settings: Settings) -> str:
    """Where the installation is."""
    return settings.kubernetes_namespace or NAMESPACE


def program() -> str:
    """The path of `kubectl`. Raises Problem."""
    found = shutil.which("kubectl")
    if found is None:
        raise Problem("the command `kubectl` is missing", "install kubectl: https://kubernetes.io/docs/tasks/tools/")
    return found


def run(*arguments: str, seconds: float = SECONDS) -> str:
    """The output of `kubectl`. Raises Problem with what it wrote to standard error."""
    command = [program(), *arguments]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, check=False, timeout=seconds, stdin=subprocess.DEVNULL
        )
    except subprocess.TimeoutExpired as error:
        raise Problem(f"`kubectl {arguments[0]}` did not end within {seconds:.0f} s") from error
    if done.returncode:
        raise Problem(
            f"`kubectl {' '.join(arguments)}` failed: {done.stderr.strip() or f'exit code {done.returncode}'}",
            "`localemr doctor` checks the connection to Kubernetes",
        )
    return done.stdout


def listed(settings: Settings, kind: str, selector: str = "") -> list[dict[str, Any]]:
    """Objects of the installation's namespace. Raises Problem."""
    chosen = ("-l", selector) if selector else ()
    text = run("-n", namespace_of(settings), "get", kind, *chosen, "-o", "json")
    found: list[dict[str, Any]] = json.loads(text)["items"]
    return found


def members(settings: Settings) -> list[Member]:
    """The pods of instances. Their ports are their own: only the controller reaches them."""
    return [_member(each) for each in listed(settings, "pods", f"{LABEL}={settings.installation},{INSTANCE}")]


def _member(pod: dict[str, Any]) -> Member:
    ports = {port["containerPort"] for each in pod["spec"]["containers"] for port in each.get("ports", ())}
    state = pod.get("status", {}).get("phase", "Unknown").lower()
    shown = dict.fromkeys(ports) if state == "running" else {}
    labels = pod["metadata"].get("labels", {})
    return Member(pod["metadata"]["name"], state, labels, {port: port for port in shown}, 0)


class Pod:
    """The pod of an instance, as far as reading its files takes."""

    def __init__(self, settings: Settings, instance_id: str) -> None:
        """Raises Problem unless it runs."""
        selector = f"{LABEL}={settings.installation},{INSTANCE}={instance_id}"
        running = [each for each in listed(settings, "pods", selector) if each["status"].get("phase") == "Running"]
        if not running:
            raise Problem(f"the pod of {instance_id} does not run", "`localemr status` shows what does")
        self.name = str(running[0]["metadata"]["name"])
        self._place = ["-n", namespace_of(settings), "exec", self.name, "-c", CONTAINER]

    def argv(self, command: list[str], *options: str) -> list[str]:
        """The words that run a command in it."""
        return [program(), *self._place[:3], *options, *self._place[3:], "--", *command]

    def exec_run(self, command: list[str], stream: bool = False, stderr: bool = False) -> Answer:
        """Run a command in it; with `stream` the output is an iterator of pieces."""
        argv, errors = self.argv(command), None if stderr else subprocess.DEVNULL
        if stream:
            return Answer(None, _pieces(argv, errors))
        done = subprocess.run(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=errors, check=False)
        return Answer(done.returncode, done.stdout)


def _pieces(argv: list[str], errors: int | None) -> Iterator[bytes]:
    with subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=errors) as process:
        assert process.stdout is not None
        while piece := process.stdout.read1(1 << 16):  # type: ignore[attr-defined]  # a BufferedReader
            yield piece
