"""Allocation strategies, and limits of EC2's capacity."""

from __future__ import annotations

from dataclasses import replace

import pytest

from localemr.domain.accept.cluster import accept
from localemr.domain.model.allocation import Offer, best, strategy_of
from localemr.domain.model.fleets import lacking, requested_count, surplus, units
from localemr.domain.model.groups import FleetSpec, Supply
from localemr.domain.model.limits import Limit, left, price_of, without
from localemr.domain.model.places import Place, places
from localemr.domain.model.records import InstanceSpec
from localemr.releases.prices import prices
from tests import catalog
from tests.contract.requests import ROLES
from tests.unit.test_supply import CLUSTER_ID, cluster, config, fleet, instance

CHEAP = Offer("c5.xlarge", 1, 0.06, priority=2.0, number=0, left=1, there=2)
LARGE = Offer("m5.2xlarge", 2, 0.07, priority=1.0, number=1, left=4, there=0)
DEAR = Offer("r5.xlarge", 1, 0.09, priority=0.0, number=2, left=9, there=2)


@pytest.mark.parametrize(
    ("strategy", "order"),
    [
        ("lowest-price", [CHEAP, LARGE, DEAR]),
        ("prioritized", [DEAR, LARGE, CHEAP]),
        ("capacity-optimized", [DEAR, LARGE, CHEAP]),
        ("price-capacity-optimized", [LARGE, DEAR, CHEAP]),
        ("diversified", [LARGE, CHEAP, DEAR]),
    ],
)
def test_the_order_of_types(strategy: str, order: list[Offer]) -> None:
    offers = [CHEAP, LARGE, DEAR]
    for expected in order:
        chosen = best(strategy, offers, 4)
        assert chosen == expected
        offers.remove(chosen)
    assert best(strategy, [], 4) is None


def test_what_is_not_left_is_not_offered() -> None:
    assert best("lowest-price", [replace(CHEAP, left=0), DEAR], 1) == DEAR
    assert best("lowest-price", [replace(CHEAP, left=0)], 1) is None


def test_equally_deep_pools_come_by_priority() -> None:
    deep = [replace(each, left=float("inf")) for each in (CHEAP, LARGE, DEAR)]
    assert best("capacity-optimized-prioritized", deep, 1) == deep[2]
    assert best("capacity-optimized", deep, 1) == deep[0]


@pytest.mark.parametrize(
    ("label", "market", "resize", "expected"),
    [
        ("emr-7.13.0", "ON_DEMAND", False, "prioritized"),
        ("emr-7.13.0", "ON_DEMAND", True, "lowest-price"),
        ("emr-7.13.0", "SPOT", False, "diversified"),
        ("emr-7.13.0", "SPOT", True, "price-capacity-optimized"),
        ("emr-6.9.0", "SPOT", True, "price-capacity-optimized"),
        ("emr-6.8.1", "SPOT", True, "capacity-optimized"),
    ],
)
def test_strategies_of_a_fleet(label: str, market: str, resize: bool, expected: str) -> None:
    launch = {
        "OnDemandSpecification": {"AllocationStrategy": "prioritized"},
        "SpotSpecification": {"AllocationStrategy": "diversified"},
    }
    assert strategy_of(FleetSpec(1, 1, launch=launch), market, label, resize) == expected


HERE = Place("us-east-1a", "subnet-1")


def spot(type_: str = "r5.xlarge") -> InstanceSpec:
    return InstanceSpec("if-1", "CORE", type_, 1, "", market="SPOT")


