"""Rule: the cluster has the requested number of instances. First start, growth and replacement of lost instances are
one rule."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from ipaddress import IPv4Network
from itertools import islice

from localemr.domain.decide.offers import allocated, place_with_capacity
from localemr.domain.decide.passes import Pass
from localemr.domain.decide.rules.groups import MOST_FAILURES, failures_in_a_row
from localemr.domain.decide.rules.supply import note_supply
from localemr.domain.model.application import RANGE_INSTANCES
from localemr.domain.model.fleets import lacking, weight_of
from localemr.domain.model.groups import InstanceGroup
from localemr.domain.model.ids import ec2_instance_id, instance_id
from localemr.domain.model.instructions import CreateInstance, EnsureCluster
from localemr.domain.model.markets import SPOT
from localemr.domain.model.names import cluster_range, host_name
from localemr.domain.model.observed import Trouble
from localemr.domain.model.places import chosen, place_of, places
from localemr.domain.model.primaries import PRIMARIES
from localemr.domain.model.records import MASTER, TASK, Instance, InstanceSpec, InstanceStatus
from localemr.domain.model.states import ClusterState, GroupState, InstanceState, Reason
from localemr.domain.model.versions import target

FIRST_HOST = 10
"""The gateway and attached services use the numbers below, where the runtime assigns the addresses that host names
spell."""
LAST_HOST = 254
HOSTS = LAST_HOST - FIRST_HOST + 1
MOST_AT_ONCE = 100
"""New instances of a group in one pass: API calls wait while a pass makes them. Further ones are for the next pass."""
GIVE_UP_AFTER = 5
"""Refusals of the runtime, with growing pauses between them, after which an instance fails."""
GIVE_UP_TIME = 5.0
"""Seconds that must also have passed."""
PROVISIONING = "Provisioning Amazon EC2 capacity"  # EMR's own words
PREPARING = ". Preparing "
"""Between the reason of a cluster that starts and what the runtime prepares for it."""


def capacity(work: Pass) -> None:
    """Apply until the cluster terminates."""
    if work.over:
        return
    if work.state == ClusterState.STARTING:
        _explain(work)
    if work.seen.gateway is None:
        _make_cluster(work)
        return
    if work.cluster.status.gateway != work.seen.gateway:
        work.note_gateway(work.seen.gateway)
    _note_addresses(work)
    if not work.last_number and work.seen.limits and len(places(work.cluster)) > 1:
        work.note_place(chosen(place_with_capacity(work)))
    for group in list(work.groups.values()):
        _fill(work, group)
        if work.over:  # the time of a fleet's launch is over
            return
    for instance in work.not_leaving():
        if instance.status.state == InstanceState.PROVISIONING:
            _provision(work, instance)
    _report_progress(work)


def _explain(work: Pass) -> None:
    """A cluster that starts shows what it waits for, after the reason that it has without that."""
    before = work.cluster.status.reason.message.partition(PREPARING)[0] or PROVISIONING
    waiting = (instance.id for instance in work.not_leaving() if instance.status.state == InstanceState.PROVISIONING)
    troubles = (work.seen.trouble.get(name) for name in (*waiting, work.cluster.id))
    progress = next((trouble.progress for trouble in troubles if trouble and trouble.progress), "")
    work.move_cluster(ClusterState.STARTING, Reason("", before + PREPARING + progress if progress else before))


def _note_addresses(work: Pass) -> None:
    for instance in work.live():
        seen = work.container(instance)
        if seen and seen.address and seen.address != instance.status.address:
            work.note_address(instance, seen.address)


def _make_cluster(work: Pass) -> None:
    trouble = work.seen.trouble.get(work.cluster.id)
    if _deferred(work, trouble):
        return
    if trouble and _is_final(work, trouble):
        text = f"The cluster's network could not be made: {trouble.message}"
        work.end_cluster(trouble.code or "INTERNAL_ERROR", trouble.message if trouble.code else text)
    else:
        work.emit(EnsureCluster())


def _deferred(work: Pass, trouble: Trouble | None) -> bool:
    """Whether a retry is useless for now. Requests a pass for the time of the retry."""
    if trouble is None or work.now >= trouble.until:
        return False
    if trouble.until < math.inf:
        work.wake(trouble.until)
    return True


def _is_final(work: Pass, trouble: Trouble) -> bool:
    """Whether the refusal is final, or frequent and old enough. Time counts too, as passes for other reasons can follow
    each other quickly."""
    return bool(trouble.code) or (trouble.count >= GIVE_UP_AFTER and work.now >= trouble.first + GIVE_UP_TIME)


def _fill(work: Pass, group: InstanceGroup) -> None:
    reconfiguring = group.status.state == GroupState.RECONFIGURING  # a resize waits for its end
    if reconfiguring or len(failures_in_a_row(work, group)) >= MOST_FAILURES:
        return
    there, place = [each.spec for each in work.live()], place_of(work.cluster)
    wanted = lacking(group, work.not_leaving(group))
    if wanted and group.spec.role == MASTER and group.spec.count == PRIMARIES and not work.cluster.status.primaries:
        work.note_primaries(islice(_free_hosts(work, group), PRIMARIES))
    # Leaving instances keep their host names. When names run short, new instances wait until leaving ones are removed.
    hosts = _free_hosts(work, group)
    types = {market: allocated(work, group, market, units, place, there) for market, units in wanted.items()}
    new = [(market, type_) for market, of_it in types.items() for type_ in of_it]
    _add(work, group, [(*each, host) for each, host in zip(new[:MOST_AT_ONCE], hosts, strict=False)])
    short = [market for market, units in wanted.items() if _units(group, types[market]) < units]
    note_supply(work, work.groups[group.id], short, [market for market, of_it in types.items() if of_it])


def _units(group: InstanceGroup, types: Iterable[str]) -> int:
    return sum(weight_of(group.spec, each) for each in types)


def _add(work: Pass, group: InstanceGroup, wanted: Iterable[tuple[str, str, str]]) -> None:
    """Add instances with these markets, types and host names."""
    for market, type_, host in wanted:
        number = work.last_number + 1
        cluster_id = work.cluster.id
        spec = InstanceSpec(
            group_id=group.id,
            role=group.spec.role,
            instance_type=type_,
            number=number,
            ec2_id=ec2_instance_id(cluster_id, number),
            host=host,
            market=market,
            version=target(group).version,
        )
        work.add_instance(Instance(instance_id(cluster_id, number), cluster_id, work.now, spec, InstanceStatus()))


def _free_hosts(work: Pass, group: InstanceGroup) -> Iterator[str]:
    """The host names for new instances of the group, in the order of their numbers: from the next number on those that
    no live instance has, after the last one from the first one on. The names of three primaries stay theirs.

    A cluster has the names of one /24, a large one those of the following ones, too.
    """
    taken, primaries = {each.spec.host for each in work.live()}, work.cluster.status.primaries
    if primaries and group.spec.role == MASTER:
        yield from (each for each in primaries if each not in taken)
        return
    size = HOSTS * math.ceil(work.catalog.site.most_instances / RANGE_INSTANCES)
    for offset in range(size):
        name = _host(work, (work.last_number + offset) % size)
        if name not in taken and name not in primaries:
            yield name


def _host(work: Pass, number: int) -> str:
    """One of the cluster's host names, which are numbered from 0."""
    of_range, place = divmod(number, HOSTS)
    network = cluster_range(work.cluster.id, work.catalog.site.hosts, of_range)
    return host_name(str(IPv4Network(network).network_address + FIRST_HOST + place))


