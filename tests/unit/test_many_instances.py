"""Clusters with more instances than a /24 has names for, as on Kubernetes."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import IPv4Address, IPv4Network

import pytest

from localemr.catalog import make_catalog
from localemr.domain.accept.groups import check_total
from localemr.domain.decide.decide import decide
from localemr.domain.model.catalog import Catalog
from localemr.domain.model.errors import ValidationException
from localemr.domain.model.groups import GroupSpec
from localemr.domain.model.names import cluster_range, spelled_address
from localemr.domain.model.observed import Observed
from localemr.domain.model.records import Records
from localemr.settings import Settings
from tests.world import CATALOG, CLUSTER_ID, make_records

MANY = 1000
LARGE = replace(CATALOG, site=replace(CATALOG.site, most_instances=MANY))


def hosts(core: int, large: bool = True) -> list[str]:
    """The host names of a new cluster's instances."""
    found = grown(core, LARGE if large else CATALOG)
    return [each.spec.host for each in found[-1].instances]


def grown(core: int, catalog: Catalog) -> list[Records]:
    """A new cluster before and after each pass, until it has all its instances."""
    found = [make_records(core=core)]
    while len(found[-1].instances) <= core:
        found.append(decide(found[-1], Observed(gateway=""), 1000.0, catalog).records)
    return found


def test_each_of_many_instances_has_a_name_of_its_own() -> None:
    found = hosts(MANY - 1)
    assert len(set(found)) == len(found) == MANY
    addresses = [IPv4Address(spelled_address(each)) for each in found]
    assert all(each in IPv4Network(LARGE.site.hosts) for each in addresses)
    own = IPv4Network(cluster_range(CLUSTER_ID, LARGE.site.hosts))
    assert sum(each in own for each in addresses) == 245, "then come those of the following ranges"


def test_a_pass_makes_a_share_of_many_instances() -> None:
    counts = [len(each.instances) for each in grown(MANY - 1, LARGE)]
    assert counts == [0, *range(101, MANY, 100), MANY], "a master, and 100 core instances at once"


def test_the_first_names_are_those_of_a_small_cluster() -> None:
    assert hosts(MANY - 1)[:240] == hosts(239, large=False)


def test_the_ranges_after_the_last_one_are_the_first_ones() -> None:
    pool = "10.20.0.0/23"
    assert {cluster_range(CLUSTER_ID, pool, number) for number in range(4)} == {"10.20.0.0/24", "10.20.1.0/24"}


def test_requests_for_more_are_refused() -> None:
    check_total([GroupSpec("CORE", "m5.xlarge", MANY)], LARGE)
    with pytest.raises(ValidationException, match="may have 1000 instances"):
        check_total([GroupSpec("CORE", "m5.xlarge", MANY + 1)], LARGE)


@pytest.mark.parametrize(
    ("pool", "most", "found"),
    [("", 0, 240), ("", MANY, MANY), ("10.20.30.0/24", MANY, 240), ("10.20.0.0/23", MANY, 480)],
)
def test_there_are_no_more_instances_than_names(pool: str, most: int, found: int) -> None:
    settings = Settings.read({"LOCALEMR_SUBNETS": pool} if pool else {})
    assert make_catalog(settings, most_instances=most).site.most_instances == found