def test_limits() -> None:
    limits = [Limit("r5.*", "SPOT", count=3), Limit("r5.xlarge", count=2), Limit(zone="us-east-1b", count=0)]
    assert left(limits, [], "r5.xlarge", "SPOT", HERE) == 2
    assert left(limits, [spot("r5.large"), spot("r5.large")], "r5.xlarge", "SPOT", HERE) == 1
    assert left(limits, [], "r5.xlarge", "ON_DEMAND", HERE) == 2
    assert left(limits, [], "m5.xlarge", "SPOT", HERE) == float("inf")
    assert left(limits, [], "m5.xlarge", "SPOT", Place("us-east-1b")) == 0
    assert left([Limit(subnet="subnet-1", count=0)], [], "m5.xlarge", "SPOT", HERE) == 0


def test_what_other_clusters_have_is_not_left() -> None:
    limits = without([Limit("r5.*", count=2), Limit(price=0.1)], [(spot(), HERE), (spot(), HERE), (spot(), HERE)])
    assert limits == (Limit("r5.*", count=0), Limit(price=0.1))


def test_prices() -> None:
    limits = [Limit("r5.*", "SPOT", price=0.2), Limit("*", "SPOT", price=0.1)]
    assert price_of(limits, "r5.xlarge", "SPOT", HERE) == 0.2
    assert price_of(limits, "m5.xlarge", "SPOT", HERE) == 0.1
    assert price_of(limits, "m5.xlarge", "ON_DEMAND", HERE) is None


def test_places_that_a_request_permits() -> None:
    def of(**instances: object) -> list[Place]:
        records = cluster(fleet("MASTER", 1), **instances)
        return places(records.cluster)

    assert of() == [Place("us-east-1a")]
    assert of(Ec2SubnetIds=["subnet-1"]) == [Place("us-east-1a", "subnet-1")]
    assert of(Ec2SubnetIds=["subnet-1", "subnet-2"]) == [
        Place("us-east-1a", "subnet-1"), Place("us-east-1b", "subnet-2"),
    ]  # fmt: skip
    both = {"AvailabilityZones": ["us-east-1c", "us-east-1d"]}
    assert of(Placement=both) == [Place("us-east-1c"), Place("us-east-1d")]


def test_targets_are_met_by_weights() -> None:
    types = [config("m5.xlarge", WeightedCapacity=1), config("r5.xlarge", WeightedCapacity=4)]
    group = cluster(fleet("MASTER", 1), fleet("CORE", 2, 6, *types)).groups[1]
    there = [instance(group, 1, "r5.xlarge", "SPOT"), instance(group, 2, "m5.xlarge", "ON_DEMAND")]
    assert units(group, there) == {"ON_DEMAND": 1, "SPOT": 4}
    assert lacking(group, there) == {"ON_DEMAND": 1, "SPOT": 2}
    assert requested_count(group, there) == 4
    more = [*there, instance(group, 3, "r5.xlarge", "SPOT"), instance(group, 4, "m5.xlarge", "SPOT")]
    assert lacking(group, more) == {"ON_DEMAND": 1}
    # 9 spot units: without the one unit the target is met, without any four it is not.
    assert surplus(group, more) == [more[3]]
    reached = replace(group, status=replace(group.status, supply=Supply(reached={"SPOT": 9})))
    assert surplus(reached, more) == []
    resized = replace(reached, spec=replace(group.spec, changed=7.0))
    assert surplus(resized, more) == [more[3]]


def test_the_preferred_type_is_the_cheapest_a_unit() -> None:
    types = [config("m5.xlarge"), config("r5.4xlarge", WeightedCapacity=8), config("c5.xlarge")]
    core = fleet("CORE", 16, 0, *types)
    request = {
        "Name": "n",
        "ReleaseLabel": "emr-7.13.0",
        **ROLES,
        "Instances": {"InstanceFleets": [fleet("MASTER", 1), core]},
    }
    found = accept(
        request,
        now=1.0,
        cluster_id=CLUSTER_ID,
        region="us-east-1",
        account="0" * 12,
        catalog=replace(catalog.CATALOG, instance_types=prices().types),
    )
    spec = found.groups[1].spec
    assert (spec.instance_type, spec.count) == ("r5.4xlarge", 2)
