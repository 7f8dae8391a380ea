"""Fleets and groups of which EC2 has too few instances, over the memory runtime: other types, markets and zones,
timeouts, and events."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

from localemr.domain.accept.cluster import accept
from localemr.domain.accept.fleets import accept_new_targets
from localemr.domain.model.fleets import provisioned
from localemr.domain.model.groups import InstanceGroup
from localemr.domain.model.instance_types import InstanceType
from localemr.domain.model.limits import Limit
from localemr.domain.model.places import attributes
from localemr.domain.model.records import Instance, InstanceSpec, InstanceStatus, Records
from localemr.domain.model.states import ENDED, InstanceState
from localemr.reconcile.act import Tools
from localemr.reconcile.loop import Reconciler
from tests import world as small
from tests.contract.requests import ROLES
from tests.world import CLUSTER_ID, World, run

__all__ = ["CLUSTER_ID"]
TYPES = {
    each.name: each
    for each in (
        InstanceType("m5.xlarge", 4, 16384, 12288, 4, 8, ec2_usd_hour=0.192),
        InstanceType("c5.xlarge", 4, 8192, 6144, 4, 8, ec2_usd_hour=0.17),
        InstanceType("r5.xlarge", 4, 32768, 24576, 4, 8, ec2_usd_hour=0.252),
    )
}
CATALOG = replace(small.CATALOG, instance_types=TYPES, spot_share=0.5)


def config(kind: str = "m5.xlarge", **more: Any) -> dict[str, Any]:
    return {"InstanceType": kind, **more}


def fleet(role: str, on_demand: int = 0, spot: int = 0, *configs: dict[str, Any], **more: Any) -> dict[str, Any]:
    targets = {"TargetOnDemandCapacity": on_demand, "TargetSpotCapacity": spot}
    return {"InstanceFleetType": role, **targets, "InstanceTypeConfigs": list(configs) or [config()], **more}


def group(role: str, count: int = 1, **more: Any) -> dict[str, Any]:
    return {"InstanceRole": role, "InstanceType": "m5.xlarge", "InstanceCount": count, **more}


def cluster(*wanted: dict[str, Any], **instances: Any) -> Records:
    kind = "InstanceFleets" if "InstanceFleetType" in wanted[0] else "InstanceGroups"
    instances = {kind: list(wanted), "KeepJobFlowAliveWhenNoSteps": True, **instances}
    request = {"Name": "n", "ReleaseLabel": "emr-7.13.0", **ROLES, "Instances": instances}
    return accept(request, now=1000.0, cluster_id=CLUSTER_ID, region="us-east-1", account="0" * 12, catalog=CATALOG)


def instance(of: InstanceGroup, number: int, type_: str, market: str) -> Instance:
    spec = InstanceSpec(of.id, of.spec.role, type_, number, f"i-{number}", market=market)
    return Instance(f"ci-{number}", CLUSTER_ID, 1000.0, spec, InstanceStatus(InstanceState.RUNNING))


class Scarce(World):
    """A world in which EC2 has limits."""

    def __init__(self) -> None:
        self.limits: list[Limit] = []
        super().__init__(kind=Reconciler)

    def make_reconciler(self) -> Reconciler:
        return Reconciler(self.store, Tools(self.runtime, CATALOG, limits=lambda: self.limits), self.clock)

    def alive(self, role: str = "CORE") -> dict[tuple[str, str], int]:
        """The running instances of a role, by type and market."""
        members = [each for each in self.records().instances if each.spec.role == role]
        there = [each.spec for each in members if each.status.state not in ENDED]
        return dict(Counter((each.instance_type, each.market) for each in there))

    def group(self, role: str = "CORE") -> InstanceGroup:
        return next(each for each in self.records().groups if each.spec.role == role)

    def provisioned(self) -> tuple[int, int]:
        records = self.records()
        on_demand, spot = (provisioned(self.group(), each, records.instances) for each in ("ON_DEMAND", "SPOT"))
        return on_demand, spot

    def state(self) -> str:
        return str(self.records().cluster.status.state)

    def retarget(self, **change: Any) -> None:
        there = self.group()
        self.store.set_group_specs(CLUSTER_ID, {there.id: accept_new_targets(change, there.spec, 0, self.clock.time)})

    def supplied(self) -> list[tuple[str, str]]:
        """The events on EC2's capacity: their states and markets."""
        return [(each.state, each.reason.code) for each in self.store.events(CLUSTER_ID) if each.kind == "supply"]


MASTER = fleet("MASTER", 1)
BOTH = [config("c5.xlarge", WeightedCapacity=2), config("m5.xlarge", WeightedCapacity=2)]


def launch(action: str = "SWITCH_TO_ON_DEMAND", minutes: int = 10, **more: str) -> dict[str, Any]:
    return {"SpotSpecification": {"TimeoutDurationMinutes": minutes, "TimeoutAction": action, **more}}


