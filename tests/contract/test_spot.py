"""The market of spot instances over the memory runtime: interruptions on request, by the command, and by a drill."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import boto3
import pytest
from typer.testing import CliRunner

from localemr.api.access import Access
from localemr.app import Controller, new_app
from localemr.cli.main import app
from localemr.clock import MovableClock, RealClock
from localemr.doors import behind_door
from localemr.faults.interruptions import market_routes
from localemr.faults.market import Drill, Market
from localemr.faults.outcomes import OUTCOMES
from localemr.platforms import memory_platform
from localemr.runtime.memory import MemoryRuntime
from localemr.settings import Settings
from localemr.testing.client import Control, ControlError
from localemr.testing.memory import MemoryEmr
from localemr.testing.server import Server
from tests.contract.test_faults import groups, tasks, waits_for
from tests.contract.test_testing import ready
from tests.waiting import wait_for


@pytest.fixture
def still(emr_memory: MemoryEmr) -> MemoryEmr:
    """An endpoint whose clock stands until it is moved."""
    emr_memory.control.speed(0)
    return emr_memory


def members(of: MemoryEmr, cluster_id: str, role: str = "TASK", *states: str) -> list[dict[str, Any]]:
    """The instances of a role, in these states."""
    wanted = {"InstanceGroupTypes": [role], "InstanceStates": list(states or ("RUNNING", "TERMINATED"))}
    found: list[dict[str, Any]] = of.client().list_instances(ClusterId=cluster_id, **wanted)["Instances"]
    return found


def ids(of: MemoryEmr, cluster_id: str, role: str = "TASK") -> list[str]:
    return [each["Id"] for each in members(of, cluster_id, role, "RUNNING")]


def command(of: MemoryEmr | str, *arguments: str) -> tuple[int, str]:
    """Exit code and outputs of `localemr interrupt`."""
    endpoint = of if isinstance(of, str) else of.endpoint
    environ = {"LOCALEMR_PORT": endpoint.rpartition(":")[2], "LOCALEMR_RUNTIME": "memory"}
    done = CliRunner().invoke(app, ["interrupt", *arguments], env=environ)
    return done.exit_code, done.output


def test_notice_then_loss_then_refill(still: MemoryEmr) -> None:
    cluster_id = ready(still.client(), Instances=groups(task=3))
    before, now = ids(still, cluster_id), still.control.now()
    taken = still.control.interrupt(cluster_id, count=2, notice=90)
    assert list(taken.values()) == [now + 90] * 2 and set(taken) < set(before)
    still.control.advance(89)
    assert ids(still, cluster_id) == before
    still.control.advance(2)
    waits_for(still.client(), cluster_id, "RUNNING", "RUNNING", "RUNNING", "TERMINATED", "TERMINATED")
    gone = members(still, cluster_id, "TASK", "TERMINATED")
    assert {each["Id"] for each in gone} == set(taken)
    for each in gone:
        assert each["Status"]["StateChangeReason"] == {
            "Code": "INSTANCE_FAILURE",
            "Message": f"Instance {each['Ec2InstanceId']} was terminated: Server.SpotInstanceTermination.",
        }
    (group,) = [
        each
        for each in still.client().list_instance_groups(ClusterId=cluster_id)["InstanceGroups"]
        if each["InstanceGroupType"] == "TASK"
    ]
    assert (group["RequestedInstanceCount"], group["RunningInstanceCount"]) == (3, 3)


def test_an_instance_gets_one_notice(still: MemoryEmr) -> None:
    cluster_id = ready(still.client(), Instances=groups(task=2))
    first = still.control.interrupt(cluster_id, count=1, notice=600)
    second = still.control.interrupt(cluster_id, notice=300)
    assert sorted([*first, *second]) == sorted(ids(still, cluster_id))
    for request in ({}, {"count": 1}, {"instances": list(first)}):
        with pytest.raises(ControlError, match="no spot instance of these without an interruption notice"):
            still.control.interrupt(cluster_id, **request)  # type: ignore[arg-type]
    still.control.advance(301)
    waits_for(still.client(), cluster_id, "RUNNING", "RUNNING", "TERMINATED")
    assert [each["Id"] for each in members(still, cluster_id, "TASK", "TERMINATED")] == list(second)


def test_what_ec2_would_not_interrupt_is_refused_and_nothing_is_interrupted(still: MemoryEmr) -> None:
    cluster_id = ready(still.client(), Instances=groups(task=1))
    (core,), (task,) = ids(still, cluster_id, "CORE"), ids(still, cluster_id)
    refused: list[tuple[str, Mapping[str, Any], str]] = [
        (cluster_id, {"instances": [core]}, f"spot instances alone, and these are on demand: {core}"),
        (cluster_id, {"instances": [task, core]}, f"on demand: {core}"),
        (cluster_id, {"instances": ["ci-NONE"]}, "no running instance ci-NONE"),
        (cluster_id, {"instances": []}, "instances"),
        (cluster_id, {"count": 2}, "has 1 spot instances of these"),
        (cluster_id, {"count": 0}, "count"),
        (cluster_id, {"notice": -1}, "notice"),
        ("j-NONE", {}, "no such cluster"),
    ]
    for cluster, request, message in refused:
        with pytest.raises(ControlError, match=message):
            still.control.interrupt(cluster, **request)
    still.control.advance(3600)
    assert tasks(still.client(), cluster_id) == [("RUNNING", "")]


def drilled(seed: int, share: float = 0.5, hours: int = 4) -> list[int]:
    """Minutes from the drill's start to the ends of the interrupted instances."""
    with MemoryEmr(start=1_500_000_000.0, speed=0) as emr:
        cluster_id = ready(emr.client(), Instances=groups(task=8), Name="nightly")
        emr.control.drill(share, seed)
        began = emr.control.now()

        def lost_after(seconds: float) -> list[dict[str, Any]]:
            emr.control.advance(seconds)
            wait_for("the refill", lambda: len(ids(emr, cluster_id)) == 8)
            return members(emr, cluster_id, "TASK", "TERMINATED")

        for _ in range(hours * 6):
            lost_after(600)
        emr.control.drill(0)
        gone = lost_after(600)  # with those that have their notice
        assert len(lost_after(7200)) == len(gone)
        ends = [each["Status"]["Timeline"]["EndDateTime"].timestamp() - began for each in gone]
        return sorted(round(each / 60) for each in ends)


