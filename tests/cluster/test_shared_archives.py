"""Hadoop's daemons and commands start from archived class data; commands of other class paths do without, and work."""

from __future__ import annotations

from typing import Any

from tests.cluster.archives import mapped, share_of_archived
from tests.cluster.installation import Installation
from tests.waiting import wait_for


def with_archive(installation: Installation, container: Any) -> set[str]:
    """Names of the daemons that have Hadoop's archive mapped, and no other."""
    return {name for name, archives in mapped(installation, container).items() if archives == {"hadoop.jsa"}}


def test_daemons_map_the_archive(installation: Installation, shared: str) -> None:
    daemons = {"MASTER": {"namenode", "resourcemanager", "historyserver"}, "CORE": {"datanode", "nodemanager"}}
    for role, names in daemons.items():
        container = installation.containers(shared, role)[0]
        # The history server begins when the others are ready.
        wait_for(f"{role} with archives", lambda c=container, n=names: with_archive(installation, c) >= n)


def test_nearly_all_classes_of_commands_are_archived(installation: Installation, shared: str) -> None:
    master = installation.containers(shared, "MASTER")[0]
    installation.s3.create_bucket(Bucket="archives")
    assert share_of_archived(installation, master, "hadoop fs -ls /") > 0.97
    assert share_of_archived(installation, master, "hadoop fs -ls s3://archives/") > 0.95
    assert share_of_archived(installation, master, "yarn application -list") > 0.97


def test_a_class_path_of_its_own_is_heeded_quietly(installation: Installation, shared: str) -> None:
    master = installation.containers(shared, "MASTER")[0]
    first = "HADOOP_USER_CLASSPATH_FIRST=true HADOOP_CLASSPATH=/usr/lib/spark/jars/*"
    assert installation.run_in(master, "bash", "-c", f"{first} hadoop classpath").startswith("/usr/lib/spark/jars/")
    said = installation.run_in(master, "bash", "-c", f"{first} hadoop fs -ls -d /user 2>&1")
    assert said.splitlines()[-1].endswith(" /user")
    assert "[warning]" not in said and "shared" not in said.lower()
