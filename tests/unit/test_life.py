"""A cluster's life over the memory runtime, pass by pass."""

from __future__ import annotations

import pytest

from localemr.domain.model.records import ClusterSpec, Records
from localemr.domain.model.states import ClusterState, InstanceState
from localemr.runtime.memory import MemoryRuntime, Outcome
from tests.world import CLUSTER_ID, World, make_records, make_steps, run, step


def states(records: Records) -> tuple[str, list[str], list[str]]:
    return (
        str(records.cluster.status.state),
        [str(each.status.state) for each in records.instances],
        [str(each.status.state) for each in records.steps],
    )


def spec(**changes: object) -> ClusterSpec:
    return ClusterSpec("test", "emr-7.13.0", ("Spark",), **({"keep_alive": True} | changes))  # type: ignore[arg-type]


def test_a_cluster_comes_up_and_waits() -> None:
    async def test(world: World) -> None:
        world.store.add_cluster(make_records(core=2, task=1))
        records = await world.settle()
        assert states(records) == ("WAITING", ["RUNNING"] * 4, [])
        assert records.cluster.status.reason.message == "Cluster ready to run steps."
        assert [event.state for event in world.store.events(CLUSTER_ID) if event.kind == "cluster"] == [
            "STARTING", "BOOTSTRAPPING", "RUNNING", "WAITING",
        ]  # fmt: skip

    run(test)


def test_daemons_run_where_emr_runs_them() -> None:
    async def test(world: World) -> None:
        world.store.add_cluster(make_records(core=1, task=1))
        await world.settle()
        daemons = {
            role: {name.rsplit(".", 1)[0] for name in world.runtime.nodes[world.container(role)].started}
            for role in ("MASTER", "CORE", "TASK")
        }
        assert {name for name in daemons["CORE"] if name.startswith("hadoop")} == {
            "hadoop-hdfs-datanode", "hadoop-yarn-nodemanager",
        }  # fmt: skip
        assert {name for name in daemons["TASK"] if name.startswith("hadoop")} == {"hadoop-yarn-nodemanager"}
        assert daemons["MASTER"] >= {
            "hadoop-hdfs-namenode", "hadoop-yarn-resourcemanager", "hadoop-mapreduce-historyserver",
            "spark-history-server",
        }  # fmt: skip

    run(test)


def test_history_servers_start_after_the_cluster_is_ready() -> None:
    async def test(world: World) -> None:
        world.store.add_cluster(make_records())
        await world.settle()
        started = world.runtime.nodes[world.container("MASTER")].started
        ready = next(index for index, name in enumerate(started) if name.startswith("ready-"))
        assert started.index("spark-history-server.1") > ready
        assert started.index("hadoop-hdfs-namenode.1") < ready + 2

    run(test)


def test_steps_run_in_order_one_at_a_time() -> None:
    async def test(world: World) -> None:
        world.store.add_cluster(make_records(step("a"), step("b"), step("c")))
        records = await world.settle()
        assert states(records)[::2] == ("WAITING", ["COMPLETED"] * 3)
        ran = [name for name in world.runtime.nodes[world.container("MASTER")].started if "step" in name]
        assert ran == [f"step-{each.id}" for each in records.steps]
        assert records.cluster.status.reason.message == "Cluster ready after last step completed."

    run(test)


def fails_for(*names: str, code: int = 1, note: str = "") -> MemoryRuntime:
    def behaviour(container: object, what: object) -> Outcome:
        assert isinstance(what, dict)
        if what.get("daemon"):
            return Outcome(None)
        return Outcome(code if any(str(what["name"]).startswith(name) for name in names) else 0, note=note)

    return MemoryRuntime(behaviour)


def test_termination_leaves_no_container_and_no_network() -> None:
    async def test(world: World) -> None:
        world.store.add_cluster(make_records(step(), core=2, spec=spec(log_uri="s3://logs/")))
        await world.settle()
        world.ask(terminate=True)
        records = await world.settle()
        assert states(records) == ("TERMINATED", ["TERMINATED"] * 3, ["COMPLETED"])
        assert records.cluster.status.reason.code == "USER_REQUEST"
        assert not world.runtime.nodes and not world.runtime.made_clusters
        assert {group.status.reason.code for group in records.groups} == {"CLUSTER_TERMINATED"}

    run(test)


def goes_on(*names: str) -> MemoryRuntime:
    def behaviour(container: object, what: object) -> Outcome:
        assert isinstance(what, dict)
        endless = what.get("daemon") or any(str(what["name"]).startswith(name) for name in names)
        return Outcome(None if endless else 0)

    return MemoryRuntime(behaviour)


def test_the_master_killed_in_mid_step_ends_the_cluster() -> None:
    records = make_records(step("a"), step("b"), core=2)

    async def test(world: World) -> None:
        world.store.add_cluster(records)
        await world.settle()
        world.runtime.kill(world.container("MASTER"))
        settled = await world.settle()
        assert states(settled)[::2] == ("TERMINATED_WITH_ERRORS", ["INTERRUPTED", "CANCELLED"])
        assert settled.cluster.status.reason.message == "The master node was terminated. "
        assert not world.runtime.nodes

    run(test, World(runtime=goes_on("step-")))


