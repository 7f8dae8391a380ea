"""What EMR's API tells of a cluster → its bill.

Like every client: DescribeCluster, lists of groups or fleets, instances and steps, and the managed scaling policy. All
of them answer for ended clusters too.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

from localemr.domain.cost.bill import Bill, bill
from localemr.domain.cost.prices import Prices
from localemr.domain.cost.responses import Item, Responses, usage
from localemr.installation.background import fetch_health
from localemr.settings import Settings


def now(settings: Settings) -> float:
    """The controller's time in epoch seconds: the memory runtime's clock may be moved."""
    health = fetch_health(settings.endpoint)
    return float(health[1].get("now", time.time())) if health else time.time()


def bill_of(emr: Any, cluster_id: str, prices: Prices, at: float) -> Bill:
    """The bill of a cluster until then."""
    cluster = emr.describe_cluster(ClusterId=cluster_id)["Cluster"]
    of_fleets = cluster.get("InstanceCollectionType") == "INSTANCE_FLEET"
    kind = ("list_instance_fleets", "InstanceFleets") if of_fleets else ("list_instance_groups", "InstanceGroups")
    found = Responses(
        cluster,
        list(_all(emr, *kind, cluster_id)),
        list(_all(emr, "list_instances", "Instances", cluster_id)),
        list(_all(emr, "list_steps", "Steps", cluster_id)),
        emr.get_managed_scaling_policy(ClusterId=cluster_id),
    )
    return bill(usage(found, prices.types), prices, at)


def _all(emr: Any, operation: str, member: str, cluster_id: str) -> Iterator[Item]:
    for page in emr.get_paginator(operation).paginate(ClusterId=cluster_id):
        yield from page[member]
