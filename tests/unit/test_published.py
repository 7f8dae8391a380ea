"""Clusters' metrics from records and measurements, and when they are due."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from localemr_node import measuring

from localemr.domain.decide.published import AVAILABLE, YARN, Published, every_five_minutes, every_minute
from localemr.domain.model.groups import FleetSpec
from localemr.domain.model.metrics import ACTIVE, MEASURED
from localemr.domain.model.observed import RUNNING, Measured, Observed, SeenInstance
from localemr.domain.model.records import AutoTermination, Records
from localemr.domain.model.states import ClusterState, InstanceState, StepState
from localemr.reconcile.publishing import Publishing
from tests.steady import NOW, steady
from tests.world import CATALOG, CLUSTER_ID, make_steps, step

LOAD = {
    "yarn-apps-pending": 2, "yarn-apps-running": 1, "yarn-containers-allocated": 4, "yarn-containers-pending": 6,
    "yarn-mb-total": 1000, "yarn-mb-available": 250, "yarn-nodes-active": 3, "yarn-nodes-decommissioning": 1,
    "hdfs-bytes-total": 400, "hdfs-bytes-used": 100, "hdfs-bytes-remaining": 3 << 29, "hdfs-blocks-missing": 7,
}  # fmt: skip


def looks(values: Mapping[str, float], at: float = NOW) -> dict[str, Measured]:
    return {name: Measured(value, at) for name, value in {**values, MEASURED: 1}.items()}


def shown(found: Collection[Published]) -> dict[str, tuple[float, str]]:
    assert len({each.name for each in found}) == len(found)
    return {each.name: (each.value, each.unit) for each in found}


def with_spec(records: Records, **spec: Any) -> Records:
    return replace(records, cluster=replace(records.cluster, spec=replace(records.cluster.spec, **spec)))


def in_state(records: Records, state: ClusterState) -> Records:
    return replace(records, cluster=replace(records.cluster, status=replace(records.cluster.status, state=state)))


def test_what_is_published_is_measured() -> None:
    measured = {*measuring.CLUSTER, *measuring.HDFS}
    assert measured >= {*YARN.values(), *AVAILABLE, *ACTIVE}


def test_the_metrics_of_a_load() -> None:
    found = shown(every_five_minutes(steady(6), looks(LOAD), NOW))
    assert found == {
        "IsIdle": (0.0, "None"), "CoreNodesRunning": (3, "Count"), "CoreNodesPending": (0, "Count"),
        "TaskNodesRunning": (2, "Count"), "TaskNodesPending": (0, "Count"), "AppsPending": (2, "Count"),
        "AppsRunning": (1, "Count"), "ContainerAllocated": (4, "Count"), "ContainerPending": (6, "Count"),
        "ContainerPendingRatio": (1.5, "Count"), "MemoryTotalMB": (1000, "Count"), "MemoryAvailableMB": (250, "Count"),
        "YARNMemoryAvailablePercentage": (25.0, "Percent"), "MRActiveNodes": (3, "Count"), "MRTotalNodes": (4, "Count"),
        "HDFSUtilization": (25.0, "Percent"), "CapacityRemainingGB": (1.5, "Count"), "MissingBlocks": (7, "Count"),
    }  # fmt: skip
    nothing = looks({"yarn-containers-pending": 5, "yarn-containers-allocated": 0, "yarn-mb-total": 0})
    assert shown(every_five_minutes(steady(2), nothing, NOW))["ContainerPendingRatio"] == (5, "Count")


@pytest.mark.parametrize("state", [each for each in ClusterState if each not in ("RUNNING", "WAITING")])
def test_only_of_clusters_that_are_ready(state: ClusterState) -> None:
    records = in_state(with_spec(steady(2), managed_scaling={"ComputeLimits": {}}), state)
    assert every_five_minutes(records, looks(LOAD), NOW) == []
    assert every_minute(records, looks(LOAD), NOW, CATALOG) == []


def test_without_a_look_only_what_the_records_have() -> None:
    found = shown(every_five_minutes(steady(2), looks(LOAD, NOW - 61), NOW))
    assert found == {"IsIdle": (1.0, "None"), "CoreNodesRunning": (1, "Count"), "CoreNodesPending": (0, "Count")}


@pytest.mark.parametrize(("state", "idle"), [(StepState.PENDING, 1.0), (StepState.RUNNING, 0.0)])
def test_idle_is_a_cluster_without_steps_and_applications(state: StepState, idle: float) -> None:
    (made,) = make_steps(CLUSTER_ID, 1, step())
    records = replace(steady(2), steps=(replace(made, status=replace(made.status, state=state)),))
    assert shown(every_five_minutes(records, looks(dict.fromkeys(LOAD, 0)), NOW))["IsIdle"] == (idle, "None")


def test_nodes_that_are_missing_are_pending() -> None:
    records = steady(4)
    first, *rest = (each for each in records.instances if each.spec.role == "CORE")
    lost = replace(first, status=replace(first.status, state=InstanceState.BOOTSTRAPPING))
    records = replace(records, instances=(records.instances[0], lost, *rest))
    found = shown(every_five_minutes(records, {}, NOW))
    assert (found["CoreNodesRunning"][0], found["CoreNodesPending"][0]) == (len(rest), 1)
    assert "TaskNodesRunning" in found
    assert not any(name.startswith("MultiMaster") for name in found)


def test_three_masters() -> None:
    records = steady(2)
    master, *others = records.groups
    groups = (replace(master, spec=replace(master.spec, count=3)), *others)
    found = shown(every_five_minutes(replace(records, groups=groups), {}, NOW))
    assert found["MultiMasterInstanceGroupNodesRequested"] == (3, "Count")
    assert found["MultiMasterInstanceGroupNodesRunning"] == (1, "Count")
    assert found["MultiMasterInstanceGroupNodesRunningPercentage"] == (pytest.approx(1 / 3), "Percent")


def test_capacities_with_a_policy() -> None:
    assert every_minute(steady(6), {}, NOW, CATALOG) == []
    scaled = shown(every_minute(with_spec(steady(6), managed_scaling={"ComputeLimits": {}}), {}, NOW, CATALOG))
    assert scaled["CoreVCPURunning"] == (12, "Count")  # YARN's vcores
    assert {name: value for name, (value, _) in scaled.items() if "Nodes" in name} == {
        "CoreNodesRequested": 3, "CoreNodesRunning": 3, "TaskNodesRequested": 2, "TaskNodesRunning": 2,
        "TotalNodesRequested": 5, "TotalNodesRunning": 5,
    }  # fmt: skip
    assert not any("Units" in name for name in scaled)
    ends = shown(every_minute(with_spec(steady(2), auto_termination=AutoTermination(60, 0.0)), {}, NOW, CATALOG))
    assert ends["AutoTerminationIsClusterIdle"] == (1.0, "None")
    assert ends["TotalNodesRunning"] == (1, "Count")


@pytest.mark.parametrize(("used", "idle"), [(39, 1.0), (40, 0.0)])
def test_automatic_termination_takes_data_in_hdfs_for_use(used: int, idle: float) -> None:
    records, full = with_spec(steady(2), auto_termination=AutoTermination(60, 0.0)), looks({"hdfs-bytes-total": 400})
    measured = {**full, **looks({"hdfs-bytes-used": used})}
    assert shown(every_minute(records, measured, NOW, CATALOG))["AutoTerminationIsClusterIdle"] == (idle, "None")
    assert shown(every_five_minutes(records, measured, NOW))["IsIdle"] == (1.0, "None")


def test_units_of_fleets() -> None:
    records = with_spec(steady(2), managed_scaling={"ComputeLimits": {}}, fleets=True)
    core = records.groups[1]
    fleet = FleetSpec(on_demand=3, spot=2, weight=2)
    groups = (records.groups[0], replace(core, spec=replace(core.spec, fleet=fleet, count=3)), *records.groups[2:])
    found = shown(every_minute(replace(records, groups=groups), {}, NOW, CATALOG))
    assert (found["CoreUnitsRequested"][0], found["CoreUnitsRunning"][0]) == (5, 2)
    assert found["TotalUnitsRequested"][0] == 5


def noted(publishing: Publishing, records: Records, at: float, **load: float) -> None:
    master = records.instances[0].id
    measured = {f"yarn-{name.replace('_', '-')}": value for name, value in load.items()}
    seen = SeenInstance(RUNNING, measurements=looks(measured, at))
    publishing.note(records, Observed(instances={master: seen}), at)


def due(publishing: Publishing, at: float) -> dict[str, float]:
    return {each.name: each.value for cluster, each in publishing.due(at) if cluster == CLUSTER_ID}


def test_metrics_are_due_once_a_period() -> None:
    publishing = Publishing(CATALOG)
    records = with_spec(steady(2), managed_scaling={"ComputeLimits": {}})
    noted(publishing, records, 0.0, apps_pending=1)
    assert due(publishing, 1) == {}
    assert due(publishing, 59) == {}
    assert "TotalNodesRunning" in due(publishing, 60)
    assert due(publishing, 70) == {}
    found = due(publishing, 305)
    assert (found["AppsPending"], "IsIdle" in found, "TotalNodesRunning" in found) == (1, True, True)
    names = [each.name for _, each in publishing.due(600)]
    assert len(set(names)) == len(names)
    assert due(publishing, 610) == {}
    publishing.forget(CLUSTER_ID)
    assert due(publishing, 900) == {}


def test_a_time_has_the_state_before_it() -> None:
    publishing = Publishing(CATALOG)
    noted(publishing, steady(2), 0.0, apps_pending=1)
    assert due(publishing, 1) == {}
    noted(publishing, steady(2), 450.0, apps_pending=2)
    noted(publishing, steady(2), 900.0, apps_pending=3)
    assert [due(publishing, at)["AppsPending"] for at in (300, 600, 900, 1200)] == [1, 2, 2, 3]


def test_a_moved_clock_leaves_looks_out_that_are_not_missing() -> None:
    publishing = Publishing(CATALOG)
    old = looks({"yarn-apps-pending": 4}, 0.0)
    records = steady(2)
    seen = Observed(instances={records.instances[0].id: SeenInstance(RUNNING, measurements=old)})

    def published(at: float) -> bool:
        return "AppsPending" in due(publishing, at)

    publishing.note(records, seen, 10.0)
    assert due(publishing, 11) == {}
    for at in (900.0, 900.0, 920.0, 1800.0):
        publishing.note(records, seen, at)
    assert published(910)
    assert published(1790)
    assert published(2100)
    for at in (1830.0, 1860.0, 1890.0):  # the clock runs, and no look comes
        publishing.note(records, seen, at)
    assert not published(2400)
    assert "IsIdle" in due(publishing, 2700)


def test_the_page_has_every_metric() -> None:
    page = (Path(__file__).parents[2] / "docs" / "cloudwatch.md").read_text()
    loaded = looks(dict.fromkeys((*measuring.CLUSTER, *measuring.HDFS), 1))
    records = with_spec(steady(6), auto_termination=AutoTermination(60, 0.0))
    names = [each.name for each in every_five_minutes(records, loaded, NOW)]
    assert [name for name in names if f"`{name}`" not in page] == []
    assert set(YARN) < set(names)
