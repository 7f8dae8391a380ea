"""Instance fleets: what requests become, why they are refused, and how real instances follow the targets."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

import pytest

from localemr.domain.accept.cluster import accept
from localemr.domain.accept.fleets import accept_new_targets
from localemr.domain.model.catalog import Catalog
from localemr.domain.model.errors import ValidationException
from localemr.domain.model.groups import FleetSpec, GroupSpec
from localemr.domain.model.records import Records
from localemr.domain.model.states import ENDED, GroupState
from tests import world as small
from tests.catalog import CATALOG
from tests.contract.requests import ROLES
from tests.world import CLUSTER_ID, World
from tests.world import run as run_world


def config(kind: str = "m5.xlarge", **more: Any) -> dict[str, Any]:
    return {"InstanceType": kind, **more}


def fleet(role: str, on_demand: int = 0, spot: int = 0, *configs: dict[str, Any], **more: Any) -> dict[str, Any]:
    targets = {"TargetOnDemandCapacity": on_demand, "TargetSpotCapacity": spot}
    return {"InstanceFleetType": role, **targets, "InstanceTypeConfigs": list(configs) or [config()], **more}


MASTER, CORE, TASK = fleet("MASTER", 1), fleet("CORE", 1), fleet("TASK", 0, 1)
SPOT = {"TimeoutDurationMinutes": 10, "TimeoutAction": "TERMINATE_CLUSTER"}


def run(*fleets: dict[str, Any], catalog: Catalog = CATALOG, **instances: Any) -> Records:
    request = {
        "Name": "n",
        "ReleaseLabel": "emr-7.13.0",
        **ROLES,
        "Instances": {"InstanceFleets": list(fleets), "KeepJobFlowAliveWhenNoSteps": True, **instances},
    }
    return accept(
        request, now=1000.0, cluster_id=CLUSTER_ID, region="us-east-1", account="123456789012", catalog=catalog
    )


def refused(*fleets: dict[str, Any]) -> str:
    with pytest.raises(ValidationException) as caught:
        run(*fleets)
    return caught.value.message


def test_fleets_become_groups() -> None:
    core = fleet("CORE", 5, 3, config("c5.xlarge", WeightedCapacity=2), config(), Name="workers", Context="c")
    records = run(MASTER, core, TASK)
    assert records.cluster.spec.fleets
    assert all(group.id.startswith("if-") for group in records.groups)
    shown = [(each.spec.role, each.spec.instance_type, each.spec.count, each.spec.market) for each in records.groups]
    assert shown == [
        ("MASTER", "m5.xlarge", 1, "ON_DEMAND"),
        ("CORE", "c5.xlarge", 5, "ON_DEMAND"),
        ("TASK", "m5.xlarge", 1, "SPOT"),
    ]
    spec = records.groups[1].spec
    assert spec.name == "workers"
    assert spec.fleet == FleetSpec(5, 3, 2, tuple(core["InstanceTypeConfigs"]), context="c")


def chosen(*configs: dict[str, Any], **more: Any) -> str:
    return run(MASTER, fleet("CORE", 1, 0, *configs, **more)).groups[1].spec.instance_type


def test_the_type_that_is_used() -> None:
    configs = [config("x9.new"), config("m5.2xlarge"), config("c5.xlarge", Priority=1.0), config(Priority=0.0)]
    assert chosen(*configs) == "m5.2xlarge"
    on_demand = {"OnDemandSpecification": {"AllocationStrategy": "prioritized"}}
    assert chosen(*configs, LaunchSpecifications=on_demand) == "m5.xlarge"
    spot = {"SpotSpecification": {**SPOT, "AllocationStrategy": "capacity-optimized-prioritized"}}
    of_spot = fleet("CORE", 0, 1, *configs, LaunchSpecifications=spot)
    assert run(MASTER, of_spot).groups[1].spec.instance_type == "m5.xlarge"
    assert chosen(*configs, LaunchSpecifications={"SpotSpecification": SPOT}) == "m5.2xlarge"


def test_several_subnets() -> None:
    shown = run(MASTER, Ec2SubnetIds=["subnet-1", "subnet-2"]).cluster.spec.echo["Ec2InstanceAttributes"]
    assert (shown["Ec2SubnetId"], shown["RequestedEc2SubnetIds"]) == ("subnet-1", ["subnet-1", "subnet-2"])


R = " Revise the configuration and resubmit."
NO_TARGET = "should have a value of one or greater for either targetOnDemandCapacity or targetSpotCapacity."
SINGLE = "A master instance fleet can only have a target capacity of 1." + R


@pytest.mark.parametrize(
    ("fleets", "message"),
    [
        (
            [CORE],
            "No master instance fleets were supplied; you must specify exactly one master instance fleet." + R,
        ),
        (
            [MASTER, MASTER],
            "Multiple master instance fleets were supplied; you must specify exactly one master instance fleet." + R,
        ),
        (
            [MASTER, CORE, CORE],
            "Multiple core instance fleets were supplied; you must specify at most one core instance fleet." + R,
        ),
        (
            [MASTER, CORE, TASK, TASK],
            "Multiple task instance fleets were supplied; you must specify at most one task instance fleet." + R,
        ),
        ([fleet("MASTER", 2)], SINGLE),
        ([fleet("MASTER", 1, 1)], SINGLE),
        (
            [fleet("MASTER", 1, 0, config(WeightedCapacity=2))],
            "All instance types in the master instance fleet must have weighted capacity as 1." + R,
        ),
        ([MASTER, TASK], "Clusters with task instance fleets must also define core instance fleets."),
        ([MASTER, fleet("CORE")], f"The instance fleet (null) {NO_TARGET}"),
        ([MASTER, fleet("CORE", Name="c")], f"The instance fleet (c) {NO_TARGET}"),
        ([MASTER, fleet("CORE", 1, 0, config(WeightedCapacity=0))], "Weighted capacity cannot be zero." + R),
        (
            [MASTER, fleet("CORE", 1, 0, config(), config("c5.xlarge"), config(), Name="c")],
            "The instance fleet: c contains duplicate instance types [m5.xlarge]." + R,
        ),
        (
            [MASTER, fleet("CORE", 0, 1, config(BidPrice="1", BidPriceAsPercentageOfOnDemandPrice=50.0))],
            "Specify at most one of bidPrice or bidPriceAsPercentageOfOnDemandPrice value for the Spot Instance fleet "
            ": null request.",
        ),
        ([MASTER, fleet("CORE", 0, 1, config(BidPrice="-1"))], "The bid price is negative or zero."),
        (
            [MASTER, fleet("CORE", 1, 0, config("x1.tiny"))],
            "Instance type 'x1.tiny' is not supported. EMR has no type with a similar name.",
        ),
        (
            [MASTER, {**CORE, "InstanceTypeConfigs": []}],
            "The instance fleet: null must have 1 to 5 instance types." + R,
        ),
        (
            [MASTER, fleet("CORE", 1, 0, *(config(f"m{n}.xlarge") for n in range(6)))],
            "The instance fleet: null must have 1 to 5 instance types." + R,
        ),
        (
            [
                MASTER,
                fleet("CORE", 1, LaunchSpecifications={"SpotSpecification": {**SPOT, "TimeoutDurationMinutes": 4}}),
            ],
            "TimeoutDurationMinutes must be from 5 to 1440 minutes; it is 4.",
        ),
        (
            [MASTER, fleet("CORE", 240)],
            "A cluster may have 240 instances on LocalEMR; 241 were requested.",
        ),
    ],
)
def test_refused_fleets(fleets: list[dict[str, Any]], message: str) -> None:
    assert refused(*fleets) == message


def test_configurations_of_every_type_are_checked() -> None:
    unknown = [{"Classification": "nobody-site", "Properties": {}}]
    assert "nobody-site" in refused(MASTER, fleet("CORE", 1, 0, config(), config("c5.xlarge", Configurations=unknown)))


def spec(on_demand: int, spot: int, role: str = "CORE") -> GroupSpec:
    return GroupSpec(role, "m5.xlarge", on_demand + spot, fleet=FleetSpec(on_demand, spot))


def test_new_targets() -> None:
    resize = {"SpotResizeSpecification": {"TimeoutDurationMinutes": 20}}
    new = accept_new_targets({"TargetSpotCapacity": 3, "ResizeSpecifications": resize}, spec(2, 0), 1, 7.0)
    assert new.fleet == FleetSpec(2, 3, resize=resize)
    assert (new.count, new.at_launch, new.changed) == (5, 2, 7.0)
    gone = accept_new_targets({"TargetSpotCapacity": 0}, spec(0, 2, "TASK"), 0, 7.0)
    assert gone.count == 0


@pytest.mark.parametrize(
    ("change", "old", "message"),
    [
        ({"TargetSpotCapacity": 1}, spec(1, 0, "MASTER"), "A master instance fleet may not be modified"),
        (
            {"InstanceTypeConfigs": [config()]},
            spec(1, 0),
            "Changing the instance types of an instance fleet is not offered by LocalEMR. "
            "Leave out InstanceTypeConfigs.",
        ),
        (
            {"TargetOnDemandCapacity": 0, "TargetSpotCapacity": 2},
            spec(2, 0),
            "The core instance fleet cannot be resized so that 0 of its instances stay: its HDFS needs at least 1 "
            "instances (dfs.replication).",
        ),
        (
            {"ResizeSpecifications": {"OnDemandResizeSpecification": {"TimeoutDurationMinutes": 10081}}},
            spec(1, 0),
            "TimeoutDurationMinutes must be from 5 to 10080 minutes; it is 10081.",
        ),
    ],
)
def test_refused_targets(change: dict[str, Any], old: GroupSpec, message: str) -> None:
    with pytest.raises(ValidationException) as caught:
        accept_new_targets(change, old, 1, 7.0)
    assert caught.value.message == message


# ---- life over the memory runtime


def alive(records: Records) -> Counter[tuple[str, str]]:
    return Counter((each.spec.role, each.spec.market) for each in records.instances if each.status.state not in ENDED)


def retarget(world: World, role: str, **change: int) -> None:
    group = next(each for each in world.records().groups if each.spec.role == role)
    world.store.set_group_specs(CLUSTER_ID, {group.id: accept_new_targets(change, group.spec, 0, world.clock.time)})


def test_a_cluster_of_fleets_comes_up_and_is_resized() -> None:
    async def test(world: World) -> None:
        core = fleet("CORE", 3, 2, config(WeightedCapacity=2))
        world.store.add_cluster(run(MASTER, core, fleet("TASK", 0, 2), catalog=small.CATALOG))
        records = await world.settle()
        assert str(records.cluster.status.state) == "WAITING"
        both = {("MASTER", "ON_DEMAND"): 1, ("CORE", "ON_DEMAND"): 2, ("CORE", "SPOT"): 1}
        assert alive(records) == {**both, ("TASK", "SPOT"): 2}
        retarget(world, "CORE", TargetSpotCapacity=5)
        retarget(world, "TASK", TargetOnDemandCapacity=1, TargetSpotCapacity=0)
        records = await world.settle()
        assert alive(records) == {**both, ("CORE", "SPOT"): 3, ("TASK", "ON_DEMAND"): 1}
        assert {each.status.state for each in records.groups} == {GroupState.RUNNING}
        retarget(world, "CORE", TargetSpotCapacity=0)
        retarget(world, "TASK", TargetOnDemandCapacity=0)
        assert alive(await world.settle()) == {("MASTER", "ON_DEMAND"): 1, ("CORE", "ON_DEMAND"): 2}

    run_world(test)


def test_a_lost_instance_is_replaced_in_its_market() -> None:
    async def test(world: World) -> None:
        world.store.add_cluster(run(MASTER, fleet("CORE", 1, 1), catalog=small.CATALOG))
        records = await world.settle()
        before = alive(records)
        lost = next(each for each in records.instances if each.spec.role == "CORE")
        assert lost.spec.market == "ON_DEMAND"
        ended = replace(lost, status=replace(lost.status, state=type(lost.status.state).TERMINATED))
        after = replace(records, instances=tuple(ended if each is lost else each for each in records.instances))
        world.store.save(records, after, ())
        assert alive(await world.settle()) == before

    run_world(test)
