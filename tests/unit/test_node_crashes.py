"""The supervisor is killed at every effect of its boots, and finds a full disk at every one; the next boot goes on.

The effects are counted, not listed: a run without a fault says how many there are (tests/node_faults.py).
"""

from __future__ import annotations

import ast
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
LIBRARY = ROOT / "images/node"
SERVER = ROOT / "tests/node_faults.py"
CODES = {"good": 0, "stopped": 143, "wrong": 126, "late": 3}
FIRST = {*CODES, "lasting"}
SECOND = {*FIRST, "new"}
REFUSED = 126
Line = dict[str, Any]


class Machine:
    """The server that carries out boots, and a folder for them in memory where there is one."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._number = 0
        command = [sys.executable, "-ISB", str(SERVER), str(LIBRARY)]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def new(self, template: Path | None = None) -> Path:
        """A node's folder, as the image has it or as another boot left it."""
        self._number += 1
        root = self.folder / str(self._number)
        if template:
            shutil.copytree(template, root)
            return root
        for name in ("runs", "stop", "state", "measure"):
            (root / name).mkdir(parents=True)
        (root / "etc-hosts").write_text("127.0.0.1 localhost\n")
        return root

    def boot(self, root: Path, boot: str = "first", kind: str = "", at: int = 0, stop: bool = False) -> dict[str, Any]:
        """Carry out a boot; its effects and its exit status."""
        assert self.process.stdin and self.process.stdout
        request = {"root": str(root), "boot": boot, "kind": kind, "at": at, "stop": stop}
        print(json.dumps(request), file=self.process.stdin, flush=True)
        return dict(json.loads(self.process.stdout.readline()))

    def close(self) -> None:
        assert self.process.stdin and self.process.stdout
        self.process.stdin.close()
        self.process.stdout.close()
        assert self.process.wait(20) == 0


@pytest.fixture(scope="module")
def machine() -> Iterator[Machine]:
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if os.access(memory, os.W_OK) else None) as folder:
        machine = Machine(Path(folder))
        yield machine
        machine.close()


def lines(root: Path) -> list[Line]:
    """All complete lines that were reported."""
    found = []
    for text in (root / "reports").read_bytes().split(b"\n"):
        try:
            line = json.loads(text)
        except ValueError:
            continue  # its writer was killed
        if isinstance(line, dict) and ("n" in line or "again" in line):
            found.append(line)
    return found


def check(root: Path, expected: set[str]) -> dict[str, Line]:
    """What must hold whatever happened; the last entry of each run."""
    entries: dict[int, Line] = {}
    ends: dict[str, set[int]] = {}
    last: dict[str, Line] = {}
    upto = 0
    for line in lines(root):
        if "again" in line:
            upto = line["upto"]
            continue
        number = line["n"]
        # What was recorded, but not reported because of a kill, comes in a replay.
        assert number in entries or number <= upto or number > max(entries, default=0), "a new entry has an old number"
        assert entries.setdefault(number, line) == line, "a number stands for two entries"
        if "run" in line and line["state"] in ("exited", "lost"):
            ends.setdefault(line["run"], set()).add(number)
        if "run" in line and number >= last.get(line["run"], line)["n"]:
            last[line["run"]] = line
    starts = (root / "starts").read_text().split() if (root / "starts").exists() else []
    assert len(starts) == len(set(starts)), "a run was started twice"
    assert set(last) == expected, "a run is not reported"
    for name, line in last.items():
        assert line["state"] in ("exited", "lost"), f"{name} did not end"
        assert len(ends[name]) == 1, f"{name} ended twice"
        if line["state"] == "exited" and line["code"] == REFUSED:
            assert name not in starts, f"{name} was refused and started"
        elif line["state"] == "exited":
            assert line["code"] == CODES.get(name, 0)
            assert (name in starts) == (name != "stopped")
    return last


def go_on(machine: Machine, root: Path) -> dict[str, Line]:
    """Boot again without a fault, then once more: everything has ended, and stays as it is."""
    assert machine.boot(root, "second", stop=True)["status"] == 0
    last = check(root, SECOND)
    before = len(lines(root))
    assert machine.boot(root, "idle")["status"] == 0
    assert check(root, SECOND) == last
    assert {line["run"] for line in lines(root)[before:] if "run" in line} == set(last), "a run is not reported again"
    return last