def test_the_next_type_is_taken_when_the_first_has_no_capacity() -> None:
    async def test(world: Scarce) -> None:
        world.limits = [Limit("c5.xlarge", "SPOT", count=0)]
        world.store.add_cluster(cluster(MASTER, fleet("CORE", 2, 4, *BOTH)))
        await world.settle()
        assert world.state() == "WAITING"
        assert world.alive() == {("c5.xlarge", "ON_DEMAND"): 1, ("m5.xlarge", "SPOT"): 2}
        assert world.provisioned() == (2, 4)
        assert world.supplied() == []

    run(test, Scarce())


def test_weights_meet_the_target_with_less_than_an_instance_too_much() -> None:
    async def test(world: Scarce) -> None:
        types = [config("c5.xlarge"), config("r5.xlarge", WeightedCapacity=4)]
        world.limits = [Limit("c5.xlarge", count=1)]
        core = fleet("CORE", 0, 4, *types, LaunchSpecifications=launch(AllocationStrategy="diversified"))
        world.store.add_cluster(cluster(MASTER, core))
        await world.settle()
        assert world.alive() == {("c5.xlarge", "SPOT"): 1, ("r5.xlarge", "SPOT"): 1}
        assert (world.provisioned(), str(world.group().status.state)) == ((0, 5), "RUNNING")
        # A resize ends with as few instances as meet the target.
        world.retarget(TargetSpotCapacity=3)
        await world.settle()
        assert world.alive() == {("r5.xlarge", "SPOT"): 1}

    run(test, Scarce())


def test_spot_becomes_on_demand_after_the_timeout_of_the_launch() -> None:
    async def test(world: Scarce) -> None:
        world.limits = [Limit(market="SPOT", count=1)]
        world.store.add_cluster(cluster(MASTER, fleet("CORE", 2, 6, *BOTH, LaunchSpecifications=launch())))
        await world.settle()
        assert (world.state(), str(world.group().status.state)) == ("STARTING", "PROVISIONING")
        assert world.supplied() == [("INSUFFICIENT", "SPOT")]
        world.clock.time += 590
        await world.settle()
        assert world.state() == "STARTING"
        world.clock.time += 20
        await world.settle()
        assert world.state() == "WAITING"
        assert world.provisioned() == (6, 2)
        fleet_ = world.group().spec.fleet
        assert fleet_ and (fleet_.on_demand, fleet_.spot) == (2, 6)
        assert world.supplied()[-1] == ("SWITCHED", "SPOT")
        # A lost instance on demand is replaced on demand, a controller that begins anew knows it too.
        await world.restart()
        await world.runtime.remove(world.container("CORE", 1))
        await world.settle()
        assert world.provisioned() == (6, 2)
        # The next resize ends none of it but what exceeds the targets.
        world.retarget(TargetSpotCapacity=0)
        await world.settle()
        assert world.provisioned() == (2, 0)

    run(test, Scarce())


def test_the_cluster_ends_after_the_timeout_of_the_launch() -> None:
    async def test(world: Scarce) -> None:
        world.limits = [Limit(market="SPOT", count=0)]
        core = fleet("CORE", 0, 2, *BOTH, LaunchSpecifications=launch("TERMINATE_CLUSTER", 5))
        world.store.add_cluster(cluster(MASTER, core))
        await world.settle()
        assert world.state() == "STARTING"
        world.clock.time += 301
        status = (await world.settle()).cluster.status
        assert (str(status.state), status.reason.code) == ("TERMINATED_WITH_ERRORS", "INSTANCE_FLEET_TIMEOUT")
        assert "within 5 minutes" in status.reason.message
        assert "[c5.xlarge, m5.xlarge] in Availability Zone us-east-1a" in status.reason.message

    run(test, Scarce())


def test_a_cluster_that_waits_for_capacity_starts_when_there_is_some() -> None:
    async def test(world: Scarce) -> None:
        world.limits = [Limit("m5.*", "ON_DEMAND", count=1)]
        world.store.add_cluster(cluster(group("MASTER"), group("CORE", 2)))
        await world.settle()
        assert (world.state(), world.alive()) == ("STARTING", {})
        world.clock.time += 301
        await world.settle()
        assert world.supplied() == [("INSUFFICIENT", "ON_DEMAND")] * 2
        world.limits = []
        await world.settle()
        assert (world.state(), world.alive()) == ("WAITING", {("m5.xlarge", "ON_DEMAND"): 2})

    run(test, Scarce())


def test_a_cluster_starts_without_spot_capacity_for_its_task_group() -> None:
    async def test(world: Scarce) -> None:
        world.limits = [Limit(market="SPOT", count=0)]
        world.store.add_cluster(cluster(group("MASTER"), group("CORE"), group("TASK", 2, Market="SPOT")))
        await world.settle()
        assert (world.state(), world.alive("TASK")) == ("WAITING", {})
        assert str(world.group("TASK").status.state) == "PROVISIONING"
        world.limits = [Limit(market="SPOT", count=1)]
        await world.settle()
        assert world.alive("TASK") == {("m5.xlarge", "SPOT"): 1}
        world.limits = []
        await world.settle()
        assert world.alive("TASK") == {("m5.xlarge", "SPOT"): 2}
        assert str(world.group("TASK").status.state) == "RUNNING"

    run(test, Scarce())