def test_a_drill_takes_its_share_and_can_be_repeated() -> None:
    first = drilled(seed=1)
    assert first == drilled(seed=1) != drilled(seed=2)
    # Eight places for four hours, with a rate of ln 2 an hour: 22 are expected.
    assert 12 <= len(first) <= 34


def test_a_drill_leaves_instances_on_demand_alone(still: MemoryEmr) -> None:
    cluster_id = ready(still.client(), Instances=groups(task=1))
    still.control.drill(1.0, notice=0)
    still.control.advance(3601)
    wait_for("a loss", lambda: members(still, cluster_id, "TASK", "TERMINATED"), 5)
    assert len(ids(still, cluster_id, "CORE")) == len(ids(still, cluster_id, "MASTER")) == 1
    for wrong in (1.5, -0.1):
        with pytest.raises(ControlError, match="share"):
            still.control.drill(wrong)


def test_the_command(still: MemoryEmr) -> None:
    instances = groups(task=2)
    cluster_id = ready(still.client(), Name="named", Instances=instances)
    code, output = command(still, "named", "--group", "spot", "--notice", "60")
    (first,) = [each for each in ids(still, cluster_id) if each in output]
    assert (code, output.split()[1:5]) == (0, ["is", "taken", "back", "at"])
    (other,) = set(ids(still, cluster_id)) - {first}
    (found,) = [each for each in members(still, cluster_id) if each["Id"] == other]
    assert command(still, cluster_id, "--instance", found["Ec2InstanceId"], "--notice", "60")[0] == 0
    still.control.advance(61)
    waits_for(still.client(), cluster_id, "RUNNING", "RUNNING", "TERMINATED", "TERMINATED")


