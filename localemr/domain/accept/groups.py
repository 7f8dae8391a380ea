"""Instance groups in requests of RunJobFlow (any of the forms of its Instances) and AddInstanceGroups. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal, InvalidOperation
from typing import Any

from localemr.domain.accept.primaries import check_masters
from localemr.domain.accept.types import check_type
from localemr.domain.accept.volumes import check_volumes
from localemr.domain.model import ids
from localemr.domain.model.catalog import Catalog
from localemr.domain.model.errors import ValidationException
from localemr.domain.model.groups import GroupSpec, GroupStatus, InstanceGroup
from localemr.domain.model.records import CORE, MASTER, TASK
from localemr.domain.model.release import Release

MAX_TASK_GROUPS = 48

ONE_FORM = (
    "Please configure instances using one and only one of the following: instance groups; instance fleets; "
    "instance count, master and slave instance type."
)
_NEW = GroupStatus()
_COUNT_FORM = ("MasterInstanceType", "SlaveInstanceType", "InstanceCount")


def check_form(instances: Mapping[str, Any]) -> None:
    """Raise ValidationException, with EMR's text, if Instances have none or several of the three forms."""
    by_count = any(name in instances for name in _COUNT_FORM)
    if sum((bool(instances.get("InstanceGroups")), bool(instances.get("InstanceFleets")), by_count)) != 1:
        raise ValidationException(ONE_FORM)


def accept_groups(instances: Mapping[str, Any], label: str, catalog: Catalog) -> tuple[GroupSpec, ...]:
    """The requested instance groups. MasterInstanceType, SlaveInstanceType and InstanceCount n mean MASTER 1, CORE n-1.

    `instances` have one of these two forms (check_form); `label` is the cluster's release label. Raises
    ValidationException with EMR's text for each rule on groups.
    """
    by_count = any(name in instances for name in _COUNT_FORM)
    groups = _from_count(instances) if by_count else tuple(map(_from_config, instances["InstanceGroups"]))
    for group in groups:
        _check_group(group, label, catalog)
    _check_roles([group for group in groups if group.role == MASTER], groups, catalog.releases[label])
    check_total(groups, catalog)
    return groups


def accept_more_groups(
    configs: Iterable[Mapping[str, Any]], existing: Sequence[GroupSpec], label: str, catalog: Catalog
) -> tuple[GroupSpec, ...]:
    """The groups that AddInstanceGroups adds to the existing ones: task groups. Raises ValidationException with EMR's
    text for each rule on groups."""
    groups = tuple(replace(_from_config(config), at_launch=0) for config in configs)
    for group in groups:
        _check_group(group, label, catalog)
    together = (*existing, *groups)
    _check_roles([group for group in together if group.role == MASTER], together)
    if any(group.role == CORE for group in groups):
        raise ValidationException("A core instance group can only be defined when the cluster is created.")
    check_total(together, catalog)
    return groups


def new_groups(cluster_id: str, specs: Iterable[GroupSpec], first: int, now: float) -> tuple[InstanceGroup, ...]:
    """The records of new groups or fleets. `first` is the number of the first."""

    def id_of(spec: GroupSpec, number: int) -> str:
        return (ids.fleet_id if spec.fleet else ids.group_id)(cluster_id, number)

    return tuple(
        InstanceGroup(id_of(spec, number), cluster_id, number, now, spec, _NEW)
        for number, spec in enumerate(specs, first)
    )


def check_total(groups: Iterable[GroupSpec], catalog: Catalog) -> None:
    """Raise ValidationException for more instances than a cluster may have."""
    most = catalog.site.most_instances
    if (total := sum(group.count for group in groups)) > most:
        raise ValidationException(f"A cluster may have {most} instances on LocalEMR; {total} were requested.")


def _from_count(instances: Mapping[str, Any]) -> tuple[GroupSpec, ...]:
    count: int | None = instances.get("InstanceCount")
    if count is None or "MasterInstanceType" not in instances:
        raise ValidationException(ONE_FORM)
    master = GroupSpec(MASTER, instances["MasterInstanceType"], min(count, 1))
    if count < 2:
        return (master,)
    if "SlaveInstanceType" not in instances:
        raise ValidationException(ONE_FORM)
    return (master, GroupSpec(CORE, instances["SlaveInstanceType"], count - 1))


def _from_config(config: Mapping[str, Any]) -> GroupSpec:
    echo = {name: config[name] for name in ("EbsConfiguration", "CustomAmiId") if name in config}
    return GroupSpec(
        role=config["InstanceRole"],
        instance_type=config["InstanceType"],
        count=config["InstanceCount"],
        name=config.get("Name"),
        market=config.get("Market", "ON_DEMAND"),
        bid_price=config.get("BidPrice"),
        configurations=tuple(config.get("Configurations", ())),
        echo=echo,
        auto_scaling=config.get("AutoScalingPolicy"),
    )


def _check_group(group: GroupSpec, label: str, catalog: Catalog) -> None:
    if group.count < 1:
        raise ValidationException("An instance group must have at least one instance.")
    check_type(group.instance_type, label, catalog)
    if group.bid_price is not None:
        check_bid(group.market, group.bid_price)
    check_volumes(group.echo.get("EbsConfiguration", {}))


def check_bid(market: str, price: str) -> None:
    """Raise ValidationException, with EMR's text, for an invalid bid price, and for any with ON_DEMAND."""
    if market == "ON_DEMAND":
        raise ValidationException("Attempted to set bid price for on demand instance group.")
    try:
        value = Decimal(price)
    except InvalidOperation:
        value = Decimal("NaN")
    if not value.is_finite():
        raise ValidationException("The bid price supplied for an instance group is invalid")
    if value <= 0:
        raise ValidationException("The bid price is negative or zero.")
    exponent = value.as_tuple().exponent
    if isinstance(exponent, int) and exponent < -3:
        raise ValidationException("No more than 3 digits are allowed after decimal place in bid price")


def _check_roles(masters: Sequence[GroupSpec], groups: Sequence[GroupSpec], launched: Release | None = None) -> None:
    """`launched` is the release of a cluster that is being launched."""
    if len(masters) != 1:
        many = "Multiple" if masters else "Zero"
        raise ValidationException(
            f"{many} master instance groups supplied, you must specify exactly one master instance group"
        )
    if launched:
        check_masters(groups, launched)
    cores, tasks = (sum(group.role == role for group in groups) for role in (CORE, TASK))
    if cores > 1:
        raise ValidationException(
            "Multiple core instance groups supplied, you must specify at most one core instance group"
        )
    if tasks and not cores:
        raise ValidationException("Clusters with task nodes must also define core nodes.")
    if tasks > MAX_TASK_GROUPS:
        raise ValidationException(f"The number of task instance groups exceeds the maximum of {MAX_TASK_GROUPS}.")
