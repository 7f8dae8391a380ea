"""The supervisor of a node, as a process of its own on a folder of its own."""

from __future__ import annotations

import json
import os
import pwd
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

TOOLS = Path(__file__).parents[2] / "images/node/tools"
USER = pwd.getpwuid(os.getuid()).pw_name
PATIENCE = 20.0
Line = dict[str, Any]


class Node:
    """A supervisor and the three folders it works on."""

    def __init__(self, root: Path) -> None:
        self.root = root
        for name in ("runs", "stop", "state"):
            (root / name).mkdir(parents=True, exist_ok=True)
        self.process: subprocess.Popen[bytes] | None = None
        self.lines: queue.Queue[Line] = queue.Queue()

    def boot(self) -> None:
        call = f"main({str(self.root)!r}, {str(self.root / 'logs')!r})"
        code = f"import sys; sys.path.insert(0, {str(TOOLS)!r}); sys.dont_write_bytecode = True\n"
        code += f"from localemr_node.supervisor import main; sys.exit({call})"
        self.process = subprocess.Popen([sys.executable, "-ISB", "-c", code], stdout=subprocess.PIPE)
        threading.Thread(target=self._follow, args=(self.process,)).start()
        assert "boot" in self.next()

    def _follow(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stdout
        with process.stdout:
            for line in process.stdout:
                self.lines.put(json.loads(line))

    def next(self) -> Line:
        return self.lines.get(timeout=PATIENCE)

    def run(self, name: str, *argv: str, **more: Any) -> None:
        spec = {"name": name, "argv": argv, "user": USER, "cwd": str(self.root / "work"), **more}
        (self.root / "runs" / f"{name}.json").write_text(json.dumps(spec))

    def stop(self, name: str, word: str) -> None:
        (self.root / "stop" / name).write_text(word)

    def log(self, name: str, stream: str = "stdout") -> str:
        return (self.root / "logs" / f"{name}.{stream}").read_text()

    def end(self, number: int = signal.SIGTERM) -> int:
        assert self.process
        self.process.send_signal(number)
        return self.process.wait(PATIENCE)


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Node]:
    node = Node(tmp_path / "localemr")
    node.boot()
    yield node
    if node.process and node.process.poll() is None:
        node.end()


def wait_for(path: Path) -> None:
    deadline = time.monotonic() + PATIENCE
    while not path.exists():
        assert time.monotonic() < deadline, path
        time.sleep(0.01)


def test_a_run_is_started_and_its_end_is_told(node: Node) -> None:
    node.run("a", "sh", "-c", "echo $X $LOCALEMR_RUN $PWD; echo oh >&2; exit 3", env={"X": "1"})
    running, exited = node.next(), node.next()
    assert (running["run"], running["state"]) == ("a", "running")
    assert (exited["state"], exited["code"], exited["started"]) == ("exited", 3, running["at"])
    assert node.log("a") == f"1 a {node.root}/work\n"
    assert node.log("a", "stderr") == "oh\n"


def test_a_run_is_started_once_ever(node: Node) -> None:
    node.run("a", "sh", "-c", "echo started")
    assert [node.next()["state"] for _ in range(2)] == ["running", "exited"]
    node.run("a", "sh", "-c", "echo again")
    node.run("b", "true")
    assert node.next()["run"] == "b"
    assert node.log("a") == "started\n"


def test_a_half_written_file_is_ignored_until_it_is_whole(node: Node) -> None:
    (node.root / "runs/a.json").write_text('{"name": "a", "argv": ["tr')
    node.run("a", "true")
    assert [node.next()["state"] for _ in range(2)] == ["running", "exited"]


def test_the_note_of_a_run_is_passed_on(node: Node) -> None:
    node.run("a", "sh", "-c", "echo why > $LOCALEMR_NOTE; exit 1")
    assert [node.next().get("note") for _ in range(2)] == [None, "why\n"]


@pytest.mark.parametrize(("argv", "code"), [(["no-such-command"], 127), (["/etc/passwd"], 126)])
def test_what_cannot_be_executed(node: Node, argv: list[str], code: int) -> None:
    node.run("a", *argv)
    assert [node.next().get("code") for _ in range(2)] == [None, code]
    assert argv[0] in node.log("a", "stderr")


@pytest.mark.parametrize("spec", [{"user": "no-such-user"}, {"argv": []}, {"argv": None}])
def test_a_wrong_spec_ends_the_run_and_nothing_else(node: Node, spec: Line) -> None:
    node.run("a", "true")
    (node.root / "runs/bad.json").write_text(json.dumps({"name": "bad", "argv": ["true"], "user": USER} | spec))
    lines = [node.next() for _ in range(3)]
    bad = next(line for line in lines if line["run"] == "bad")
    assert (bad["state"], bad["code"]) == ("exited", 126) and "cannot be started" in bad["note"]


def test_stop_ends_the_run_and_its_descendants(node: Node) -> None:
    child = node.root / "child"
    node.run("a", "sh", "-c", f"setsid sh -c 'echo $$ > {child}.tmp; mv {child}.tmp {child}; exec sleep 100' & wait")
    assert node.next()["state"] == "running"
    wait_for(child)
    node.stop("a", "TERM")
    assert node.next()["code"] == 143
    pid = int(child.read_text())
    deadline = time.monotonic() + PATIENCE
    while Path(f"/proc/{pid}").exists() and "State:\tZ" not in Path(f"/proc/{pid}/status").read_text():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_kill_after_term_ends_what_ignores_term(node: Node) -> None:
    ready = node.root / "ready"
    node.run("a", "sh", "-c", f"trap '' TERM; touch {ready}; while :; do sleep 0.1; done")
    assert node.next()["state"] == "running"
    wait_for(ready)
    node.stop("a", "TERM")
    node.stop("a", "KILL")
    assert node.next()["code"] == 137


def test_a_run_that_was_stopped_first_is_never_started(node: Node) -> None:
    node.stop("a", "TERM")
    node.run("a", "sh", "-c", "echo started")
    line = node.next()
    assert (line["state"], line["code"]) == ("exited", 143)
    assert not (node.root / "logs/a.stdout").exists()


def test_the_next_boot_tells_all_runs_again_and_starts_none_of_them(node: Node) -> None:
    node.run("done", "sh", "-c", "exit 4")
    done = [node.next() for _ in range(2)][1]
    node.run("cut-off", "sleep", "100")
    pid = node.next()["pid"]
    node.end(signal.SIGKILL)
    os.kill(pid, signal.SIGKILL)
    node.run("new", "true")
    node.boot()
    assert node.next() == done
    lost = node.next()
    assert (lost["run"], lost["state"]) == ("cut-off", "lost")
    assert [node.next()["state"] for _ in range(2)] == ["running", "exited"]
    assert node.end() == 0
    node.boot()
    assert [node.next() for _ in range(2)] == [done, lost]


def test_sigterm_stops_the_runs_and_tells_it(node: Node) -> None:
    node.run("a", "sleep", "100")
    assert node.next()["state"] == "running"
    assert node.end() == 0
    line = node.next()
    assert (line["state"], line["code"]) == ("lost", 143)
