"""The bill of a cluster, as EMR, EC2 and EBS would make it. Pure.

Each instance is paid by the second, 60 at least, from its request to its end: EC2's price, EMR's fee (the same for spot
capacity, and for masters) and its volumes. Source: EMR's pricing page and FAQ.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from localemr.domain.cost.prices import Prices
from localemr.domain.cost.shares import Span, shares
from localemr.domain.cost.usage import SPOT, Ran, Usage, Used, Volume

LEAST_SECONDS = 60
HOUR = 3600
MONTH = 30 * 86400
"""EBS's month in seconds."""


@dataclass(frozen=True)
class Cost:
    """Amounts in USD: for EC2, EMR and EBS, and how much more EC2 would have cost on demand."""

    ec2: float = 0.0
    emr: float = 0.0
    ebs: float = 0.0
    spot_saved: float = 0.0

    @property
    def total(self) -> float:
        """What is paid."""
        return self.ec2 + self.emr + self.ebs

    def __add__(self, other: Cost) -> Cost:
        return Cost(
            self.ec2 + other.ec2, self.emr + other.emr, self.ebs + other.ebs, self.spot_saved + other.spot_saved
        )


@dataclass(frozen=True)
class InstanceCost:
    """An instance with its billed seconds and their cost."""

    used: Used
    seconds: int
    cost: Cost

    @property
    def span(self) -> Span:
        """The billed time and what a second of it costs."""
        return Span(self.used.began, self.used.began + self.seconds, self.cost.total / self.seconds)


@dataclass(frozen=True)
class Bill:
    """The cost of a cluster: of its instances, and the shares of its steps, in the order of `usage.steps`. `outside` is
    what was paid while no step ran.

    `scaling_saved` is what more the maximum of its managed scaling policy would have cost, had it been there all the
    time (None: no policy). `unpriced` are types of instances and volumes without a price.
    """

    usage: Usage
    instances: tuple[InstanceCost, ...]
    steps: tuple[tuple[Ran, float], ...] = ()
    outside: float = 0.0
    scaling_saved: float | None = None
    unpriced: tuple[str, ...] = ()

    @property
    def cost(self) -> Cost:
        """The sum."""
        return total(self.instances)

    @property
    def seconds(self) -> int:
        """The billed seconds of all instances."""
        return sum(each.seconds for each in self.instances)

    @property
    def groups(self) -> Mapping[str, Sequence[InstanceCost]]:
        """The instances by the id of their group or fleet."""
        found: dict[str, list[InstanceCost]] = {}
        for each in self.instances:
            found.setdefault(each.used.group, []).append(each)
        return found


def total(instances: Iterable[InstanceCost]) -> Cost:
    """The cost of these instances."""
    return sum((each.cost for each in instances), Cost())


def bill(usage: Usage, prices: Prices, now: float) -> Bill:
    """The cluster's bill until now."""
    instances = tuple(_instance(each, prices, now) for each in usage.instances)
    runs = [(each.began, now if each.ended is None else each.ended) for each in usage.steps]
    parts = shares([each.span for each in instances], runs)
    return Bill(
        usage,
        instances,
        tuple(zip(usage.steps, parts, strict=True)),
        # The shares are sums of differences: what remains of nothing may be a little less.
        max(total(instances).total - sum(parts), 0.0),
        _scaling_saved(usage, instances, now),
        tuple(sorted(_unpriced(usage, prices))),
    )


def billed_seconds(began: float, ended: float) -> int:
    """Whole seconds that are paid. Times have milliseconds; a hundredth of a second is no second more."""
    return max(LEAST_SECONDS, math.ceil(round(ended - began, 2)))


def _instance(used: Used, prices: Prices, now: float) -> InstanceCost:
    seconds = billed_seconds(used.began, now if used.ended is None else used.ended)
    hours, on_demand = seconds / HOUR, prices.ec2(used.instance_type) or 0.0
    paid = _spot(used, on_demand, prices.spot_share) if used.market == SPOT else on_demand
    volumes = sum(_month(each, prices) for each in used.volumes) * seconds / MONTH
    fee = prices.emr(used.instance_type)
    return InstanceCost(used, seconds, Cost(paid * hours, fee * hours, volumes, (on_demand - paid) * hours))


def _spot(used: Used, on_demand: float, share: float) -> float:
    """The price of spot capacity an hour: never more than the bid, for then the instance were not there."""
    price = on_demand * min(share, used.bid_share)
    return price if used.bid is None else min(price, used.bid)


def _month(volume: Volume, prices: Prices) -> float:
    """A volume's price a month."""
    return prices.volumes.get(volume.kind, 0.0) * volume.gib + prices.iops.get(volume.kind, 0.0) * volume.iops


def _scaling_saved(usage: Usage, instances: Iterable[InstanceCost], now: float) -> float | None:
    """Core and task instances at the policy's maximum from the cluster's request to its end, each unit at the average
    price of those that there were; less what these cost."""
    there = [each for each in instances if each.used.scales]
    units = sum(each.used.units * each.seconds for each in there)
    if usage.most is None or not units:
        return None
    paid = total(there).total
    seconds = billed_seconds(usage.began, now if usage.ended is None else usage.ended)
    return max(paid / units * usage.most * seconds - paid, 0.0)


def _unpriced(usage: Usage, prices: Prices) -> set[str]:
    types = {each.instance_type for each in usage.instances if prices.ec2(each.instance_type) is None}
    volumes = {volume.kind for each in usage.instances for volume in each.volumes}
    return types | (volumes - prices.volumes.keys())
