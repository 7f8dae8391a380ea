"""The commands where the installation is on Kubernetes: what kubectl is given, and what its answers become."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

from localemr.checks import Verdict
from localemr.cli import kubernetes_checks, onkubernetes, ssh, steplogs, targets
from localemr.cli.main import app
from localemr.installation import kubectl
from localemr.installation.background import Controller
from localemr.problem import Problem
from localemr.settings import Settings

PROGRAM = """\
#!/usr/bin/env python3
import json, os, subprocess, sys
words = sys.argv[1:]
with open(os.environ["KUBECTL_CALLS"], "a") as file:
    file.write(json.dumps(words) + "\\n")
if "exec" in words:
    sys.exit(subprocess.run(words[words.index("--") + 1 :]).returncode)
answers = json.load(open(os.environ["KUBECTL_ANSWERS"]))
for key, answer in answers.items():
    if key in " ".join(words):
        print(answer if isinstance(answer, str) else json.dumps(answer))
        sys.exit(0)
sys.exit("no answer to " + " ".join(words))
"""
POD = {
    "metadata": {
        "name": "default-ci-1",
        "labels": {"localemr.installation": "default", "localemr.cluster": "j-1", "localemr.instance": "ci-1"},
    },
    "spec": {"containers": [{"ports": [{"containerPort": 8088}]}], "nodeName": "m1"},
    "status": {"phase": "Running"},
}


class Kubectl:
    """A program of this name, first on the path."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self._calls, self._answers = folder / "calls", folder / "answers"
        program = folder / "kubectl"
        program.write_text(PROGRAM)
        program.chmod(0o755)
        monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
        monkeypatch.setenv("KUBECTL_CALLS", str(self._calls))
        monkeypatch.setenv("KUBECTL_ANSWERS", str(self._answers))
        self.answer({})

    def answer(self, answers: dict[str, Any]) -> None:
        """To calls whose words have this text, in this order."""
        self._answers.write_text(json.dumps(answers))

    def calls(self) -> list[str]:
        """The words of each call."""
        text = self._calls.read_text() if self._calls.exists() else ""
        return [" ".join(json.loads(line)) for line in text.splitlines()]


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Kubectl:
    folder = tmp_path / "bin"
    folder.mkdir()
    return Kubectl(folder, monkeypatch)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=str(tmp_path / "home"), runtime="kubernetes", port=24577)


def until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 120
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_what_is_applied_has_the_settings_the_keys_and_the_images(settings: Settings) -> None:
    environ = {"LOCALEMR_MEMORY_SCALE": "0.15", "LOCALEMR_PORT": "9", "LOCALEMR_SECRET_KEY": "x", "HOME": "/root"}
    folder = onkubernetes.write(settings, environ)
    made = yaml.safe_load((folder / "kustomization.yaml").read_text())
    (generator,) = made["configMapGenerator"]
    assert generator["literals"] == ["LOCALEMR_REGISTRY=", "LOCALEMR_MEMORY_SCALE=0.15"]
    assert made["secretGenerator"][0]["literals"] == ["access-key=localemr", "secret-key=localemr-secret"]
    assert [(folder / each).resolve().name for each in made["resources"]] == ["minio"]
    images = yaml.safe_load((folder.parent / "images" / "kustomization.yaml").read_text())["images"]
    assert {each["name"] for each in images} == {"localemr/minio", "localemr/controller", "localemr/catalog"}
    assert stat.S_IMODE(settings.home_path.stat().st_mode) == 0o700, "the keys are in it"


def test_an_s3_of_ones_own_takes_minios_place(tmp_path: Path) -> None:
    settings = Settings(home=str(tmp_path / "home"), s3_endpoint="https://s3.example.com")
    made = yaml.safe_load(
        (
            onkubernetes.write(settings, {"LOCALEMR_S3_ENDPOINT": "https://s3.example.com"}) / "kustomization.yaml"
        ).read_text()
    )
    assert made["resources"] == ["../overlays/existing-s3"]
    assert "LOCALEMR_NODE_S3_ENDPOINT=https://s3.example.com" in made["configMapGenerator"][0]["literals"]
    assert onkubernetes.parts(settings) == ["statefulset/catalog", "deployment/controller"]
    assert not [each for each in onkubernetes.forwarding(settings) if each.startswith("s3=")]


