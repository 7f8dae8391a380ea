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
from localemr_node.processes import of_run

TOOLS = Path(__file__).parents[2] / "images/node"
USER = pwd.getpwuid(os.getuid()).pw_name
PATIENCE = 20.0
Line = dict[str, Any]


class Node:
    """A supervisor and the three folders it works on."""

    def __init__(self, root: Path) -> None:
        self.root = root
        for name in ("runs", "stop", "state", "measure"):
            (root / name).mkdir(parents=True, exist_ok=True)
        self.errors = root / "errors"
        self.hosts = root / "etc-hosts"
        self.hosts.write_text("127.0.0.1\tlocalhost\n")
        self.process: subprocess.Popen[bytes] | None = None
        self.lines: queue.Queue[Line] = queue.Queue()

    def boot(self) -> None:
        call = f"serve({str(self.root)!r}, {str(self.root / 'logs')!r}, hosts_file={str(self.hosts)!r})"
        code = f"import sys; sys.path.insert(0, {str(TOOLS)!r}); sys.dont_write_bytecode = True\n"
        code += f"from localemr_node.init import serve; sys.exit({call})"
        with self.errors.open("ab") as errors:
            command = [sys.executable, "-ISB", "-c", code]
            self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors)
        threading.Thread(target=self._follow, args=(self.process,)).start()
        self.seen: set[int | None] = set()
        self.known: list[Line] = []
        assert list(self.line()) == ["n", "boot"]
        while "again" not in (line := self.line()):
            assert line["state"] == "lost"  # cut off by the end of the last boot
        assert line["again"] == 0
        while (entry := self.line())["n"] < line["upto"]:
            self.known.append(entry)
        self.known = [each for each in (*self.known, entry) if "run" in each]

    def _follow(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stdout
        with process.stdout:
            assert process.stdout.readline() == b"\n"
            for line in process.stdout:
                self.lines.put(json.loads(line))

    def line(self) -> Line:
        """The next line."""
        return self.lines.get(timeout=PATIENCE)

    def next(self) -> Line:
        """The next entry that was not reported since the boot: one may be again, when its file is noticed twice."""
        while (line := self.line()).get("n") in self.seen:
            pass
        self.seen.add(line.get("n"))
        return line

    def run(self, name: str, *argv: str, **more: Any) -> None:
        spec = {"name": name, "argv": argv, "user": USER, "cwd": str(self.root / "work"), **more}
        (self.root / "runs" / f"{name}.json").write_text(json.dumps(spec))

    def stop(self, name: str, word: str) -> None:
        (self.root / "stop" / name).write_text(word)

    def measure(self, name: str, text: str) -> None:
        (self.root / "measure" / name).write_text(text)

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


def test_a_run_is_started_and_its_end_is_reported(node: Node) -> None:
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


def test_the_next_boot_reports_all_runs_again_and_starts_none_of_them(node: Node) -> None:
    node.run("done", "sh", "-c", "exit 4")
    done = [node.next() for _ in range(2)][1]
    node.run("cut-off", "sleep", "100")
    pid = node.next()["pid"]
    node.end(signal.SIGKILL)
    os.kill(pid, signal.SIGKILL)
    node.run("new", "true")
    node.boot()
    known, lost = node.known
    assert (known, lost["run"], lost["state"]) == (done, "cut-off", "lost")
    assert [node.next()["state"] for _ in range(2)] == ["running", "exited"]
    assert node.end() == 0
    node.boot()
    assert node.known[:2] == [done, lost]


def test_sigterm_stops_the_runs_and_reports_them_as_lost(node: Node) -> None:
    node.run("a", "sleep", "100")
    assert node.next()["state"] == "running"
    assert node.end() == 0
    line = node.next()
    assert (line["state"], line["code"]) == ("lost", 143)


def test_a_child_that_has_no_session_yet_belongs_to_its_run() -> None:
    with subprocess.Popen(["sleep", "100"]) as child:
        try:
            assert child.pid in of_run("of no process", child.pid)
        finally:
            child.kill()


def test_what_others_write_to_the_supervisors_output_is_not_reported(node: Node) -> None:
    assert node.process
    Path(f"/proc/{node.process.pid}/fd/1").write_text('{"n": 99, "run": "forged", "state": "exited", "code": 0}\n')
    node.run("a", "true")
    assert [node.next()["run"] for _ in range(2)] == ["a", "a"]
    assert "forged" in node.errors.read_text()


def test_entries_are_numbered_and_reported_again_from_a_number(node: Node) -> None:
    node.run("a", "true")
    node.run("b", "false")
    lines = [node.next() for _ in range(4)]
    assert [line["n"] for line in lines] == [2, 3, 4, 5]
    ends = [line for line in lines if line["state"] == "exited"]
    for after, expected in ((1, ends), (ends[0]["n"], ends[1:]), (5, [])):
        (node.root / "again").write_text(str(after))
        while "again" not in (head := node.line()):
            assert head in lines  # its file was noticed twice
        assert (head["again"], head["upto"], head["count"]) == (after, 5, len(expected))
        assert [node.line() for _ in expected] == expected


def test_a_file_for_a_known_run_reports_it_again(node: Node) -> None:
    node.run("a", "true")
    first, last = node.next(), node.next()
    node.run("a", "true")
    while (line := node.line()) != last:
        assert line == first  # its file was noticed twice


def test_numbers_go_on_after_a_restart(node: Node) -> None:
    node.run("a", "true")
    assert [node.next()["n"] for _ in range(2)] == [2, 3]
    node.measure("load", "1")
    assert node.next()["n"] == 4
    node.end(signal.SIGKILL)
    node.boot()
    assert [entry["n"] for entry in node.known] == [3]
    node.run("b", "true")
    assert node.next()["n"] > 5


def test_measurements_replace_each_other(node: Node) -> None:
    node.measure("load.1", "1.5")
    node.measure("no number", "1")
    node.measure("text", "much")
    node.measure("infinite", "Infinity")
    first = node.next()
    assert (first["measure"], first["value"]) == ("load.1", 1.5)
    node.measure("load.1", "2")
    second = node.next()
    assert second["value"] == 2
    (node.root / "again").write_text("1")
    assert (node.line()["again"], node.line()) == (1, second)
    assert [path.name for path in (node.root / "measure").iterdir()] == ["no number"]


def test_measurements_have_at_most_fifty_names(node: Node) -> None:
    for number in range(60):
        node.measure(f"m{number}", "1")
    names = {node.next()["measure"] for _ in range(50)}
    node.measure("m0", "2")
    last = node.next()
    assert (last["measure"], last["value"]) == ("m0", 2)
    assert len(names) == 50


def test_hosts_are_a_section_of_the_hosts_file(node: Node) -> None:
    def after(text: str) -> str:
        (node.root / "hosts").write_text(text)
        deadline = time.monotonic() + PATIENCE
        while text not in node.hosts.read_text():
            assert time.monotonic() < deadline
            time.sleep(0.01)
        return node.hosts.read_text()

    inode = node.hosts.stat().st_ino
    assert after("10.0.0.1 ip-10-0-0-1\n10.0.0.2 ip-10-0-0-2\n").startswith("127.0.0.1\tlocalhost\n")
    text = after("10.0.0.3 other\n")
    assert "ip-10-0-0-1" not in text and text.count("LocalEMR") == 2
    node.end()
    node.hosts.write_text("127.0.0.1\tlocalhost\n")  # as Docker does at each start
    node.boot()
    assert node.hosts.read_text() == text
    assert node.hosts.stat().st_ino == inode


def test_a_runs_spec_is_a_file_of_its_own(node: Node) -> None:
    node.run("a", "sh", "-c", "stat -c %a $LOCALEMR_SPEC; cat $LOCALEMR_SPEC", spec={"any": ["JSON", None]})
    node.run("b", "sh", "-c", "echo ${LOCALEMR_SPEC-none}")
    assert {node.next()["run"] for _ in range(4)} == {"a", "b"}
    mode, spec = node.log("a").split("\n")
    assert (mode, json.loads(spec)) == ("600", {"any": ["JSON", None]})
    assert node.log("b") == "none\n"
