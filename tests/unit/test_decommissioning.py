"""The node's side of decommissioning: files, the daemons' refresh, what remains."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from localemr_node import decommissioning
from localemr_node.specs import DecommissionSpec
from localemr_node.tools import decommission

Notified = list[tuple[str, ...]]


@pytest.fixture
def folder(tmp_path: Path) -> str:
    """The image's: nobody is excluded."""
    decommissioning.write(str(tmp_path), {})
    return str(tmp_path)


@pytest.fixture
def notified(monkeypatch: pytest.MonkeyPatch) -> Notified:
    """The commands that notify daemons."""
    commands: Notified = []
    monkeypatch.setattr(decommissioning, "run", lambda *command: commands.append(command))
    return commands


def ask(host: str, staying: tuple[str, ...] = (), hdfs: bool = False, **leaving: int | None) -> DecommissionSpec:
    return DecommissionSpec({"host": host, "leaving": leaving, "staying": list(staying), "hdfs": hdfs})


def test_both_files_name_all_that_leave_and_the_daemons_are_notified_once(folder: str, notified: Notified) -> None:
    decommissioning.begin(ask("a", hdfs=True, a=None, b=60), folder)
    decommissioning.begin(ask("b", hdfs=True, a=None, b=60), folder)
    assert notified == [decommissioning.REFRESH_YARN, decommissioning.REFRESH_HDFS]
    assert decommissioning.read(folder) == {"a": None, "b": 60}
    assert Path(folder, "dfs.hosts.exclude").read_text() == "a\nb\n"


def test_hdfs_is_notified_of_its_own_nodes_alone(folder: str, notified: Notified) -> None:
    decommissioning.begin(ask("a", a=None), folder)
    assert notified == [decommissioning.REFRESH_YARN]


def test_who_left_stays_listed_until_another_has_its_address(folder: str, notified: Notified) -> None:
    decommissioning.begin(ask("a", a=5), folder)
    decommissioning.begin(ask("b", b=None), folder)
    assert decommissioning.read(folder) == {"a": 5, "b": None}
    decommissioning.begin(ask("c", staying=("a",), c=None), folder)
    assert decommissioning.read(folder) == {"b": None, "c": None}
    assert len(notified) == 3


def test_only_a_shorter_time_replaces_an_earlier_one(folder: str, notified: Notified) -> None:
    for timeout, listed in ((None, None), (20, 20), (60, 20), (None, 20), (5, 5)):
        decommissioning.begin(ask("a", a=timeout), folder)
        assert decommissioning.read(folder) == {"a": listed}
    assert notified == [decommissioning.REFRESH_YARN] * 3


def test_no_instance_is_listed_of_which_the_daemons_do_not_know(folder: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def deaf(*command: str) -> None:
        raise subprocess.CalledProcessError(255, command)

    monkeypatch.setattr(decommissioning, "run", deaf)
    with pytest.raises(subprocess.CalledProcessError):
        decommissioning.begin(ask("a", a=None), folder)
    assert decommissioning.read(folder) == {}


ON_YARN = {"nodeHostName": "a", "state": "DECOMMISSIONING", "numContainers": 2}


def data_node(state: str) -> dict[str, Any]:
    return {"a:9866": {"adminState": state, "numBlocks": 7}}


@pytest.mark.parametrize(
    ("yarn", "hdfs", "expected"),
    [
        ([ON_YARN], {}, "YARN: DECOMMISSIONING, 2 containers"),
        ([ON_YARN | {"nodeHostName": "b"}], data_node("In Service"), ""),
        ([ON_YARN | {"state": "DECOMMISSIONED"}], {}, ""),
        (None, data_node("Decommission In Progress"), "HDFS: 7 blocks on it, some without another copy"),
        (None, data_node("Decommissioned"), ""),
        (None, {}, ""),
    ],
)
def test_what_is_left(monkeypatch: pytest.MonkeyPatch, yarn: Any, hdfs: dict[str, Any], expected: str) -> None:
    answers = {
        decommissioning.RESOURCEMANAGER: {"nodes": yarn and {"node": yarn}},
        decommissioning.NAMENODE: {"beans": [{"LiveNodes": json.dumps(hdfs)}]},
    }
    monkeypatch.setattr(decommissioning, "_request", lambda port, path: answers[port])
    assert decommissioning.remaining("a") == expected


@pytest.mark.parametrize(
    ("hdfs", "live", "left"), [(False, data_node("In Service"), "7"), (False, {}, ""), (True, data_node("x"), "")]
)
def test_the_note_tells_what_hdfs_was_not_to_copy(
    folder: str, notified: Notified, monkeypatch: pytest.MonkeyPatch, hdfs: bool, live: dict[str, Any], left: str
) -> None:
    spec, notes, begin = ask("a", hdfs=hdfs, a=20), list[str](), decommissioning.begin
    answers = {
        decommissioning.RESOURCEMANAGER: {"nodes": {"node": [ON_YARN | {"state": "DECOMMISSIONED"}]}},
        decommissioning.NAMENODE: {"beans": [{"LiveNodes": json.dumps(live)}]},
    }
    monkeypatch.setattr(decommissioning, "_request", lambda port, path: answers[port])
    monkeypatch.setattr(decommissioning, "begin", lambda spec: begin(spec, folder))
    monkeypatch.setattr(decommission, "load", lambda _: spec)
    monkeypatch.setattr(decommission, "leave", notes.append)
    assert (decommission.main(), notes) == (0, [left])


def test_a_host_that_stays_is_taken_off_the_lists_and_not_waited_for(
    folder: str, notified: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    decommissioning.begin(ask("a", hdfs=True, a=None, b=60), folder)
    spec = ask("", hdfs=True, staying=("a",))
    monkeypatch.setattr(decommission, "load", lambda _: spec)
    begin = decommissioning.begin
    monkeypatch.setattr(decommissioning, "begin", lambda spec: begin(spec, folder))
    monkeypatch.setattr(decommission, "leave", lambda note: None)
    assert decommission.main() == 0
    assert decommissioning.read(folder) == {"b": 60}
    assert notified == [decommissioning.REFRESH_YARN, decommissioning.REFRESH_HDFS] * 2