def test_what_the_command_refuses(still: MemoryEmr) -> None:
    cluster_id = ready(still.client(), Instances=groups(task=1))
    for arguments, message in (
        (("--group", "CORE"), "spot instances alone"),
        (("--group", "other"), "no instance group 'other'"),
        (("--group", "TASK", "--instance", "i-1"), "exclude each other"),
        (("--count", "2"), "has 1 spot instances"),
    ):
        code, output = command(still, cluster_id, *arguments)
        assert (code, message in output) == (1, True), output
    still.control.advance(600)
    assert tasks(still.client(), cluster_id) == [("RUNNING", "")]


def test_of_a_fleet_with_both_markets_the_command_takes_spot_instances(still: MemoryEmr) -> None:
    fleets = [
        {
            "InstanceFleetType": role,
            "TargetOnDemandCapacity": 1,
            "TargetSpotCapacity": spot,
            "InstanceTypeConfigs": [{"InstanceType": "m5.xlarge"}],
        }
        for role, spot in (("MASTER", 0), ("CORE", 1))
    ]
    cluster_id = ready(still.client(), Instances={"InstanceFleets": fleets, "KeepJobFlowAliveWhenNoSteps": True})
    for _ in range(2):
        found = still.client().list_instances(ClusterId=cluster_id, InstanceFleetType="CORE")["Instances"]
        (spot,) = [each["Id"] for each in found if each["Market"] == "SPOT" and each["Status"]["State"] == "RUNNING"]
        code, output = command(still, cluster_id, "--group", "CORE", "--notice", "0")
        assert (code, spot in output) == (0, True), output

        def replaced(gone: str = spot) -> bool:
            listed = still.client().list_instances(ClusterId=cluster_id, InstanceStates=["RUNNING"])["Instances"]
            still.control.advance(1)
            return len(listed) == 3 and gone not in {each["Id"] for each in listed}

        wait_for("another one", replaced, 5)


def test_interruptions_require_signatures_where_the_endpoint_does(server: Server) -> None:
    clock, begun = MovableClock(1000.0, 0), list[Any]()
    market = Market(MemoryRuntime(clock=clock), clock, OUTCOMES, begun.append)
    server.app = new_app(routes=market_routes(market, Access({"ours": "secret"})))
    url = f"http://127.0.0.1:{server.port}"
    Control(url, ("ours", "secret")).drill(0.5, 3)
    for keys, message in ((None, "Missing"), (("ours", "guess"), "signature")):
        with pytest.raises(ControlError, match=message):
            Control(url, keys).drill(1.0)
        with pytest.raises(ControlError, match=message):
            Control(url, keys).interrupt("j-A")
    assert (market.drill, begun) == (Drill(0.5, 3), [])


def test_the_command_says_what_enables_it(server: Server, tmp_path: Any) -> None:
    settings = Settings(home=str(tmp_path), control="off", runtime="memory")
    controller = server.run(Controller.open(settings, memory_platform(RealClock())))
    try:
        served = new_app()
        controller.serve(served, {})
        server.app = behind_door(served, settings, lambda: controller)
        url = f"http://127.0.0.1:{server.port}"
        with pytest.raises(ControlError, match="LOCALEMR_CONTROL=on"):
            Control(url).drill(0.5)
        emr = boto3.client("emr", "us-east-1", endpoint_url=url, aws_access_key_id="a", aws_secret_access_key="b")
        cluster_id = ready(emr, Instances=groups())
        emr.close()
        code, output = command(url, cluster_id)
        assert (code, "LOCALEMR_CONTROL=on" in output) == (1, True), output
    finally:
        server.run(controller.close())