@pytest.mark.parametrize("overlay", [{}, {"LOCALEMR_S3_ENDPOINT": "https://s3.example.com"}])
def test_kustomize_takes_it(settings: Settings, overlay: dict[str, str]) -> None:
    settings = Settings(home=settings.home, s3_endpoint=overlay.get("LOCALEMR_S3_ENDPOINT", ""))
    folder = onkubernetes.write(settings, {"LOCALEMR_MEMORY_SCALE": "0.5", **overlay})
    try:
        built = subprocess.run(["kubectl", "kustomize", str(folder)], capture_output=True, text=True, check=True).stdout
    except FileNotFoundError:
        pytest.skip("there is no kubectl")
    objects = list(yaml.safe_load_all(built))
    (found,) = [each["data"] for each in objects if each["kind"] == "ConfigMap"]
    assert (found["LOCALEMR_MEMORY_SCALE"], found["LOCALEMR_RUNTIME"]) == ("0.5", "kubernetes")
    assert ("s3" in [each["metadata"]["name"] for each in objects if each["kind"] == "StatefulSet"]) == (not overlay)


def test_another_namespace_is_refused() -> None:
    with pytest.raises(Problem, match="makes localemr"):
        onkubernetes.bring_up(Settings(kubernetes_namespace="other"))


def test_up_applies_waits_and_leads_ports_there(program: Kubectl, settings: Settings, monkeypatch: Any) -> None:
    program.answer({"apply -k": "namespace/localemr created", "rollout status": "done", "port-forward": "ended"})
    processes: list[subprocess.Popen[bytes]] = []
    monkeypatch.setattr(Controller, "wait_healthy", lambda _, process, __: processes.append(process))
    assert onkubernetes.bring_up(settings)
    controller = Controller(settings)
    try:
        until(lambda: sum("port-forward" in each for each in program.calls()) >= 4)  # each ended, and came again
        first, *others = program.calls()
        assert first == f"apply -k {settings.home_path}/kubernetes/up"
        assert [each.split(" --timeout")[0] for each in others[:3]] == [
            f"-n localemr rollout status {each}" for each in onkubernetes.parts(settings)
        ]
        assert "-n localemr port-forward service/controller 24577:4577" in others
        assert "-n localemr port-forward service/s3 4578:9000 4579:9001" in others
        started = controller.running()
        assert started is not None and started.runtime == "kubernetes"
        later = onkubernetes.installed(Settings(home=settings.home))
        assert (later.runtime, later.access_keys) == ("kubernetes", "localemr:localemr-secret")
    finally:
        assert controller.stop()
        processes[0].wait(30)


def test_the_forwarding_process_ends_what_it_started(tmp_path: Path) -> None:
    code = f"""
import asyncio, sys
from localemr.installation.forwarding import serve
asyncio.run(serve([["sh", "-c", "echo $$ > {tmp_path}/pid; exec sleep 600"]]))
"""
    with subprocess.Popen([sys.executable, "-c", code]) as process:
        until(lambda: (tmp_path / "pid").exists() and (tmp_path / "pid").read_text() != "")
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
    pid = int((tmp_path / "pid").read_text())
    assert not Path(f"/proc/{pid}").exists()


@pytest.mark.parametrize(
    ("keep", "call"),
    [(True, "delete --ignore-not-found deployment/controller"), (False, "delete --ignore-not-found -k")],
)
def test_down_removes(program: Kubectl, settings: Settings, keep: bool, call: str) -> None:
    program.answer({"delete": "x deleted"})
    onkubernetes.remove(settings, keep)
    (made,) = program.calls()
    assert call in made
    assert not (settings.home_path / "kubernetes").exists()


def test_members_are_pods_with_their_ports(program: Kubectl, settings: Settings) -> None:
    waiting = {**POD, "status": {"phase": "Pending"}}
    program.answer({"get pods": {"items": [POD, waiting]}})
    first, second = kubectl.members(settings)
    assert (first.state, first.ports, first.labels["localemr.instance"]) == ("running", {8088: 8088}, "ci-1")
    assert (second.state, second.ports) == ("pending", {})