def _provision(work: Pass, instance: Instance) -> None:
    seen = work.container(instance)
    trouble = work.seen.trouble.get(instance.id)
    if seen and seen.state == "running":
        work.move_instance(instance, InstanceState.BOOTSTRAPPING)
    elif trouble and _deferred(work, trouble):
        if trouble.progress:
            work.explain_instance(instance, f"Preparing {trouble.progress}")
    elif trouble and _is_final(work, trouble):
        _fail(work, instance, trouble)
    elif not _has_predecessor(work, instance):
        work.emit(CreateInstance(instance.id))


def _has_predecessor(work: Pass, instance: Instance) -> bool:
    """Whether the container of a lost primary may still have the address that its replacement gets."""
    if instance.spec.host not in work.cluster.status.primaries:
        return False
    live = {each.id for each in work.live()}
    return any(name not in live for name in work.seen.instances)


def _fail(work: Pass, instance: Instance, trouble: Trouble) -> None:
    attempts = f"Instance {instance.spec.ec2_id} could not be started after {GIVE_UP_AFTER} attempts: {trouble.message}"
    reason = Reason(trouble.code, trouble.message) if trouble.code else Reason("INTERNAL_ERROR", attempts)
    work.move_instance(instance, InstanceState.TERMINATED, reason)
    if not work.is_replaceable(instance):
        work.end_cluster(reason.code, reason.message)


def _report_progress(work: Pass) -> None:
    for group in list(work.groups.values()):
        members = work.not_leaving(group)
        provisioned = all(each.status.state != InstanceState.PROVISIONING for each in members)
        if group.status.state == GroupState.PROVISIONING and not lacking(group, members) and provisioned:
            work.move_group(group, GroupState.BOOTSTRAPPING)
    waiting = any(_is_awaited(group) for group in work.groups.values())
    if work.state == ClusterState.STARTING and not waiting:
        work.move_cluster(ClusterState.BOOTSTRAPPING, Reason("", "Running bootstrap actions"))


def _is_awaited(group: InstanceGroup) -> bool:
    """Whether the cluster's start waits for the group: not for spot capacity of a task group while there is none."""
    optional = group.spec.role == TASK and group.spec.market == SPOT and group.spec.fleet is None
    return group.status.state == GroupState.PROVISIONING and not (optional and group.status.supply.since)
