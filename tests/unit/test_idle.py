"""Automatic termination by what the master measures of YARN and HDFS."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from localemr.domain.decide.decide import decide
from localemr.domain.model.observed import Measured, Observed
from localemr.domain.model.records import AutoTermination, ClusterStatus, Idleness, Records
from localemr.domain.model.states import ClusterState
from tests.steady import NOW, observed, steady
from tests.unit.test_life import states
from tests.unit.test_wishes import waiting
from tests.world import CATALOG, CLUSTER_ID, World, run

TIMEOUT = 600
TOTAL = {"hdfs-bytes-total": 1000.0}


def idle_for(seconds: float, **status: object) -> Records:
    """A cluster with a policy that has waited for so long at NOW."""
    records = steady(2)
    spec = replace(records.cluster.spec, auto_termination=AutoTermination(TIMEOUT, 0.0), keep_alive=True)
    found: ClusterStatus = replace(
        records.cluster.status, state=ClusterState.WAITING, since=NOW - seconds, ready=NOW - seconds, **status
    )
    return replace(records, cluster=replace(records.cluster, spec=spec, status=found))


def seen_with(records: Records, values: dict[str, float], look: float | None = NOW, since: float = 1.0) -> Observed:
    """The master measured these values at `since`, and looked again at `look` (None: never)."""
    assert records.master
    seen = observed(records)
    measured = {name: Measured(value, since) for name, value in values.items()}
    if look is not None:
        measured["yarn-measured"] = Measured(9, look)
    master = replace(seen.instances[records.master.id], measurements=measured)
    return replace(seen, instances={**seen.instances, records.master.id: master})


def state_after(records: Records, seen: Observed) -> str:
    return str(decide(records, seen, NOW, CATALOG).records.cluster.status.state)


@pytest.mark.parametrize(
    ("values", "state"),
    [
        ({"yarn-apps-running": 0, "yarn-apps-pending": 0}, "TERMINATING"),
        ({"yarn-apps-running": 1}, "WAITING"),
        ({"yarn-apps-pending": 1}, "WAITING"),
        ({"yarn-containers-allocated": 1}, "WAITING"),
        ({**TOTAL, "hdfs-bytes-used": 99.0}, "TERMINATING"),
        ({**TOTAL, "hdfs-bytes-used": 100.0}, "WAITING"),
        ({"hdfs-bytes-total": 0, "hdfs-bytes-used": 0}, "TERMINATING"),
    ],
)
def test_a_cluster_in_use_is_not_ended(values: dict[str, float], state: str) -> None:
    records = idle_for(TIMEOUT)
    assert state_after(records, seen_with(records, values)) == state


def test_the_time_begins_with_the_end_of_the_last_application() -> None:
    records = idle_for(10_000)
    none = {"yarn-apps-running": 0.0}
    assert state_after(records, seen_with(records, none, since=NOW - TIMEOUT)) == "TERMINATING"
    later = seen_with(records, none, since=NOW - TIMEOUT + 1)
    assert state_after(records, later) == "WAITING"
    assert decide(records, later, NOW, CATALOG).wake_at == NOW + 1


def test_the_time_begins_when_hdfs_is_nearly_empty_again() -> None:
    records, values = idle_for(10_000, idleness=Idleness(busy=True)), {**TOTAL, "hdfs-bytes-used": 1.0}
    after = decide(records, seen_with(records, values), NOW, CATALOG).records
    assert (after.cluster.status.state, after.cluster.status.idleness) == ("WAITING", Idleness(False, NOW))
    ended = idle_for(10_000, idleness=Idleness(False, NOW - TIMEOUT))
    assert state_after(ended, seen_with(ended, values)) == "TERMINATING"


def test_a_cluster_is_not_ended_without_a_look() -> None:
    records = idle_for(10_000)
    assert state_after(records, seen_with(records, {}, look=None)) == "WAITING"
    assert state_after(records, seen_with(records, {}, look=NOW - 61)) == "WAITING"
    assert state_after(records, seen_with(records, {}, look=NOW - 60)) == "TERMINATING"
    # Of a look only a part has been reported.
    assert state_after(records, seen_with(records, {"yarn-apps-running": 0}, NOW - 20, since=NOW)) == "WAITING"


def test_simulated_clusters_have_no_yarn_unless_it_is_scripted() -> None:
    records, catalog = idle_for(10_000), replace(CATALOG, simulated=True)
    assert decide(records, seen_with(records, {}, None), NOW, catalog).records.cluster.status.state == "TERMINATING"
    old = seen_with(records, {}, NOW - 61)
    assert decide(records, old, NOW, catalog).records.cluster.status.state == "WAITING"


def test_an_application_keeps_a_cluster_and_the_time_begins_anew_after_it() -> None:
    async def test(world: World) -> None:
        since = await waiting(world, auto_termination=AutoTermination(60, 0.0))

        async def look(at: float, apps: int) -> str:
            world.clock.time = at
            world.measure(apps_running=apps)
            for _ in range(8):
                await asyncio.sleep(0)
            await world.reconciler.run_pass(CLUSTER_ID)
            return str(states(world.records())[0])

        assert await look(since + 50, 1) == "WAITING"
        assert await look(since + 500, 1) == "WAITING"
        assert await look(since + 510, 0) == "WAITING"
        assert await look(since + 569, 0) == "WAITING"

    run(test)
