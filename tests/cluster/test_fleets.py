"""Fleets of several types on a real cluster: one of them has no spot capacity.

Time-outs have EMR's least time, five minutes: tests/contract/test_capacity.py has them, by the clock of its own.
"""

from __future__ import annotations

from typing import Any

from tests.cluster.installation import Installation, cluster_request, wait_for

GONE = ("--type", "r5d.*", "--market", "SPOT")
"""Types that no other test uses: limits hold for the whole installation."""


def fleet(role: str, spot: int, *types: str, **more: Any) -> dict[str, Any]:
    target = {"TargetSpotCapacity": spot} if spot else {"TargetOnDemandCapacity": 1}
    configs = [{"InstanceType": each} for each in types]
    return {"InstanceFleetType": role, **target, "InstanceTypeConfigs": configs, **more}


def test_a_fleet_takes_its_next_type(installation: Installation) -> None:
    spot = {"AllocationStrategy": "capacity-optimized-prioritized", "TimeoutDurationMinutes": 5}
    launch = {"SpotSpecification": {**spot, "TimeoutAction": "TERMINATE_CLUSTER"}}
    core = fleet("CORE", 1, "r5d.xlarge", "m5.xlarge", LaunchSpecifications=launch)
    for priority, config in enumerate(core["InstanceTypeConfigs"]):
        config["Priority"] = float(priority)
    task = fleet("TASK", 0, "r5d.xlarge")
    request = cluster_request("fleets of types")
    fleets = [fleet("MASTER", 0, "m5.xlarge"), core, task]
    request["Instances"] = {"InstanceFleets": fleets, "KeepJobFlowAliveWhenNoSteps": True}
    installation.localemr("capacity", "none", *GONE)
    try:
        with installation.running(request) as cluster_id:
            _has_what_there_is(installation, cluster_id)
    finally:
        installation.localemr("capacity", "any", *GONE)


def _has_what_there_is(installation: Installation, cluster_id: str) -> None:
    """The core fleet has its second type, the task fleet the first one, on demand."""
    found = installation.emr.list_instances(ClusterId=cluster_id, InstanceStates=["RUNNING"])["Instances"]
    assert sorted((each["InstanceType"], each["Market"]) for each in found) == [
        ("m5.xlarge", "ON_DEMAND"), ("m5.xlarge", "SPOT"), ("r5d.xlarge", "ON_DEMAND"),
    ]  # fmt: skip
    fleets = installation.emr.list_instance_fleets(ClusterId=cluster_id)["InstanceFleets"]
    shown = {
        each["InstanceFleetType"]: (each["ProvisionedOnDemandCapacity"], each["ProvisionedSpotCapacity"])
        for each in fleets
    }
    assert shown == {"MASTER": (1, 0), "CORE": (0, 1), "TASK": (1, 0)}
    (large,) = installation.containers(cluster_id, "TASK")
    assert large.attrs["HostConfig"]["Memory"] == installation.limit_mb(32768) * 2**20
    (master,) = installation.containers(cluster_id, "MASTER")
    wait_for("both nodes", lambda: "Total Nodes:2" in installation.run_in(master, "yarn", "node", "-list"))