@pytest.fixture(scope="module")
def booted(machine: Machine) -> Path:
    """A node that was killed at the end of its first boot."""
    root = machine.new()
    machine.boot(root)
    return root


def places(machine: Machine, boot: str, template: Path | None, kind: str) -> list[int]:
    """The numbers of the effects of a boot at which a fault of this kind can happen."""
    answer = machine.boot(machine.new(template), boot, stop=True)
    assert answer["status"] == 0
    found = [
        number
        for number, (name, room) in enumerate(answer["effects"], 1)
        if kind == "kill" or (name in ("write", "pwrite") if kind == "half" else room)
    ]
    assert len(found) > 8
    return found


@pytest.mark.parametrize("boot", ["first", "second"])
@pytest.mark.parametrize("kind", ["kill", "half"])
def test_killed_at_every_effect(machine: Machine, booted: Path, boot: str, kind: str) -> None:
    template = booted if boot == "second" else None
    for at in places(machine, boot, template, kind):
        root = machine.new(template)
        assert machine.boot(root, boot, kind, at, stop=True)["status"] == -9, at
        go_on(machine, root)
        shutil.rmtree(root)


@pytest.mark.parametrize("boot", ["first", "second"])
@pytest.mark.parametrize("kind", ["full", "once"])
def test_a_full_disk_at_every_effect(machine: Machine, booted: Path, boot: str, kind: str) -> None:
    template = booted if boot == "second" else None
    for at in places(machine, boot, template, kind):
        root = machine.new(template)
        status = machine.boot(root, boot, kind, at, stop=True)["status"]
        if status == 0:
            check(root, SECOND if boot == "second" else FIRST)
        else:
            assert not (root / "journal").exists(), at  # only where the journal cannot even be created
        go_on(machine, root)
        shutil.rmtree(root)


def test_a_run_that_was_refused_is_never_started(machine: Machine) -> None:
    """Not even at the next boot, when the disk has room again (D13)."""
    refused: set[str] = set()
    for at in places(machine, "first", None, "stays"):
        root = machine.new()
        machine.boot(root, "first", "stays", at)
        here = {path.stem for path in (root / "runs").glob("*.refused")}
        last = go_on(machine, root)
        assert {name: last[name].get("code") for name in here} == dict.fromkeys(here, REFUSED)
        refused |= here
        shutil.rmtree(root)
    assert refused == FIRST - {"stopped"}


def test_without_a_fault_every_run_ends_as_it_should(machine: Machine) -> None:
    root = machine.new()
    machine.boot(root)
    last = go_on(machine, root)
    assert {name: line.get("code") for name, line in last.items() if line["state"] == "exited"} == CODES | {"new": 0}
    assert last["lasting"]["state"] == "lost"
    assert last["late"]["note"] == "why\n"


def test_the_modules_of_process_1_use_no_effect_that_is_not_counted() -> None:
    """`os` is used for effects that are counted and for what has none; files are opened for reading otherwise."""
    counted = set(ast.literal_eval(SERVER.read_text().split("EFFECTS = ")[1].split("  # fmt")[0]))
    harmless = {
        "O_", "path", "environ", "read", "fstat", "stat", "lstat", "listdir", "scandir", "getpid", "getuid", "makedirs",
        "waitpid", "waitstatus_to_exitcode", "lseek", "SEEK_END", "pipe2", "WNOHANG", "fsencode", "fsdecode", "dup2",
        "devnull",
    }  # fmt: skip
    # In the child that becomes a run, or an answer of the metadata service; signals.
    harmless |= {"setsid", "umask", "initgroups", "setgid", "setuid", "setgroups", "chdir", "execvpe", "_exit", "kill"}
    harmless |= {"seteuid", "setegid", "set_blocking"}
    harmless |= {"posix_spawn", "POSIX_SPAWN_OPEN"}  # cron, before all else
    names = ("init", "supervisor", "journal", "inbox", "hosts", "files", "spawning", "processes", "inotify", "listener")
    for name in names:
        for node in ast.walk(ast.parse((LIBRARY / f"localemr_node/{name}.py").read_text())):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "os":
                assert node.attr in counted | harmless or node.attr.startswith("O_"), f"{name}: os.{node.attr}"
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "open":
                assert ast.literal_eval(node.args[1]) == "rb", f"{name}: open() for writing"