@pytest.mark.parametrize("role", ["CORE", "TASK"])
def test_a_killed_worker_is_replaced(role: str) -> None:
    async def test(world: World) -> None:
        world.store.add_cluster(make_records(core=2, task=1))
        await world.settle()
        world.runtime.kill(world.container(role))
        records = await world.settle()
        of_role = [each for each in records.instances if each.spec.role == role]
        assert [str(each.status.state) for each in of_role].count("TERMINATED") == 1
        assert [str(each.status.state) for each in of_role].count("RUNNING") == (2 if role == "CORE" else 1)
        lost = next(each for each in of_role if each.status.state == InstanceState.TERMINATED)
        assert lost.status.reason.code == "INSTANCE_FAILURE"
        assert records.cluster.status.state == ClusterState.WAITING
        assert len(world.runtime.nodes) == 4

    run(test)


def test_losing_all_core_instances_ends_the_cluster() -> None:
    async def test(world: World) -> None:
        world.store.add_cluster(make_records(core=1, task=1))
        await world.settle()
        world.runtime.kill(world.container("CORE"))
        records = await world.settle()
        assert records.cluster.status.state == ClusterState.TERMINATED_WITH_ERRORS
        assert records.cluster.status.reason.code == "INSTANCE_FAILURE"

    run(test)


def test_a_failed_bootstrap_action_ends_the_cluster_in_emrs_words() -> None:
    from localemr.domain.model.records import BootstrapAction

    action = BootstrapAction("install", "s3://b/install.sh")

    async def test(world: World) -> None:
        world.store.add_cluster(make_records(step(), spec=spec(bootstrap_actions=(action,), log_uri="s3://logs/")))
        records = await world.settle()
        assert states(records)[::2] == ("TERMINATED_WITH_ERRORS", ["CANCELLED"])
        reason = records.cluster.status.reason
        assert reason.code == "BOOTSTRAP_FAILURE"
        assert "bootstrap action 1 returned a non-zero return code" in reason.message
        assert "s3://logs/" in reason.message

    run(test, World(runtime=fails_for("bootstrap-1")))


def test_bootstrap_actions_come_before_daemons_everywhere() -> None:
    from localemr.domain.model.records import BootstrapAction

    actions = (BootstrapAction("a", "/bin/true"), BootstrapAction("b", "/bin/true"))

    async def test(world: World) -> None:
        world.store.add_cluster(make_records(core=2, spec=spec(bootstrap_actions=actions)))
        await world.settle()
        for container in world.runtime.nodes.values():
            assert container.started[:2] == ["bootstrap-1", "bootstrap-2"]

    run(test)


def test_an_ended_daemon_is_started_again() -> None:
    async def test(world: World) -> None:
        world.store.add_cluster(make_records())
        await world.settle()
        core = world.container("CORE")
        world.runtime.end_run(core, "hadoop-hdfs-datanode.1", 1)
        await world.settle()
        assert world.runtime.nodes[core].runs["hadoop-hdfs-datanode.2"]["state"] == "running"

    run(test)


def test_a_daemon_that_cannot_run_ends_the_start_with_a_reason() -> None:
    def behaviour(container: object, what: object) -> Outcome:
        assert isinstance(what, dict)
        if str(what["name"]).startswith("hadoop-hdfs-namenode"):
            return Outcome(1, note="no disk")
        return Outcome(None if what.get("daemon") or str(what["name"]).startswith("ready") else 0)

    async def test(world: World) -> None:
        world.store.add_cluster(make_records())
        records = await world.settle(until=lambda r: r.cluster.status.ended is not None)
        assert records.cluster.status.reason.code == "BOOTSTRAP_FAILURE"
        words = "hadoop-hdfs-namenode ended 6 times, last with exit code 1 (no disk); its log: "
        assert words in records.cluster.status.reason.message

    run(test, World(runtime=MemoryRuntime(behaviour)))


def test_a_refusing_runtime_ends_the_cluster_with_what_it_said() -> None:
    async def test(world: World) -> None:
        from localemr.runtime.base import RuntimeFailure

        world.store.add_cluster(make_records())
        world.runtime.refuse["make"] = "image node is missing"
        for _ in range(40):
            try:
                await world.reconciler.run_pass(CLUSTER_ID)
            except RuntimeFailure:
                world.clock.time += 5
        records = world.records()
        assert records.cluster.status.state == ClusterState.TERMINATED_WITH_ERRORS
        assert records.cluster.status.reason.code == "INTERNAL_ERROR"
        assert "image node is missing" in records.cluster.status.reason.message

    run(test)


def test_an_absent_runtime_changes_nothing() -> None:
    async def test(world: World) -> None:
        from localemr.runtime.base import RuntimeUnavailable

        world.store.add_cluster(make_records())
        before = await world.settle()
        world.runtime.available = False
        with pytest.raises(RuntimeUnavailable):
            await world.reconciler.run_pass(CLUSTER_ID)
        assert world.records() == before
        world.runtime.available = True
        assert await world.settle() == before

    run(test)


def test_a_cluster_that_is_not_kept_alive_waits_for_its_first_step() -> None:
    async def test(world: World) -> None:
        world.store.add_cluster(make_records(spec=spec(keep_alive=False)))
        await world.settle(until=lambda r: r.cluster.status.state == ClusterState.WAITING)
        world.store.add_steps(CLUSTER_ID, make_steps(CLUSTER_ID, 1, step()))
        records = await world.settle()
        assert states(records)[::2] == ("TERMINATED", ["COMPLETED"])

    run(test)


def test_container_names_are_fixed_before_containers_exist() -> None:
    async def test(world: World) -> None:
        world.store.add_cluster(make_records())
        await world.settle()
        assert set(world.runtime.nodes) == {each.id for each in world.records().instances}

    run(test)
