"""The bill of clusters of the memory runtime, with its own clock, as `localemr cost` computes it from EMR's API."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
import typer

from localemr.cli import bills
from localemr.cli.cost import cost
from localemr.cli.phases import show_cost, show_phase
from localemr.demo.flow import Demo
from localemr.domain.cost.bill import Bill
from localemr.releases.prices import prices
from localemr.settings import Settings
from localemr.testing.memory import MemoryEmr
from tests.contract.requests import fleet, run, step
from tests.contract.test_testing import state
from tests.waiting import wait_for

MONTH = 30 * 86400
VOLUMES = (15 * 0.08 + 2 * 32 * 0.10) / MONTH
"""USD a second of an m5.xlarge's own volumes: a root of 15 GiB gp3, two of 32 GiB gp2."""
PRICE = (0.192 + 0.048) / 3600 + VOLUMES
SPOT = (0.35 * 0.192 + 0.048) / 3600 + VOLUMES


@pytest.fixture
def standing() -> Iterator[MemoryEmr]:
    """An endpoint whose clock moves only when the test moves it."""
    with MemoryEmr(speed=0) as found:
        yield found


@pytest.fixture(autouse=True)
def served(standing: MemoryEmr, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOCALEMR_PORT", standing.endpoint.rpartition(":")[2])


def bill(of: MemoryEmr, cluster_id: str) -> Bill:
    return bills.bill_of(of.client(), cluster_id, prices(), bills.now(Settings.read()))


def waiting(of: MemoryEmr, **members: Any) -> str:
    cluster_id = run(of.client(), **members)
    wait_until(of, cluster_id, "WAITING")
    return cluster_id


def wait_until(of: MemoryEmr, cluster_id: str, wanted: str) -> None:
    """Until the cluster has the state. No time passes that is paid, but what the runtime needs."""
    state(of.client(), cluster_id, wanted)


def groups(*sizes: tuple[str, int, str]) -> dict[str, Any]:
    made = [
        {"InstanceRole": role, "InstanceType": "m5.xlarge", "InstanceCount": count, "Market": market}
        for role, count, market in sizes
    ]
    return {"InstanceGroups": made, "KeepJobFlowAliveWhenNoSteps": True}


def counts(of: MemoryEmr, cluster_id: str) -> list[int]:
    found = of.client().list_instance_groups(ClusterId=cluster_id)["InstanceGroups"]
    return [each["RunningInstanceCount"] for each in found]


def terminate(of: MemoryEmr, cluster_id: str) -> None:
    of.client().terminate_job_flows(JobFlowIds=[cluster_id])
    wait_until(of, cluster_id, "TERMINATED")


def test_three_instances_for_90_minutes(standing: MemoryEmr) -> None:
    cluster_id = waiting(standing)
    standing.control.advance(5400)
    terminate(standing, cluster_id)
    standing.control.advance(86400)
    found = bill(standing, cluster_id)
    assert [each.seconds for each in found.instances] == [5400] * 3
    assert (found.cost.ec2, found.cost.emr) == pytest.approx((0.864, 0.216))
    assert found.cost.total == pytest.approx(3 * 5400 * PRICE)
    assert found.cost.total == pytest.approx(1.1275)
    assert found.usage.state == "TERMINATED" and found.scaling_saved is None


def test_a_minute_is_paid_at_least(standing: MemoryEmr) -> None:
    cluster_id = waiting(standing)
    terminate(standing, cluster_id)
    assert bill(standing, cluster_id).cost.total == pytest.approx(3 * 60 * PRICE)


def test_a_spot_group_and_volumes_of_its_own(standing: MemoryEmr) -> None:
    request = groups(("MASTER", 1, "ON_DEMAND"), ("CORE", 1, "ON_DEMAND"), ("TASK", 2, "SPOT"))
    ebs = {"VolumeSpecification": {"VolumeType": "gp3", "SizeInGB": 100}, "VolumesPerInstance": 2}
    request["InstanceGroups"][1]["EbsConfiguration"] = {"EbsBlockDeviceConfigs": [ebs]}
    cluster_id = waiting(standing, Instances=request, EbsRootVolumeSize=50)
    standing.control.advance(3600)
    found = bill(standing, cluster_id)
    master, core, task = (sum(one.cost.total for one in members) for members in found.groups.values())
    root = 35 * 0.08 * 3600 / MONTH
    assert master == pytest.approx(3600 * PRICE + root)
    assert core == pytest.approx(0.24 + (50 + 200) * 0.08 * 3600 / MONTH)
    assert task == pytest.approx(2 * (3600 * SPOT + root))
    assert found.cost.spot_saved == pytest.approx(2 * 0.65 * 0.192)


def test_a_bid_is_the_most_that_spot_costs(standing: MemoryEmr) -> None:
    request = groups(("MASTER", 1, "ON_DEMAND"), ("CORE", 1, "SPOT"))
    request["InstanceGroups"][1]["BidPrice"] = "0.05"
    of_group = waiting(standing, Instances=request)
    kinds = [{"InstanceType": "m5.xlarge", "BidPriceAsPercentageOfOnDemandPrice": 25.0}]
    core = fleet("CORE", TargetOnDemandCapacity=0, TargetSpotCapacity=1, InstanceTypeConfigs=kinds)
    instances = {"InstanceFleets": [fleet("MASTER"), core], "KeepJobFlowAliveWhenNoSteps": True}
    of_fleet = waiting(standing, Instances=instances)
    standing.control.advance(3600)
    assert bill(standing, of_group).cost.ec2 == pytest.approx(0.192 + 0.05)
    assert bill(standing, of_fleet).cost.ec2 == pytest.approx(0.192 + 0.25 * 0.192)


def test_a_group_that_was_resized(standing: MemoryEmr) -> None:
    request = groups(("MASTER", 1, "ON_DEMAND"), ("CORE", 1, "ON_DEMAND"), ("TASK", 1, "ON_DEMAND"))
    cluster_id = waiting(standing, Instances=request)
    emr = standing.client()
    task = emr.list_instance_groups(ClusterId=cluster_id)["InstanceGroups"][2]["Id"]
    for count in (3, 0):
        standing.control.advance(1800)
        change = [{"InstanceGroupId": task, "InstanceCount": count}]
        emr.modify_instance_groups(ClusterId=cluster_id, InstanceGroups=change)
        wait_for(f"{count} task instances", lambda count=count: counts(standing, cluster_id)[2] == count, 10)
    standing.control.advance(1800)
    found = bill(standing, cluster_id)
    assert [each.seconds for each in found.groups[task]] == [3600, 1800, 1800]
    assert found.cost.total == pytest.approx((2 * 5400 + 3600 + 2 * 1800) * PRICE)


def test_managed_scaling_against_its_maximum(standing: MemoryEmr) -> None:
    limits = {"UnitType": "VCPU", "MinimumCapacityUnits": 8, "MaximumCapacityUnits": 40}
    cluster_id = waiting(standing, ManagedScalingPolicy={"ComputeLimits": limits})
    standing.control.advance(3600)
    assert bill(standing, cluster_id).scaling_saved == pytest.approx((10 - 2) * 3600 * PRICE)


def test_fleets(standing: MemoryEmr) -> None:
    kinds = [{"InstanceType": "m5.2xlarge", "WeightedCapacity": 2}]
    spot = fleet("CORE", TargetOnDemandCapacity=2, TargetSpotCapacity=2, InstanceTypeConfigs=kinds)
    instances = {"InstanceFleets": [fleet("MASTER"), spot], "KeepJobFlowAliveWhenNoSteps": True}
    limits = {"UnitType": "InstanceFleetUnits", "MinimumCapacityUnits": 4, "MaximumCapacityUnits": 8}
    cluster_id = waiting(standing, Instances=instances, ManagedScalingPolicy={"ComputeLimits": limits})
    standing.control.advance(3600)
    found = bill(standing, cluster_id)
    core = 2 * (15 * 0.08 + 4 * 32 * 0.10) * 3600 / MONTH + 0.384 * 1.35 + 2 * 0.096
    assert found.cost.total == pytest.approx(3600 * PRICE + core)
    assert found.cost.spot_saved == pytest.approx(0.65 * 0.384)
    assert found.scaling_saved == pytest.approx(core)


def test_steps_share_the_cluster(standing: MemoryEmr) -> None:
    standing.control.hang_step("*")
    cluster_id = waiting(standing, StepConcurrencyLevel=2)
    emr = standing.client()
    for name in ("one", "two"):
        standing.control.advance(600)
        steps = [step(name, ActionOnFailure="CONTINUE")]
        (step_id,) = emr.add_job_flow_steps(JobFlowId=cluster_id, Steps=steps)["StepIds"]
        describe = {"ClusterId": cluster_id, "StepId": step_id}
        wait_for(name, lambda describe=describe: _state(emr, describe) == "RUNNING", 10)
    standing.control.advance(600)
    found = bill(standing, cluster_id)
    assert [(each.name, share) for each, share in found.steps] == [
        ("one", pytest.approx(900 * 3 * PRICE)),
        ("two", pytest.approx(300 * 3 * PRICE)),
    ]
    assert found.outside == pytest.approx(600 * 3 * PRICE)


def _state(emr: Any, step: dict[str, str]) -> str:
    return str(emr.describe_step(**step)["Step"]["Status"]["State"])


def test_the_command_shows_all_clusters_and_one(standing: MemoryEmr, capsys: pytest.CaptureFixture[str]) -> None:
    cost(None, False)
    assert "clusters    none" in capsys.readouterr().out
    first = waiting(standing, Name="first [bold]")
    standing.control.advance(5400)
    terminate(standing, first)
    second = waiting(standing, Name="second")
    standing.control.advance(3600)
    cost(None, False)
    lines = capsys.readouterr().out.splitlines()
    assert " ".join(lines[0].split()) == "cluster state hours EC2 EMR fee EBS total spot saved name"
    assert lines[1].split()[:2] == [second, "WAITING"]
    shown = [first, "TERMINATED", "4.50", "0.8640", "0.2160", "0.0475", "1.1275", "0.0000", "first", "[bold]"]
    assert lines[2].split() == shown
    assert lines[3].split() == ["all", "7.50", "1.4400", "0.3600", "0.0792", "1.8792", "0.0000"]
    assert "An estimate in USD, by prices of us-east-1, 2026-07-20" in lines[4] and "35%" in lines[4]
    cost("second", False)
    text = capsys.readouterr().out
    assert text.startswith(f"{second}  second  WAITING\n")
    assert text.count(" MASTER ") == 2 and text.count("ci-") == 3 and text.count("ig-") == 2


def test_the_demo_ends_with_its_cost(standing: MemoryEmr, capsys: pytest.CaptureFixture[str]) -> None:
    emr = standing.client()
    cluster_id = waiting(standing)
    standing.control.advance(600)
    terminate(standing, cluster_id)
    standing.control.advance(600)
    show_cost(Demo(emr, None, show_phase, cluster_id), prices(), Settings.read())
    wanted = f"On EMR this would have cost about $0.13 in us-east-1 (an estimate: `localemr cost {cluster_id}`).\n"
    assert capsys.readouterr().out == wanted


def test_the_command_speaks_json(
    standing: MemoryEmr, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    own = tmp_path / "own.json"
    own.write_text('{"region": "moon", "date": "2026-01-01", "types": {"m5.xlarge": {"ec2": 1, "emr": 0.5}}}')
    monkeypatch.setenv("LOCALEMR_PRICES", str(own))
    cluster_id = waiting(standing)
    standing.control.advance(3600)
    cost(cluster_id, True)
    found = json.loads(capsys.readouterr().out)
    assert found["estimate"] is True and found["currency"] == "USD"
    assert (found["prices"]["region"], found["prices"]["file"]) == ("moon", str(own))
    (shown,) = found["clusters"]
    assert (shown["id"], shown["ec2"], shown["emr"], shown["seconds"]) == (cluster_id, 3.0, 1.5, 10800)
    parts = sum(each["total"] for each in shown["instances"])
    assert found["total"] == shown["total"] == pytest.approx(parts, abs=1e-5)
    assert [each["role"] for each in shown["groups"]] == ["MASTER", "CORE"]
    assert shown["outside_steps"] == shown["total"] and shown["steps"] == [] and shown["scaling_saved"] is None


def test_bad_prices_and_clusters_are_explained(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(typer.Exit):
        cost("none", False)
    assert "there is no cluster 'none'" in capsys.readouterr().err
    monkeypatch.setenv("LOCALEMR_PRICES", "/nowhere/prices.toml")
    with pytest.raises(typer.Exit):
        cost(None, False)
    assert "LOCALEMR_PRICES=/nowhere/prices.toml: No such file" in capsys.readouterr().err
