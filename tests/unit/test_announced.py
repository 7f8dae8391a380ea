"""The events that EMR announces, by records alone."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from localemr.domain.decide.announced import announced
from localemr.domain.decide.announcement import About, Announced
from localemr.domain.model.groups import Configured, FleetSpec, GroupSpec, InstanceGroup
from localemr.domain.model.records import Event, Records
from localemr.domain.model.states import Reason
from localemr.reconcile.announcing import Announcing
from localemr.store import Store
from tests.steady import steady
from tests.world import CLUSTER_ID, make_records, make_steps, step

AT = 1481921100.0
"""2016-12-16 20:45 UTC."""
RECORDS = steady(4)
CLUSTER = replace(RECORDS.cluster, spec=replace(RECORDS.cluster.spec, name="c"))
NAME = f"{CLUSTER_ID} (c)"
WHERE = f"in Amazon EMR cluster {NAME}"


def event(kind: str, state: str, subject: str = CLUSTER_ID, at: float = AT, **reason: str) -> Event:
    return Event(at, CLUSTER_ID, kind, subject, state, Reason(**reason))


def one(found: list[Announced]) -> dict[str, Any]:
    (only,) = found
    return dict(only.detail)


@pytest.mark.parametrize(
    ("state", "code", "severity", "message"),
    [
        ("STARTING", "", "INFO",
         f"Amazon EMR cluster {NAME} was requested at 2016-12-16 20:45 UTC and is being created."),
        ("RUNNING", "", "INFO", f"Amazon EMR cluster {NAME} began running steps at 2016-12-16 20:45 UTC."),
        ("TERMINATED", "USER_REQUEST", "INFO",
         f"Amazon EMR Cluster {NAME} has terminated at 2016-12-16 20:45 UTC with a reason of USER_REQUEST."),
        ("TERMINATED", "STEP_FAILURE", "CRITICAL",
         f"Amazon EMR Cluster {NAME} has terminated at 2016-12-16 20:45 UTC with a reason of STEP_FAILURE."),
        ("TERMINATED_WITH_ERRORS", "BOOTSTRAP_FAILURE", "CRITICAL",
         f"Amazon EMR Cluster {NAME} has terminated with errors at 2016-12-16 20:45 UTC with a reason of"
         " BOOTSTRAP_FAILURE."),
    ],
)  # fmt: skip
def test_clusters(state: str, code: str, severity: str, message: str) -> None:
    detail = one(announced(event("cluster", state, code=code, message="why"), About(CLUSTER)))
    assert (detail["severity"], detail["message"]) == (severity, message)
    assert json.loads(detail["stateChangeReason"]) == {"code": code, "message": "why"}


@pytest.mark.parametrize(
    ("state", "severity", "said"),
    [
        ("UNHEALTHY", "WARN", "is unhealthy since 2016-12-16 20:45 UTC. Why."),
        ("REPLACING", "WARN", "is being replaced since 2016-12-16 20:45 UTC. Why."),
        ("RECOVERED", "INFO", "is healthy again since 2016-12-16 20:45 UTC. Why."),
    ],
)
def test_the_health_of_instances(state: str, severity: str, said: str) -> None:
    instance = RECORDS.instances[-1]
    (found,) = announced(event("health", state, instance.id, message="Why."), About(CLUSTER, instance=instance))
    group, detail = instance.spec.group_id, found.detail
    assert found.detail_type == "EMR Unhealthy Node Replacement"
    assert (detail["severity"], detail["state"], detail["instanceGroupType"]) == (severity, state, instance.spec.role)
    assert (detail["instanceId"], detail["instanceGroupId"]) == (instance.spec.ec2_id, group)
    assert detail["message"] == f"Instance {instance.spec.ec2_id} of instance group {group} {WHERE} {said}"


def test_a_cluster_that_waits_was_created_or_has_no_more_steps() -> None:
    ready = replace(CLUSTER, status=replace(CLUSTER.status, ready=AT))
    said = one(announced(event("cluster", "WAITING"), About(ready)))["message"]
    assert said == f"Amazon EMR cluster {NAME} was created at 2016-12-16 20:45 UTC and is ready for use."
    said = one(announced(event("cluster", "WAITING", at=AT + 60), About(ready)))["message"]
    assert said == f"Amazon EMR cluster {NAME} finished running all pending steps at 2016-12-16 20:46 UTC."


@pytest.mark.parametrize("state", ["BOOTSTRAPPING", "TERMINATING"])
def test_states_of_clusters_that_are_not_announced(state: str) -> None:
    assert announced(event("cluster", state), About(CLUSTER)) == []


@pytest.mark.parametrize(
    ("state", "severity", "message"),
    [
        ("PENDING", "INFO",
         f"was added to Amazon EMR cluster {NAME} at 2016-12-16 20:45 UTC and is pending execution."),
        ("RUNNING", "INFO", f"{WHERE} started running at 2016-12-16 20:45 UTC."),
        ("COMPLETED", "INFO", f"{WHERE} completed execution at 2016-12-16 20:45 UTC. The step started running at"
         " 2016-12-16 20:43 UTC and took 2 minutes to complete."),
        ("FAILED", "ERROR", f"{WHERE} failed at 2016-12-16 20:45 UTC. The step started running at"
         " 2016-12-16 20:43 UTC and took 2 minutes to fail."),
    ],
)  # fmt: skip
def test_steps(state: str, severity: str, message: str) -> None:
    (made,) = make_steps(CLUSTER_ID, 1, step("s"))
    made = replace(made, status=replace(made.status, started=AT - 120))
    detail = one(announced(event("step", state, made.id), About(CLUSTER, step=made)))
    assert detail.pop("message") == f"Step {made.id} (s) {message}"
    assert detail == {
        "severity": severity, "actionOnFailure": made.spec.action_on_failure, "stepId": made.id, "name": "s",
        "clusterId": CLUSTER_ID, "state": state,
    }  # fmt: skip


def core(spec: dict[str, Any] | None = None, **status: Any) -> InstanceGroup:
    group = RECORDS.groups[1]
    changed: GroupSpec = replace(group.spec, count=5, **(spec or {}))
    return replace(group, spec=changed, status=replace(group.status, ready=AT - 9999, **status))


def of_group(state: str, group: InstanceGroup, before: str = "", **reason: str) -> dict[str, Any]:
    earlier = event("group", before, group.id, AT - 180) if before else None
    about = About(CLUSTER, group, {"ON_DEMAND": 3}, before=earlier)
    return one(announced(event("group", state, group.id, **reason), about))


def test_a_resize_of_a_group() -> None:
    group = core()
    began = of_group("RESIZING", group, "RUNNING")
    assert began["message"] == (
        f"A resize for instance group {group.id} {WHERE} started at 2016-12-16 20:45 UTC. It is resizing from an"
        " instance count of 3 to 5."
    )
    assert (began["runningInstanceCount"], began["requestedInstanceCount"], began["severity"]) == (3, 5, "INFO")
    assert "bidPrice" not in began
    ended = of_group("RUNNING", core({"bid_price": "0.1"}), "RESIZING")
    assert ended["message"] == (
        f"The resizing operation for instance group {group.id} {WHERE} is complete. It now has an instance count of 3."
        " The resize started at 2016-12-16 20:42 UTC and took 3 minutes to complete."
    )
    assert ended["bidPrice"] == "0.1"
    stopped = of_group("SUSPENDED", group, "RESIZING", message="5 instances failed")
    assert stopped["severity"] == "ERROR"
    assert stopped["message"].endswith(
        "was arrested at 2016-12-16 20:45 UTC for the following reason: 5 instances failed"
    )


def test_a_reconfiguration() -> None:
    group = core(target=Configured(2))
    about = About(CLUSTER, group, {}, before=event("group", "RECONFIGURING", group.id, AT - 60))
    (ended,) = announced(event("group", "RUNNING", group.id), about)
    assert ended.detail_type == "EMR Instance Group Status Notification"
    assert "to version 2 is complete" in ended.detail["message"]


def test_fleets() -> None:
    fleet = core({"fleet": FleetSpec(on_demand=4, spot=6, weight=2)})
    detail = of_group("RESIZING", fleet, "RUNNING")
    assert {name: value for name, value in detail.items() if "Capacity" in name} == {
        "targetOnDemandCapacity": 4, "targetSpotCapacity": 6, "provisionedOnDemandCapacity": 3,
        "provisionedSpotCapacity": 0,
    }  # fmt: skip
    first = replace(fleet, created=AT - 240, status=replace(fleet.status, ready=AT))
    assert "Provisioning for instance fleet" in of_group("RUNNING", first, "BOOTSTRAPPING")["message"]


def test_a_policy_is_attached_with_its_group_and_detached_with_its_end() -> None:
    group = core({"auto_scaling": {"Rules": []}})
    first = replace(group, status=replace(group.status, ready=AT))
    assert of_group("RUNNING", first)["state"] == "ATTACHED"
    assert of_group("TERMINATED", group)["state"] == "DETACHED"


def documents(store: Store, position: int | None) -> tuple[int, list[dict[str, Any]]]:
    read = list(Announcing(store).since(position))
    return (read[-1][0] if read else position or 0), [each for _, found in read for each in found]


def test_the_log_is_read_from_a_position_on() -> None:
    store = Store(":memory:")
    end, nothing = documents(store, None)
    assert (end, nothing) == (0, [])
    records: Records = make_records(step("a"))
    store.add_cluster(records)
    end, found = documents(store, end)
    assert [(each["detail-type"], each["detail"]["state"]) for each in found] == [
        ("EMR Cluster State Change", "STARTING"), ("EMR Step Status Change", "PENDING"),
    ]  # fmt: skip
    assert documents(store, 0)[1] == found, "an event has the same id each time"
    assert documents(store, end) == (end, [])
    assert documents(store, end + 7) == (end, []), "the newest events were deleted"
    store.add_steps(CLUSTER_ID, make_steps(CLUSTER_ID, 2, *(step(str(n)) for n in range(250))))
    assert [each["detail"]["name"] for each in documents(store, end)[1]] == [str(n) for n in range(250)]
    store.close()
