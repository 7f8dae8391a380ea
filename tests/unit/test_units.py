"""systemctl on a node: daemons by EMR's names, over the supervisor's folders."""

from __future__ import annotations

import sys
import threading
from pathlib import Path

import pytest
from localemr_node.tools import systemctl
from localemr_node.units import Units

MANAGER = "hadoop-yarn-resourcemanager"


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A supervisor's folders with two daemons, one of which has ended, and a step."""
    for run in (f"{MANAGER}.1", f"{MANAGER}.2", f"{MANAGER}-v3.1", "hadoop-hdfs-namenode.1", "step-s-1"):
        (tmp_path / "state" / run).mkdir(parents=True)
    (tmp_path / "stop").mkdir()
    for run in (f"{MANAGER}.1", f"{MANAGER}.2", "hadoop-hdfs-namenode.1"):
        (tmp_path / "state" / run / "exit").touch()
    monkeypatch.setattr(systemctl, "Units", lambda: Units(str(tmp_path)))
    return tmp_path


def call(monkeypatch: pytest.MonkeyPatch, *words: str) -> int:
    monkeypatch.setattr(sys, "argv", ["systemctl", *words])
    return systemctl.main()


def test_the_last_run_of_each_daemon_counts(root: Path) -> None:
    assert Units(str(root)).all() == {"hadoop-hdfs-namenode": None, MANAGER: f"{MANAGER}-v3.1"}


@pytest.mark.parametrize(
    ("words", "code", "text"),
    [
        (("status", MANAGER), 0, "active (running)"),
        (("is-active", f"{MANAGER}.service"), 0, "active\n"),
        (("is-active", "hadoop-hdfs-namenode"), 3, "inactive\n"),
        (("status", "hive-server2"), 4, "hive-server2.service could not be found"),
        (("restart", "sshd"), 5, "Unit sshd.service not found"),
        (("daemon-reload",), 0, ""),
        (("list-units", "--type=service"), 0, f"{MANAGER}.service loaded active running"),
        (("mask", MANAGER), 1, "Unknown operation mask"),
    ],
)
def test_what_it_answers(
    root: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    words: tuple[str, ...],
    code: int,
    text: str,
) -> None:
    assert call(monkeypatch, *words) == code
    captured = capfd.readouterr()
    assert text in captured.out + captured.err


def test_restart_ends_the_run_and_waits_for_the_next(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def supervise() -> None:
        while not (root / "stop" / f"{MANAGER}-v3.1").exists():
            pass
        (root / "state" / f"{MANAGER}-v3.1" / "exit").touch()
        (root / "state" / f"{MANAGER}-v3.2").mkdir()

    supervisor = threading.Thread(target=supervise)
    supervisor.start()
    assert call(monkeypatch, "restart", MANAGER) == 0
    supervisor.join()
    assert Units(str(root)).all()[MANAGER] == f"{MANAGER}-v3.2"
    assert (root / "stop" / f"{MANAGER}-v3.1").read_text() == "TERM"
