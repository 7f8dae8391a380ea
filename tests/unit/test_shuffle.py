"""Whether a node has shuffle data of applications that run, by the files in YARN's folders."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
from localemr_node import shuffle
from localemr_node.shuffle import KEPT, Shuffle, has_data

APPLICATION = "hadoop/appcache/application_1_0001"


def write(folder: Path, path: str, age: float = 0) -> Path:
    """A file of an application, written so many seconds ago."""
    made = folder / APPLICATION / path
    made.parent.mkdir(parents=True, exist_ok=True)
    made.write_text("data")
    for each in (made, made.parent):
        os.utime(each, (time.time() - age,) * 2)
    return made


def data(folder: Path) -> bool:
    return has_data(str(folder), time.time() - KEPT)


@pytest.mark.parametrize(
    "path",
    [
        "blockmgr-1/0c/shuffle_0_0_0.data",  # Spark
        "output/attempt_1_0001_m_000000_0/file.out",  # MapReduce, Tez
    ],
)
def test_data_counts_for_half_an_hour_and_until_its_application_ends(tmp_path: Path, path: str) -> None:
    assert not data(tmp_path)
    written = write(tmp_path, path)
    assert data(tmp_path)
    write(tmp_path, path, age=KEPT + 1)
    assert not data(tmp_path)
    write(tmp_path, path, age=KEPT - 5)
    assert data(tmp_path)
    written.unlink()
    written.parent.rmdir()
    assert not data(tmp_path)


@pytest.mark.parametrize("path", ["blockmgr-1/0c/rdd_1_0", "blockmgr-1/0c/broadcast_1", "container_1/stdout", "a"])
def test_other_files_do_not_count(tmp_path: Path, path: str) -> None:
    write(tmp_path, path)
    assert not data(tmp_path)


def test_one_recent_file_among_old_ones_counts(tmp_path: Path) -> None:
    write(tmp_path, "blockmgr-1/0c/shuffle_0_0_0.data", age=KEPT + 1)
    write(tmp_path, "blockmgr-2/0d/shuffle_1_0_0.data")
    assert data(tmp_path)


def test_a_change_is_reported_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shuffle, "EVERY", 0.0)
    monkeypatch.setattr(shuffle, "SHARE", 1e9)
    node = Shuffle(str(tmp_path))
    assert list(node.news()) == []
    made = write(tmp_path, "blockmgr-1/0c/shuffle_0_0_0.data")
    assert [*node.news(), *node.news()] == [("yarn-shuffle", 1)]
    made.unlink()
    assert [*node.news(), *node.news()] == [("yarn-shuffle", 0)]


def test_looks_keep_their_distance(tmp_path: Path) -> None:
    node = Shuffle(str(tmp_path))
    assert list(node.news()) == []
    write(tmp_path, "blockmgr-1/0c/shuffle_0_0_0.data")
    assert list(node.news()) == []


def test_a_node_without_yarn_has_none(tmp_path: Path) -> None:
    assert list(Shuffle(str(tmp_path / "none")).news()) == []
