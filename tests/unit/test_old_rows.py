"""What an older LocalEMR stored can be used: members that came later have defaults, indexes are made."""

from __future__ import annotations

import sqlite3
from functools import partial
from pathlib import Path

import pytest
from pydantic import TypeAdapter

from localemr.domain.model.groups import GroupSpec, GroupStatus
from localemr.domain.model.records import ClusterSpec, ClusterStatus, Instance, InstanceSpec, InstanceStatus
from localemr.store import Store, StoreFailure
from localemr.store.rows import dump
from tests.unit.test_store_pages import QUESTIONS, plans


def test_a_cluster_without_policies() -> None:
    spec = TypeAdapter(ClusterSpec).validate_json('{"name": "n", "release_label": "emr-7.13.0", "applications": []}')
    assert (spec.auto_termination, spec.managed_scaling, spec.fleets, spec.switched) == (None, None, False, ())


def test_a_group_without_a_policy() -> None:
    spec = TypeAdapter(GroupSpec).validate_json('{"role": "CORE", "instance_type": "m5.xlarge", "count": 1}')
    assert (spec.auto_scaling, spec.fleet) == (None, None)
    assert TypeAdapter(GroupStatus).validate_json('{"state": "RUNNING"}').activity is None


def test_an_instance_that_has_an_address_in_place_of_a_name() -> None:
    text = """{"group_id": "ig-1", "role": "CORE", "instance_type": "m5.xlarge", "number": 2, "ec2_id": "i-2",
        "address": "10.213.0.11"}"""
    spec = TypeAdapter(InstanceSpec).validate_json(text)
    assert spec.host == "ip-10-213-0-11"
    status = TypeAdapter(InstanceStatus).validate_json('{"state": "RUNNING"}')
    assert Instance("ci-2", "j-A", 1.0, spec, status).address == "10.213.0.11"
    assert TypeAdapter(InstanceSpec).validate_json(dump(spec)) == spec


def test_a_cluster_that_has_a_subnet_and_no_gateway() -> None:
    status = TypeAdapter(ClusterStatus).validate_json('{"state": "WAITING", "subnet": "10.213.0.0/24"}')
    assert status.gateway is None


OLD_SCHEMA = """
CREATE TABLE clusters (
    id TEXT PRIMARY KEY, created REAL NOT NULL, state TEXT NOT NULL, spec TEXT NOT NULL, status TEXT NOT NULL
);
CREATE INDEX clusters_created ON clusters (created, id);
CREATE TABLE groups (
    id TEXT PRIMARY KEY, cluster_id TEXT NOT NULL REFERENCES clusters, number INTEGER NOT NULL, created REAL NOT NULL,
    spec TEXT NOT NULL, status TEXT NOT NULL, UNIQUE (cluster_id, number)
);
CREATE TABLE instances (
    id TEXT PRIMARY KEY, cluster_id TEXT NOT NULL REFERENCES clusters, number INTEGER NOT NULL, created REAL NOT NULL,
    spec TEXT NOT NULL, status TEXT NOT NULL, UNIQUE (cluster_id, number)
);
CREATE TABLE steps (
    id TEXT PRIMARY KEY, cluster_id TEXT NOT NULL REFERENCES clusters, number INTEGER NOT NULL, created REAL NOT NULL,
    spec TEXT NOT NULL, status TEXT NOT NULL, UNIQUE (cluster_id, number)
);
CREATE TABLE events (
    id INTEGER PRIMARY KEY, at REAL NOT NULL, cluster_id TEXT NOT NULL, kind TEXT NOT NULL, subject TEXT NOT NULL,
    state TEXT NOT NULL, code TEXT NOT NULL, message TEXT NOT NULL
);
CREATE INDEX events_cluster ON events (cluster_id, id);
CREATE TABLE resources (
    kind TEXT NOT NULL, id TEXT NOT NULL, created REAL NOT NULL, document TEXT NOT NULL, PRIMARY KEY (kind, id)
);
INSERT INTO clusters VALUES ('j-A', 1.0, 'WAITING', '{"name": "old", "release_label": "emr-7.13.0",
    "applications": ["Hadoop"]}', '{"state": "WAITING", "since": 1.0}');
INSERT INTO steps VALUES ('s-1', 'j-A', 1, 1.0, '{"name": "one", "jar": "x.jar"}', '{"state": "COMPLETED"}');
INSERT INTO steps VALUES ('s-2', 'j-A', 2, 2.0, '{"name": "two", "jar": "x.jar"}', '{"state": "PENDING"}');
PRAGMA user_version=1;
"""
"""Before pages were cut in SQL: without the indexes for states, and rows without later members."""


def test_an_old_database_gets_the_indexes(tmp_path: Path) -> None:
    path = tmp_path / "db"
    old = sqlite3.connect(path)
    old.executescript(OLD_SCHEMA)
    old.close()
    for _ in range(2):  # the second time all is there already
        store = Store(path)
        assert [each.id for each in store.clusters(states=["WAITING"])] == ["j-A"]
        assert [each.id for each in store.step_page("j-A", states=["PENDING", "COMPLETED"], limit=5)] == ["s-2", "s-1"]
        assert store.step_counts("j-A") == (2, 1)
        for name in ("clusters in states", "steps in states"):
            ask, index = QUESTIONS[name]
            assert all(index in step for step in plans(store, partial(ask, store, "j-A")))
        store.close()


def test_a_database_of_a_later_version_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "db"
    newer = sqlite3.connect(path)
    newer.execute("PRAGMA user_version=99")
    newer.close()
    with pytest.raises(StoreFailure, match="version 99"):
        Store(path)
    assert sqlite3.connect(path).execute("SELECT count(*) FROM sqlite_master").fetchone() == (0,)
