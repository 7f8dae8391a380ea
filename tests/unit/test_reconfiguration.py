"""Reconfiguring groups over the memory runtime: which daemons start anew, in what order, and what a failure leaves."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

import pytest

from localemr.domain.model.groups import InstanceGroup
from localemr.domain.model.records import ClusterSpec, Records
from localemr.domain.model.states import GroupState
from localemr.domain.model.versions import latest, requested, target, version_of
from localemr.runtime.base import InstanceSpec
from localemr.runtime.memory import MemoryRuntime, Outcome, by_kind
from tests.world import CLUSTER_ID, World, make_records, make_steps, run, step

SPEC = ClusterSpec("test", "emr-7.13.0", ("Spark",), keep_alive=True)
YARN_SITE, DEFAULTS = "/etc/hadoop/conf/yarn-site.xml", "/etc/spark/conf/spark-defaults.conf"
NODEMANAGER, DATANODE = "hadoop-yarn-nodemanager", "hadoop-hdfs-datanode"


def yarn(value: str = "new") -> dict[str, object]:
    return {"Classification": "yarn-site", "Properties": {"my.own": value}}


def group(records: Records, role: str) -> InstanceGroup:
    return next(each for each in records.groups if each.spec.role == role)


def states(world: World, role: str) -> list[str]:
    """States that the role's group has gone through, one after the other."""
    wanted = group(world.records(), role).id
    return [event.state for event in world.store.events(CLUSTER_ID) if event.subject == wanted]


def text(world: World, role: str, path: str, index: int = 0) -> str:
    return world.runtime.nodes[world.container(role, index)].files[path].text


def running(world: World, role: str, index: int = 0) -> set[str]:
    """Names of the runs that go on in an instance."""
    runs = world.runtime.nodes[world.container(role, index)].runs
    return {name for name, line in runs.items() if line["state"] == "running"}


async def waiting(world: World, core: int = 1, task: int = 0) -> Records:
    world.store.add_cluster(make_records(core=core, task=task, spec=SPEC))
    return await world.settle()


def test_only_what_reads_the_change_is_started_anew() -> None:
    async def test(world: World) -> None:
        await waiting(world, task=1)
        world.reconfigure("CORE", yarn())
        await world.settle(until=lambda r: group(r, "CORE").status.state == GroupState.RECONFIGURING)
        records = await world.settle()
        assert states(world, "CORE") == ["BOOTSTRAPPING", "RUNNING", "RECONFIGURING", "RUNNING"]
        assert "RECONFIGURING" not in states(world, "TASK")
        assert running(world, "CORE") == {f"{DATANODE}.1", f"{NODEMANAGER}-v1.1"}
        assert running(world, "TASK") == {f"{NODEMANAGER}.1"}
        assert "my.own" in text(world, "CORE", YARN_SITE) and "my.own" not in text(world, "TASK", YARN_SITE)
        core = group(records, "CORE").status
        assert core.applied == core.target == requested(group(records, "CORE"))
        assert core.target is not None and core.target.version == 1
        assert core.reason.message == ""

    run(test)


@pytest.mark.parametrize(
    ("name", "role", "restarted"),
    [
        ("core-site", "MASTER", {"namenode", "resourcemanager", "historyserver"}),
        ("mapred-site", "MASTER", {"historyserver"}),
        ("mapred-site", "CORE", set()),
        ("capacity-scheduler", "MASTER", {"resourcemanager"}),
        ("spark-defaults", "MASTER", {"spark"}),
        ("hdfs-env", "CORE", {"datanode"}),
        ("hadoop-ssl-client", "CORE", set()),
    ],
)
def test_each_classification_restarts_what_emr_restarts(name: str, role: str, restarted: set[str]) -> None:
    async def test(world: World) -> None:
        await waiting(world)
        before = running(world, role)
        world.reconfigure(role, {"Classification": name, "Properties": {"my.own": "1"}})
        records = await world.settle()
        assert group(records, role).status.state == GroupState.RUNNING
        assert target(group(records, role)).version == 1
        after = running(world, role)
        gone, come = before - after, after - before
        assert {next(each for each in run.rsplit(".", 1)[0].split("-") if each in
                     ("namenode", "datanode", "resourcemanager", "nodemanager", "historyserver", "spark"))
                for run in gone} == restarted  # fmt: skip
        assert {f"{run.rsplit('.', 1)[0]}-v1.1" for run in gone} == come

    run(test)


def test_a_tenth_of_the_group_at_once() -> None:
    def behaviour(spec: InstanceSpec, what: Mapping[str, Any]) -> Outcome:
        return Outcome(None) if what["name"] == "up-1.1" else by_kind(spec, what)

    async def test(world: World) -> None:
        await waiting(world, core=21)
        world.reconfigure("CORE", yarn())
        for done in range(0, 21, 2):
            await world.settle()
            given = [index for index in range(21) if "my.own" in text(world, "CORE", YARN_SITE, index)]
            assert given == list(range(min(done + 2, 21)))
            assert group(world.records(), "CORE").status.state == GroupState.RECONFIGURING
            for index in given[done:]:
                assert f"{NODEMANAGER}-v1.1" in running(world, "CORE", index)
                world.runtime.end_run(world.container("CORE", index), "up-1.1")
        assert group(await world.settle(), "CORE").status.state == GroupState.RUNNING

    run(test, World(runtime=MemoryRuntime(behaviour)))


