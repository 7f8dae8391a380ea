"""Limits of EC2's capacity over the memory runtime: by the client and by the command; what clusters make of them, and
the events."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from typer.testing import CliRunner

from localemr.cli.main import app
from localemr.testing.client import ControlError
from localemr.testing.memory import MemoryEmr
from tests.contract.test_events import follow, seen
from tests.contract.test_testing import WAIT, ready, run, state
from tests.receiver import Receiver, receiving
from tests.waiting import wait_for

TYPES = [{"InstanceType": kind, "WeightedCapacity": 2} for kind in ("c5.xlarge", "m5.xlarge")]
MASTER = {
    "InstanceFleetType": "MASTER",
    "TargetOnDemandCapacity": 1,
    "InstanceTypeConfigs": [{"InstanceType": "m5.xlarge"}],
}


def fleets(spot: int = 4, action: str = "SWITCH_TO_ON_DEMAND", **more: Any) -> dict[str, Any]:
    core = {
        "InstanceFleetType": "CORE",
        "TargetSpotCapacity": spot,
        "InstanceTypeConfigs": TYPES,
        "LaunchSpecifications": {"SpotSpecification": {"TimeoutDurationMinutes": 10, "TimeoutAction": action}},
    }
    return {"InstanceFleets": [MASTER, {**core, **more}], "KeepJobFlowAliveWhenNoSteps": True}


def core(emr: Any, cluster_id: str) -> tuple[int, int, int, int, str]:
    """Targets and provisioned capacities, on demand and spot, and the state."""
    fleet = emr.list_instance_fleets(ClusterId=cluster_id)["InstanceFleets"][1]
    names = [f"{kind}{market}Capacity" for kind in ("Target", "Provisioned") for market in ("OnDemand", "Spot")]
    return (*(fleet[each] for each in names), fleet["Status"]["State"])


def types(emr: Any, cluster_id: str) -> list[tuple[str, str]]:
    found = emr.list_instances(ClusterId=cluster_id, InstanceFleetType="CORE", InstanceStates=["RUNNING"])["Instances"]
    return sorted((each["InstanceType"], each["Market"]) for each in found)


def command(of: MemoryEmr, *arguments: str) -> tuple[int, str]:
    """Exit code and outputs of `localemr capacity`."""
    environ = {"LOCALEMR_PORT": of.endpoint.rpartition(":")[2], "LOCALEMR_RUNTIME": "memory"}
    done = CliRunner().invoke(app, ["capacity", *arguments], env=environ)
    return done.exit_code, done.output.strip()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as found:
        yield found


def test_a_fleet_gets_the_next_type(emr_memory: MemoryEmr) -> None:
    emr = emr_memory.client()
    emr_memory.control.capacity({"type": "c5.*", "market": "SPOT", "count": 1})
    cluster_id = ready(emr, Instances=fleets())
    wait_for("the fleet", lambda: core(emr, cluster_id) == (0, 4, 0, 4, "RUNNING"))
    assert types(emr, cluster_id) == [("c5.xlarge", "SPOT"), ("m5.xlarge", "SPOT")]


def test_spot_becomes_on_demand_with_events(emr_memory: MemoryEmr, receiver: Receiver) -> None:
    emr, control = emr_memory.client(), emr_memory.control
    follow(emr_memory.client("events"), receiver)
    control.speed(0)
    control.capacity({"market": "SPOT", "count": 0})
    cluster_id = run(emr, Instances=fleets())
    (detail,) = wait_for("the event", lambda: seen(receiver, "EMR Instance Fleet Provisioning"))
    assert (detail["eventCode"], detail["severity"], detail["state"], detail["instanceFleetType"]) == (
        "EC2 provisioning - Insufficient Instance Capacity", "WARN", "PROVISIONING", "CORE",
    )  # fmt: skip
    assert detail["message"].endswith(
        "Amazon EC2 has insufficient Spot capacity for instance type [c5.xlarge, m5.xlarge] in Availability Zone"
        " us-east-1a."
    )
    control.advance(601)
    emr.get_waiter("cluster_running").wait(ClusterId=cluster_id, WaiterConfig=WAIT)
    wait_for("the fleet", lambda: core(emr, cluster_id) == (0, 4, 4, 0, "RUNNING"))


def test_the_cluster_ends(emr_memory: MemoryEmr) -> None:
    emr, control = emr_memory.client(), emr_memory.control
    control.speed(0)
    control.capacity({"market": "SPOT", "count": 0})
    cluster_id = run(emr, Instances=fleets(action="TERMINATE_CLUSTER"))
    wait_for("the master", lambda: emr.list_instances(ClusterId=cluster_id)["Instances"])
    control.advance(601)
    reason = state(emr, cluster_id, "TERMINATED_WITH_ERRORS")["StateChangeReason"]
    assert reason["Code"] == "INSTANCE_FLEET_TIMEOUT"


def test_a_resize_times_out(emr_memory: MemoryEmr, receiver: Receiver) -> None:
    emr, control = emr_memory.client(), emr_memory.control
    follow(emr_memory.client("events"), receiver)
    resize = {"SpotResizeSpecification": {"TimeoutDurationMinutes": 5}}
    cluster_id = ready(emr, Instances=fleets(2, ResizeSpecifications=resize))
    control.capacity({"market": "SPOT", "count": 1})
    (fleet,) = emr.list_instance_fleets(ClusterId=cluster_id)["InstanceFleets"][1:]
    change = {"InstanceFleetId": fleet["Id"], "TargetSpotCapacity": 6}
    emr.modify_instance_fleet(ClusterId=cluster_id, InstanceFleet=change)
    wait_for("the lack", lambda: seen(receiver, "EMR Instance Fleet Provisioning"))
    control.advance(301)
    (event,) = wait_for("the event", lambda: seen(receiver, "EMR Instance Fleet Resize"))
    assert event["eventCode"] == "Spot Provisioning timeout"
    wait_for("its end", lambda: core(emr, cluster_id) == (0, 6, 0, 2, "RUNNING"))


def test_the_subnet_with_capacity(emr_memory: MemoryEmr) -> None:
    emr = emr_memory.client()
    emr_memory.control.capacity({"subnet": "subnet-1", "count": 0})
    cluster_id = ready(emr, Instances={**fleets(), "Ec2SubnetIds": ["subnet-1", "subnet-2"]})
    shown = emr.describe_cluster(ClusterId=cluster_id)["Cluster"]["Ec2InstanceAttributes"]
    assert (shown["Ec2SubnetId"], shown["Ec2AvailabilityZone"]) == ("subnet-2", "us-east-1b")


def test_a_group_waits_until_there_is_capacity(emr_memory: MemoryEmr, receiver: Receiver) -> None:
    emr, control = emr_memory.client(), emr_memory.control
    follow(emr_memory.client("events"), receiver)
    control.capacity({"type": "m5.xlarge", "count": 1})
    cluster_id = run(emr)
    (event,) = wait_for("the event", lambda: seen(receiver, "EMR Instance Group Provisioning"))
    assert (event["instanceGroupType"], event["instanceType"]) == ("CORE", "m5.xlarge")
    assert emr.describe_cluster(ClusterId=cluster_id)["Cluster"]["Status"]["State"] == "STARTING"
    control.capacity()
    emr.get_waiter("cluster_running").wait(ClusterId=cluster_id, WaiterConfig=WAIT)


def test_the_command(emr_memory: MemoryEmr) -> None:
    assert command(emr_memory) == (0, "EC2 has any number of instances")
    spot = ("--type", "r5.xlarge", "--market", "SPOT")
    assert command(emr_memory, "none", *spot) == (0, "no instances, type r5.xlarge, market SPOT")
    assert command(emr_memory, "3", "--zone", "us-east-1a")[1].splitlines() == [
        "3 instances, zone us-east-1a", "no instances, type r5.xlarge, market SPOT",
    ]  # fmt: skip
    assert command(emr_memory, "--price", "0.2", *spot)[1].splitlines() == [
        "any number of instances, type r5.xlarge, market SPOT, at 0.2 USD an hour", "3 instances, zone us-east-1a",
    ]  # fmt: skip
    assert command(emr_memory, "any", *spot) == (0, "3 instances, zone us-east-1a")
    assert command(emr_memory, "any") == (0, "EC2 has any number of instances")


@pytest.mark.parametrize("arguments", [("few",), ("--type", "m5.*"), ("none", "--market", "FREE")])
def test_commands_that_are_refused(emr_memory: MemoryEmr, arguments: tuple[str, ...]) -> None:
    assert command(emr_memory, *arguments)[0] == 1
    assert emr_memory.control.capacity() == []


@pytest.mark.parametrize("limit", [{"count": -1}, {"kind": "m5.xlarge"}, {"price": "dear"}, {"market": "FREE"}])
def test_limits_that_are_refused(emr_memory: MemoryEmr, limit: dict[str, Any]) -> None:
    with pytest.raises(ControlError):
        emr_memory.control.capacity(limit)
