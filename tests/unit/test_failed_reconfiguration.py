"""Reconfigurations that fail, and instances that fail meanwhile, over the memory runtime."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from localemr.domain.model.states import GroupState
from localemr.domain.model.versions import latest, requested, version_of
from localemr.runtime.base import InstanceSpec
from localemr.runtime.memory import MemoryRuntime, Outcome, by_kind
from tests.unit.test_reconfiguration import (
    DATANODE,
    NODEMANAGER,
    YARN_SITE,
    group,
    running,
    states,
    text,
    waiting,
    yarn,
)
from tests.world import World, run


def failing(daemon: str, marked: str) -> Callable[[World], Callable[[InstanceSpec, Mapping[str, Any]], Outcome]]:
    """A daemon that ends at once where its instance's yarn-site has the mark."""

    def of(world: World) -> Callable[[InstanceSpec, Mapping[str, Any]], Outcome]:
        def behaviour(spec: InstanceSpec, what: Mapping[str, Any]) -> Outcome:
            bad = marked in world.runtime.nodes[spec.name].files[YARN_SITE].text
            return Outcome(255, note="bad value") if bad and what["name"].startswith(daemon) else by_kind(spec, what)

        return behaviour

    return of


def test_a_daemon_that_does_not_come_up_brings_the_old_configurations_back() -> None:
    async def test(world: World) -> None:
        await waiting(world, core=2)
        world.reconfigure("CORE", yarn("good"))
        await world.settle()
        world.runtime.behaviour = failing(NODEMANAGER, "bad")(world)
        world.reconfigure("CORE", yarn("bad"))
        core = group(await world.settle(), "CORE")
        assert states(world, "CORE")[-4:] == ["RUNNING", "RECONFIGURING", "RECONFIGURING", "RUNNING"]
        assert latest(core).version == 3 and latest(core).configurations == (yarn("good"),)
        assert core.status.applied == latest(core)
        assert core.status.reason.code == "INSTANCE_FAILURE"
        ec2_id = world.records().instances[1].spec.ec2_id
        assert core.status.reason.message == (
            f"Reconfiguration to version 2 failed and was rolled back: {NODEMANAGER} on {ec2_id} "
            "ended with exit code 255 (bad value); its log: /var/log/hadoop-yarn"
        )
        # The second instance never had the bad ones: its daemons were left alone.
        assert running(world, "CORE", 0) == {f"{DATANODE}.1", f"{NODEMANAGER}-v3.1"}
        assert running(world, "CORE", 1) == {f"{DATANODE}.1", f"{NODEMANAGER}-v1.1"}
        assert "good" in text(world, "CORE", YARN_SITE, 0) and "good" in text(world, "CORE", YARN_SITE, 1)
        world.reconfigure("CORE", yarn("better"))
        core = group(await world.settle(), "CORE")
        assert (latest(core).version, core.status.state, core.status.reason.message) == (4, "RUNNING", "")
        assert f"{NODEMANAGER}-v4.1" in running(world, "CORE", 1)

    run(test)


def test_a_daemon_that_did_not_serve_in_time() -> None:
    def behaviour(spec: InstanceSpec, what: Mapping[str, Any]) -> Outcome:
        return Outcome(None) if what["name"] == "up-1.1" else by_kind(spec, what)

    async def test(world: World) -> None:
        await waiting(world)
        world.reconfigure("CORE", yarn())
        await world.settle()
        world.clock.time += 301
        core = group(await world.settle(), "CORE")
        assert core.status.state == "RECONFIGURING", "the instance itself counts the time"
        world.runtime.end_run(world.container("CORE"), "up-1.1", 1)
        core = group(await world.settle(), "CORE")
        assert (core.status.state, latest(core).version, latest(core).configurations) == ("RUNNING", 2, ())
        assert re.search(r"within 3\d\d s of the restarted daemons", core.status.reason.message)

    run(test, World(runtime=MemoryRuntime(behaviour)))


def test_what_cannot_be_rolled_back_suspends_the_group_until_it_is_reconfigured() -> None:
    async def test(world: World) -> None:
        await waiting(world)
        world.runtime.behaviour = lambda spec, what: (
            Outcome(1)
            if what["name"].startswith(f"{NODEMANAGER}-v") and "3" not in what["name"]
            else by_kind(spec, what)
        )
        world.reconfigure("CORE", yarn("bad"))
        core = group(await world.settle(until=lambda r: group(r, "CORE").status.state == GroupState.SUSPENDED), "CORE")
        assert "could not be restored" in core.status.reason.message
        world.reconfigure("CORE", yarn("good"))
        core = group(await world.settle(), "CORE")
        assert (core.status.state, core.status.applied) == ("RUNNING", requested(core))
        assert requested(core).version == 3

    run(test)


def test_an_outage_is_no_failure_of_the_configurations() -> None:
    def behaviour(spec: InstanceSpec, what: Mapping[str, Any]) -> Outcome:
        return Outcome(None) if what["name"] in ("up-1.1", "up-1.2") else by_kind(spec, what)

    async def test(world: World) -> None:
        await waiting(world)
        world.reconfigure("CORE", yarn())
        await world.settle()
        for _ in range(2):
            for name in world.runtime.nodes:
                world.runtime.kill(name, 255)
            await world.settle()
        records = await world.settle()  # once the pauses before third attempts are over
        core = group(records, "CORE")
        assert (core.status.state, latest(core).version, core.status.reason.message) == ("RUNNING", 1, "")
        assert f"{NODEMANAGER}-v1.3" in running(world, "CORE")

    run(test, World(runtime=MemoryRuntime(behaviour)))


def test_an_instance_that_is_lost_meanwhile_is_replaced_afterwards() -> None:
    def behaviour(spec: InstanceSpec, what: Mapping[str, Any]) -> Outcome:
        return Outcome(None) if what["name"] == "up-1.1" else by_kind(spec, what)

    async def test(world: World) -> None:
        await waiting(world, core=2)
        world.reconfigure("CORE", yarn())
        await world.settle()
        world.runtime.kill(world.container("CORE", 0))
        await world.settle()
        world.runtime.end_run(world.container("CORE", 0), "up-1.1")
        records = await world.settle()
        assert str(group(records, "CORE").status.state) == "RUNNING"
        assert [version_of(each) for each in records.instances if str(each.status.state) == "RUNNING"] == [0, 1, 1]
        new = records.instances[-1].id
        assert "my.own" in world.runtime.nodes[new].files[YARN_SITE].text

    run(test, World(runtime=MemoryRuntime(behaviour)))
