"""What clusters would cost on EMR (docs/cost.md), from the same operations as `localemr cost`."""

from __future__ import annotations

from localemr.console.calls import View
from localemr.console.visits import Visit
from localemr.domain.cost.bill import HOUR, Bill, Cost, bill, total
from localemr.domain.cost.responses import Responses, usage
from localemr.problem import Problem


def bill_of(visit: Visit, cluster: View, groups: list[View], instances: list[View]) -> Bill | None:
    """A cluster's bill until now, from the lists of all its groups or fleets and instances; without shares of steps.
    None: the user's file of prices cannot be read."""
    try:
        prices = visit.site.prices()
    except Problem:
        return None
    return bill(usage(Responses(cluster, groups, instances, [], {}), prices.types), prices, visit.site.now())


async def total_of(visit: Visit, cluster: View) -> float | None:
    """What a cluster would have cost until now in USD. None: it is not known."""
    groups = await groups_of(visit, cluster)
    instances = await visit.api.all("ListInstances", "Instances", ClusterId=cluster["Id"])
    found = bill_of(visit, cluster, groups, instances)
    return found.cost.total if found else None


async def groups_of(visit: Visit, cluster: View) -> list[View]:
    """The cluster's groups or fleets."""
    fleets = cluster["InstanceCollectionType"] == "INSTANCE_FLEET"
    kind = "InstanceFleets" if fleets else "InstanceGroups"
    return await visit.api.all(f"List{kind}", kind, ClusterId=cluster["Id"])


def rows(found: Bill) -> list[tuple[str, float, Cost]]:
    """Role and id of each group with its hours and cost, then the sum."""
    shown = [
        (f"{members[0].used.role} {group}", sum(each.seconds for each in members) / HOUR, total(members))
        for group, members in found.groups.items()
    ]
    return [*shown, ("all", found.seconds / HOUR, found.cost)]


def note(visit: Visit) -> str:
    """What the figures are, or why there are none."""
    try:
        prices = visit.site.prices()
    except Problem as error:
        return str(error)
    return (
        f"An estimate in USD by prices of {prices.region}, {prices.date}; localemr cost shows instances and steps too."
    )