def test_a_resize_ends_unmet_after_its_timeout() -> None:
    async def test(world: Scarce) -> None:
        resize = {"SpotResizeSpecification": {"TimeoutDurationMinutes": 20}}
        world.store.add_cluster(cluster(MASTER, fleet("CORE", 2, 2, *BOTH, ResizeSpecifications=resize)))
        await world.settle()
        world.limits = [Limit(market="SPOT", count=2)]
        world.retarget(TargetSpotCapacity=8)
        await world.settle()
        assert (world.provisioned(), str(world.group().status.state)) == ((2, 4), "RESIZING")
        world.clock.time += 1201
        await world.settle()
        assert (world.provisioned(), str(world.group().status.state)) == ((2, 4), "RUNNING")
        assert world.supplied()[-1] == ("TIMED_OUT", "SPOT")
        world.limits = []
        await world.settle()
        assert world.provisioned() == (2, 4), "it has given up"
        world.retarget(TargetSpotCapacity=8)
        await world.settle()
        assert world.provisioned() == (2, 8)

    run(test, Scarce())


def test_a_lost_instance_is_replaced_by_another_type() -> None:
    async def test(world: Scarce) -> None:
        world.store.add_cluster(cluster(MASTER, fleet("CORE", 2, 2, *BOTH)))
        await world.settle()
        assert world.alive() == {("c5.xlarge", "ON_DEMAND"): 1, ("c5.xlarge", "SPOT"): 1}
        world.limits = [Limit("c5.xlarge", "SPOT", count=0)]
        await world.runtime.remove(world.container("CORE", 1))
        await world.settle()
        assert world.alive() == {("c5.xlarge", "ON_DEMAND"): 1, ("m5.xlarge", "SPOT"): 1}

    run(test, Scarce())


def test_a_place_with_capacity_is_chosen() -> None:
    async def test(world: Scarce) -> None:
        world.limits = [Limit("m5.xlarge", zone="us-east-1a", count=1), Limit(subnet="subnet-2", count=0)]
        subnets = [f"subnet-{number}" for number in (1, 2, 3)]
        world.store.add_cluster(cluster(MASTER, fleet("CORE", 1), Ec2SubnetIds=subnets))
        await world.settle()
        assert world.state() == "WAITING"
        shown = attributes(world.records().cluster)
        assert (shown["Ec2SubnetId"], shown["Ec2AvailabilityZone"]) == ("subnet-3", "us-east-1c")
        assert shown["RequestedEc2SubnetIds"] == subnets

    run(test, Scarce())


def test_a_bid_below_the_price_gets_nothing() -> None:
    async def test(world: Scarce) -> None:
        world.limits = [Limit(market="SPOT", price=0.1)]
        types = [config("c5.xlarge", BidPrice="0.09"), config("m5.xlarge", BidPriceAsPercentageOfOnDemandPrice=50.0)]
        world.store.add_cluster(cluster(MASTER, fleet("CORE", 0, 1, *types, config("r5.xlarge"))))
        await world.settle()
        assert world.alive() == {("r5.xlarge", "SPOT"): 1}

    run(test, Scarce())


def test_two_clusters_share_what_there_is() -> None:
    async def test(world: Scarce) -> None:
        world.limits = [Limit("m5.xlarge", count=3)]
        world.store.add_cluster(small.make_records(core=1, cluster_id="j-OTHER00000000"))
        await world.settle("j-OTHER00000000")
        world.store.add_cluster(cluster(group("MASTER"), group("CORE")))
        await world.settle()
        assert world.state() == "STARTING"
        assert (world.alive("MASTER"), world.alive()) == ({("m5.xlarge", "ON_DEMAND"): 1}, {})

    run(test, Scarce())


def test_configurations_are_those_of_the_type() -> None:
    async def test(world: Scarce) -> None:
        def own(value: str) -> list[dict[str, Any]]:
            return [{"Classification": "yarn-site", "Properties": {"my.own": value}}]

        types = [config("c5.xlarge", Configurations=own("c5")), config("m5.xlarge", Configurations=own("m5"))]
        world.limits = [Limit("c5.xlarge", count=1)]
        world.store.add_cluster(cluster(MASTER, fleet("CORE", 2, 0, *types)))
        await world.settle()
        for each in world.records().instances:
            if each.spec.role == "CORE":
                site = world.runtime.nodes[each.id].files["/etc/hadoop/conf/yarn-site.xml"].text
                assert each.spec.instance_type[:2] in site[site.index("my.own") :][:80]

    run(test, Scarce())