def test_logs_are_read_in_the_masters_pod(
    program: Kubectl, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program.answer({"localemr.instance=ci-1": {"items": [POD]}})
    monkeypatch.setattr(steplogs, "DIRECTORY", str(tmp_path))
    (tmp_path / "s-1").mkdir()
    (tmp_path / "s-1" / "stdout").write_bytes(b"01234\xff")
    node = steplogs.Node(kubectl.Pod(settings, "ci-1"), "s-1")
    assert node.sizes() == {"stdout": 6}
    assert b"".join(node.read("stdout", 2)) == b"234\xff"
    assert program.calls()[-1].startswith("-n localemr exec default-ci-1 -c node -- tail")


def test_a_pod_that_does_not_run_has_no_shell(program: Kubectl, settings: Settings) -> None:
    program.answer({"get pods": {"items": [{**POD, "status": {"phase": "Pending"}}]}})
    with pytest.raises(Problem, match="the pod of ci-1 does not run"):
        kubectl.Pod(settings, "ci-1")


def test_a_shell_is_user_hadoops(program: Kubectl, settings: Settings) -> None:
    program.answer({"get pods": {"items": [POD]}})
    pod = kubectl.Pod(settings, "ci-1")
    argv = ssh.in_pod(pod, ["ls", "-l", "|", "wc"], terminal=False)
    assert argv[1:8] == ["-n", "localemr", "exec", "--stdin", "default-ci-1", "-c", "node"]
    assert argv[-4:] == ["bash", "--login", "-c", "ls -l | wc"]
    assert "--reuid=hadoop" in argv and "HOME=/home/hadoop" in argv and "--tty" not in argv
    assert "--tty" in ssh.in_pod(pod, [], terminal=True)


@pytest.mark.parametrize("command", [["capacity"], ["interrupt", "j-1"]])
def test_calls_of_the_control_api_are_signed(
    command: list[str], settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The controller there listens on all interfaces, so it checks signatures."""
    heard = list[str]()

    class Control(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            heard.append(self.headers.get("Authorization", ""))
            body = b'{"interrupted": {"ci-1": 0}}' if self.command == "POST" else b"[]"
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_POST = do_GET

    monkeypatch.setenv("LOCALEMR_RUNTIME", "kubernetes")
    monkeypatch.setenv("LOCALEMR_HOME", settings.home)
    monkeypatch.setattr(targets, "cluster", lambda emr, name: {"Id": name})
    with HTTPServer(("127.0.0.1", 0), Control) as server:
        monkeypatch.setenv("LOCALEMR_PORT", str(server.server_port))
        answering = threading.Thread(target=server.handle_request)
        answering.start()
        done = CliRunner().invoke(app, command)
        answering.join(30)
    assert done.exit_code == 0, done.output
    assert heard and heard[0].startswith("AWS4-HMAC-SHA256 Credential=localemr/")


def test_without_kubectl_a_problem_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(Problem, match="kubectl` is missing"):
        kubectl.run("version")


def node(ready: str, **spec: Any) -> dict[str, Any]:
    return {"metadata": {"name": "m"}, "spec": spec, "status": {"conditions": [{"type": "Ready", "status": ready}]}}


def test_doctor_looks_at_version_machines_and_pods(program: Kubectl, settings: Settings) -> None:
    waits = {"state": {"waiting": {"reason": "ErrImagePull", "message": "no such image"}}}
    pod = {
        "metadata": {"name": "s3-0", "namespace": "localemr"},
        "spec": {},
        "status": {"phase": "Pending", "containerStatuses": [waits]},
    }
    program.answer({
        "version": {"serverVersion": {"major": "1", "minor": "29+", "gitVersion": "v1.29.1"}},
        "get nodes": {"items": [node("True"), node("False")]},
        "get pods": {"items": [pod]},
    })  # fmt: skip
    found = {each.name: each for each in kubernetes_checks.everything(settings)}
    assert found["Kubernetes"].verdict is Verdict.MISSING
    assert (found["machines"].verdict, found["machines"].found) == (Verdict.NOTE, "1 of 2 are ready and take pods")
    assert (found["pod s3-0"].verdict, found["pod s3-0"].found) == (Verdict.MISSING, "no such image")
    assert kubernetes_checks.nodes([node("True", unschedulable=True)]).verdict is Verdict.MISSING


def test_doctor_reports_a_kubernetes_that_does_not_answer(program: Kubectl, settings: Settings) -> None:
    (only,) = kubernetes_checks.everything(settings)
    assert only.verdict is Verdict.MISSING and "no answer to version" in only.found