def test_what_is_waited_for_names_the_daemons_and_the_master() -> None:
    async def test(world: World) -> None:
        await waiting(world, core=2)
        world.reconfigure("CORE", yarn())
        await world.settle()
        fake = world.runtime.nodes[world.container("CORE", 1)]
        checks = json.loads(fake.files["/var/lib/localemr/runs/up-1.1.json"].text)["spec"]["checks"]
        master = world.runtime.nodes[world.container("MASTER")].spec.host
        assert [(each["what"], each["host"]) for each in checks] == [
            ("NodeManager", fake.spec.host),
            ("NameNode out of safe mode", master),
            ("live DataNodes", master),
            ("NodeManagers", master),
        ]
        assert checks[3]["contains"] == [fake.spec.host]

    run(test)


def test_a_newer_request_takes_the_place_of_the_one_under_way() -> None:
    def behaviour(spec: InstanceSpec, what: Mapping[str, Any]) -> Outcome:
        return Outcome(None) if what["name"] == "up-1.1" else by_kind(spec, what)

    async def test(world: World) -> None:
        await waiting(world, core=2)
        world.reconfigure("CORE", yarn("first"))
        await world.settle()
        world.reconfigure("CORE", {"Classification": "hdfs-site", "Properties": {"my.own": "second"}})
        core = group(await world.settle(), "CORE")
        assert (core.status.state, latest(core).version) == ("RUNNING", 2)
        # Who had the first one goes back on it; the other one has nothing of it.
        assert running(world, "CORE", 0) >= {f"{DATANODE}-v2.1", f"{NODEMANAGER}-v2.1"}
        assert running(world, "CORE", 1) == {f"{DATANODE}-v2.1", f"{NODEMANAGER}.1"}

    run(test, World(runtime=MemoryRuntime(behaviour)))


def test_resizing_and_reconfiguring_wait_for_each_other() -> None:
    async def test(world: World) -> None:
        await waiting(world)
        world.resize("CORE", count=2)
        await world.settle(until=lambda r: group(r, "CORE").status.state == GroupState.RESIZING)
        world.reconfigure("CORE", yarn("first"))
        await world.settle(until=lambda r: group(r, "CORE").status.state == GroupState.RECONFIGURING)
        world.resize("CORE", count=3)
        records = await world.settle()
        assert states(world, "CORE")[2:] == ["RESIZING", "RUNNING", "RECONFIGURING", "RUNNING", "RESIZING", "RUNNING"]
        # The newest one was made with the new configurations: nothing had to be restarted.
        assert [version_of(each) for each in records.instances] == [0, 1, 1, 1]
        assert running(world, "CORE", 2) == {f"{DATANODE}.1", f"{NODEMANAGER}.1"}
        assert "first" in text(world, "CORE", YARN_SITE, 2)

    run(test)


def test_an_instance_beyond_the_requested_count_leaves_after_the_reconfiguration() -> None:
    def behaviour(spec: InstanceSpec, what: Mapping[str, Any]) -> Outcome:
        return Outcome(None) if what["name"] == "up-1.1" else by_kind(spec, what)

    async def test(world: World) -> None:
        await waiting(world, task=2)
        world.reconfigure("TASK", yarn())
        await world.settle()
        world.resize("TASK", count=0)
        records = await world.settle()
        assert [each.status.leaving for each in records.instances] == [None] * 4
        for index in range(2):
            world.runtime.end_run(world.container("TASK", index), "up-1.1")
            await world.settle()
        records = await world.settle()
        assert [str(each.status.state) for each in records.instances] == ["RUNNING"] * 2 + ["TERMINATED"] * 2
        assert states(world, "TASK")[2:] == ["RECONFIGURING", "RUNNING", "RESIZING", "RUNNING"]

    run(test, World(runtime=MemoryRuntime(behaviour)))


def test_running_steps_go_on_and_new_ones_wait_while_the_masters_daemons_start_anew() -> None:
    first = make_steps(CLUSTER_ID, 1, step("long"))[0]

    def behaviour(spec: InstanceSpec, what: Mapping[str, Any]) -> Outcome:
        held = what["name"] == f"step-{first.id}" or re.fullmatch(r"ready-.*\.2", what["name"])
        return Outcome(None) if held else by_kind(spec, what)

    async def test(world: World) -> None:
        world.store.add_cluster(make_records(step("long"), step("next"), spec=SPEC))
        await world.settle(until=lambda r: r.steps[0].status.state == "RUNNING")
        world.reconfigure("MASTER", yarn())
        await world.settle()
        master = world.container("MASTER")
        assert {"hadoop-yarn-resourcemanager-v1.1", "hadoop-hdfs-namenode.1"} <= running(world, "MASTER")
        assert f"step-{first.id}" in running(world, "MASTER")
        world.runtime.end_run(master, f"step-{first.id}")
        records = await world.settle()
        assert [str(each.status.state) for each in records.steps] == ["COMPLETED", "PENDING"]
        (ready,) = (name for name in running(world, "MASTER") if name.startswith("ready-"))
        world.runtime.end_run(master, ready)
        assert str((await world.settle()).steps[1].status.state) == "COMPLETED"

    run(test, World(runtime=MemoryRuntime(behaviour)))


def test_removed_properties_go_and_a_master_without_workers_is_reconfigured_too() -> None:
    async def test(world: World) -> None:
        await waiting(world, core=0)
        world.reconfigure("MASTER", {"Classification": "spark-defaults", "Properties": {"spark.my": "1"}})
        await world.settle()
        assert "spark.my 1" in text(world, "MASTER", DEFAULTS)
        world.reconfigure("MASTER")
        core = group(await world.settle(), "MASTER")
        assert "spark.my" not in text(world, "MASTER", DEFAULTS)
        assert (latest(core).version, core.status.state) == (2, "RUNNING")

    run(test)
