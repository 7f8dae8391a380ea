"""Clusters with three primaries: names that stay, replacement of a lost one, steps on one that lives, the quorum."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from localemr.applications import applications
from localemr.domain.accept.cluster import accept
from localemr.domain.decide.passes import Pass
from localemr.domain.decide.rules.daemons import daemons_of
from localemr.domain.model.catalog import Catalog
from localemr.domain.model.errors import ValidationException
from localemr.domain.model.observed import Observed
from localemr.domain.model.records import ClusterSpec, Instance, Records
from localemr.domain.model.states import ENDED, ClusterState, InstanceState, StepState
from localemr.domain.node.instance_files import facts_of
from localemr.emr.views import master_dns
from localemr.releases import instance_types, releases
from localemr.runtime.base import InstanceSpec
from localemr.runtime.memory import MemoryRuntime, Outcome, by_kind
from tests.contract.requests import ROLES
from tests.unit.test_resize import LOGGED
from tests.world import CATALOG, World, make_records, make_steps, run, step

SPEC = ClusterSpec(
    "three", "emr-7.13.0", ("Spark",), keep_alive=True, termination_protected=True, switched=("ZooKeeper",)
)
REAL = Catalog(applications(), releases(), instance_types())
ON_EACH = {
    "hadoop-hdfs-journalnode", "hadoop-hdfs-namenode", "hadoop-hdfs-zkfc", "hadoop-yarn-resourcemanager",
    "zookeeper-server",
}  # fmt: skip
ON_FIRST = {"hadoop-mapreduce-historyserver", "spark-history-server"}


def masters(records: Records) -> list[Instance]:
    return [each for each in records.masters if each.status.state not in ENDED]


def started(world: World, name: str) -> list[str]:
    return list(world.runtime.nodes[name].started)


def three(*steps: Any, core: int = 1, task: int = 0, spec: ClusterSpec = SPEC) -> Records:
    return make_records(*steps, core=core, task=task, masters=3, spec=spec)


def endless(spec: InstanceSpec, what: Mapping[str, Any]) -> Outcome:
    """Steps run until they are ended."""
    return Outcome(None) if str(what["name"]).startswith("step-") else by_kind(spec, what)


def test_three_primaries_with_their_names_run_what_they_have_to() -> None:
    async def test(world: World) -> None:
        world.store.add_cluster(three(core=2))
        records = await world.settle()
        assert records.cluster.status.state == ClusterState.WAITING
        assert [each.spec.host for each in masters(records)] == list(records.cluster.status.primaries)
        runs = [{name.removesuffix(".1") for name in started(world, each.id)} for each in masters(records)]
        assert all(each >= ON_EACH for each in runs)
        assert [each & ON_FIRST for each in runs] == [ON_FIRST, set(), set()]
        assert [any(name.startswith("ready-") for name in each) for each in runs] == [True, False, False]

    run(test)


def test_one_primary_has_no_daemons_of_three() -> None:
    work = Pass(replace(make_records(), instances=()), Observed(), 1.0, CATALOG)
    assert not {each.name for each in work.daemons(frozenset({"MASTER"}))} & {
        "hadoop-hdfs-journalnode", "hadoop-hdfs-zkfc"
    }  # fmt: skip


@pytest.mark.parametrize("lost", [0, 1, 2])
def test_a_lost_primary_is_replaced_under_its_name(lost: int) -> None:
    async def test(world: World) -> None:
        world.store.add_cluster(three())
        records = await world.settle()
        gone = masters(records)[lost]
        world.runtime.kill(gone.id)
        records = await world.settle()
        new = masters(records)[-1]
        assert (new.spec.host, new.spec.number) == (gone.spec.host, 5)
        assert {each.spec.host for each in masters(records)} == {*records.cluster.status.primaries}
        assert {each.status.state for each in masters(records)} == {InstanceState.RUNNING}
        assert records.cluster.status.state == ClusterState.WAITING
        assert records.by_id[gone.id].status.reason.code == "INSTANCE_FAILURE"
        runs = {name.removesuffix(".1") for name in started(world, new.id)}
        assert runs >= ON_EACH and (runs >= ON_FIRST) == (lost == 0)
        facts = facts_of(records, new, Pass(records, Observed(), 1.0, CATALOG).applications(), CATALOG)
        assert facts.replaces and not facts_of(records, records.instances[1], [], CATALOG).replaces
        assert facts.master_host.startswith(records.cluster.status.primaries[0])

    run(test)


def test_the_new_one_waits_until_the_address_is_free() -> None:
    async def test(world: World) -> None:
        world.store.add_cluster(three())
        records = await world.settle()
        gone = masters(records)[2]
        world.runtime.kill(gone.id)
        records = await world.settle(until=lambda r: len(r.instances) == 5)
        # The pass that removed the lost one has chosen its successor, and not made it.
        assert {gone.id, records.instances[-1].id}.isdisjoint(world.runtime.nodes)
        records = await world.settle()
        assert records.instances[-1].id in world.runtime.nodes

    run(test)


def test_a_step_on_a_lost_primary_fails_and_the_next_one_runs_on_another() -> None:
    async def test(world: World) -> None:
        world.store.add_cluster(three(step(), step()))
        records = await world.settle(until=lambda r: r.steps[0].status.state == StepState.RUNNING)
        first, second = masters(records)[:2]
        assert records.steps[0].status.instance == first.id
        world.runtime.kill(first.id)
        records = await world.settle(until=lambda r: r.steps[1].status.state == StepState.RUNNING)
        failure = records.steps[0].status.failure
        assert failure and (records.steps[0].status.state, failure.reason) == ("FAILED", "The step was interrupted.")
        assert records.steps[1].status.instance == second.id
        assert master_dns(records.cluster, records.instances) == f"{second.spec.host}.ec2.internal"
        # The replaced one does not take over what runs.
        records = await world.settle(until=lambda r: len(masters(r)) == 3 and r.groups[0].status.state == "RUNNING")
        assert records.steps[1].status.state == StepState.RUNNING
        world.runtime.end_run(second.id, f"step-{records.steps[1].id}")
        records = await world.settle()
        assert records.steps[1].status.state == StepState.COMPLETED
        assert records.cluster.status.state == ClusterState.WAITING

    run(test, World(runtime=MemoryRuntime(endless)))


def test_a_step_goes_on_when_another_primary_is_lost() -> None:
    async def test(world: World) -> None:
        world.store.add_cluster(three(step()))
        records = await world.settle(until=lambda r: r.steps[0].status.state == StepState.RUNNING)
        first, second = masters(records)[:2]
        world.runtime.kill(second.id)
        await world.settle(until=lambda r: len(r.instances) == 5 and r.groups[0].status.state == "RUNNING")
        world.runtime.end_run(first.id, f"step-{records.steps[0].id}")
        assert (await world.settle()).steps[0].status.state == StepState.COMPLETED

    run(test, World(runtime=MemoryRuntime(endless)))


def test_the_loss_of_two_ends_the_cluster() -> None:
    async def test(world: World) -> None:
        world.store.add_cluster(three())
        records = await world.settle()
        for each in masters(records)[1:]:
            world.runtime.kill(each.id)
        records = await world.settle()
        status = records.cluster.status
        assert (status.state, status.reason.code) == ("TERMINATED_WITH_ERRORS", "INSTANCE_FAILURE")
        assert status.reason.message == "The master node was terminated. "

    run(test)


def test_a_new_primary_whose_bootstrap_action_fails_is_replaced_too() -> None:
    failing = {"on": False}

    def behaviour(spec: InstanceSpec, what: Mapping[str, Any]) -> Outcome:
        return Outcome(1) if failing["on"] and what["name"] == "bootstrap-1" else by_kind(spec, what)

    async def test(world: World) -> None:
        spec = replace(SPEC, bootstrap_actions=LOGGED.bootstrap_actions)
        world.store.add_cluster(three(spec=spec))
        records = await world.settle()
        failing["on"] = True
        world.runtime.kill(masters(records)[0].id)
        records = await world.settle(until=lambda r: len(r.instances) == 6)
        failing["on"] = False
        records = await world.settle()
        assert records.cluster.status.state == ClusterState.WAITING
        assert {each.spec.host for each in masters(records)} == {*records.cluster.status.primaries}

    run(test, World(runtime=MemoryRuntime(behaviour)))


def test_a_shrink_informs_every_primary() -> None:
    async def test(world: World) -> None:
        world.store.add_cluster(three(task=2))
        records = await world.settle()
        world.resize("TASK", count=1)
        await world.settle()
        for each in masters(records):
            assert any(name.startswith("decommission-") for name in started(world, each.id))

    run(test)


def test_the_measurements_are_those_of_the_active_resource_manager() -> None:
    async def test(world: World) -> None:
        world.store.add_cluster(three())
        records = await world.settle()
        first, second, _ = masters(records)
        for number, each in enumerate((first, second), 1):
            node = world.runtime.nodes[each.id]
            node.measure("yarn-mb-pending", number)
            world.clock.time += 1
            node.measure("yarn-measured", 1)
        await world.settle()
        seen = await world.reconciler._observe(records.cluster.id)
        measured = Pass(records, seen, world.clock.time, CATALOG).measurements()
        assert measured["yarn-mb-pending"].value == 2

    run(test)


def test_names_of_three_are_not_given_to_others() -> None:
    async def test(world: World) -> None:
        world.store.add_cluster(three(task=1))
        records = await world.settle()
        world.resize("TASK", count=4)
        world.runtime.kill(masters(records)[0].id)
        records = await world.settle()
        tasks = {each.spec.host for each in records.instances if each.spec.role == "TASK"}
        assert not tasks & {*records.cluster.status.primaries}

    run(test)


# ---- requests


def group(role: str, count: int, **more: Any) -> dict[str, Any]:
    return {"InstanceRole": role, "InstanceCount": count, "InstanceType": "m5.xlarge", **more}


def request(*groups: dict[str, Any], catalog: Catalog = REAL, **members: Any) -> Records:
    instances = {"InstanceGroups": list(groups), "Ec2SubnetId": "subnet-1"} | members.pop("Instances", {})
    whole = {"Name": "n", "ReleaseLabel": "emr-7.13.0", **ROLES, "Instances": instances, **members}
    return accept(
        whole, now=1.0, cluster_id="j-1ABCDEFGHIJKL", region="us-east-1", account="000000000000", catalog=catalog
    )


THREE, CORE = group("MASTER", 3), group("CORE", 2)


def test_what_emr_changes_in_a_request_for_three() -> None:
    records = request(THREE, CORE, Applications=[{"Name": "Spark"}], PlacementGroupConfigs=[{"InstanceRole": "MASTER"}])
    spec = records.cluster.spec
    assert (spec.keep_alive, spec.termination_protected, spec.switched) == (True, True, ("ZooKeeper",))
    assert spec.applications == ("Spark",)
    assert spec.echo["PlacementGroups"] == [{"PlacementStrategy": "SPREAD", "InstanceRole": "MASTER"}]


def test_a_requested_zookeeper_is_not_added_again() -> None:
    assert request(THREE, CORE, Applications=[{"Name": "ZooKeeper"}]).cluster.spec.installs == ("ZooKeeper",)


@pytest.mark.parametrize(
    ("groups", "members", "message"),
    [
        ((group("MASTER", 2), CORE), {}, "Master instance group must have exactly 3 instances for HA clusters."),
        ((group("MASTER", 4), CORE), {}, "Master instance group must have exactly 3 instances for HA clusters."),
        ((THREE, CORE), {"ReleaseLabel": "emr-5.22.0"}, "A master instance group must specify a single instance"),
        ((THREE,), {}, "An HA cluster must have a core instance group."),
        (
            (group("MASTER", 3, Market="SPOT"), CORE),
            {},
            "The master instance group of an HA cluster must be on demand.",
        ),
        ((THREE, CORE), {"Instances": {"Ec2SubnetId": ""}}, "Ec2SubnetId is required for HA clusters."),
        (
            (THREE, CORE),
            {"Applications": [{"Name": "HBase"}, {"Name": "Spark"}]},
            "LocalEMR does not run HBase on clusters with three master instances yet.",
        ),
    ],
)
def test_what_is_refused(groups: tuple[dict[str, Any], ...], members: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationException) as caught:
        request(*groups, catalog=replace(REAL, nearest=True), **members)
    assert caught.value.message == message


def test_where_a_new_instance_has_another_address_three_are_refused() -> None:
    with pytest.raises(ValidationException) as caught:
        request(THREE, CORE, catalog=replace(REAL, keeps_addresses=False))
    assert caught.value.message.endswith("on Kubernetes yet.")


def test_later_steps_name_their_primary_too() -> None:
    async def test(world: World) -> None:
        world.store.add_cluster(three())
        records = await world.settle()
        world.store.add_steps(records.cluster.id, make_steps(records.cluster.id, 1, step()))
        records = await world.settle()
        assert records.steps[0].status.instance == masters(records)[0].id
        names = {each.name for each in daemons_of(Pass(records, Observed(), 1.0, CATALOG), masters(records)[1])}
        assert names == ON_EACH

    run(test)
