"""The master and the workers of a cluster."""

from __future__ import annotations

from collections.abc import Mapping

from localemr.domain.model.instance_types import InstanceType
from localemr.domain.model.names import private_dns
from localemr.domain.model.records import CORE, Instance, Records


def master_of(records: Records) -> Instance:
    """The current or last master. Raises AssertionError when the cluster has had none."""
    assert records.master is not None
    return records.master


def primary_hosts(records: Records) -> tuple[str, ...]:
    """The full host names of three primaries in their order; empty: there is one."""
    region = records.cluster.spec.region
    return tuple(private_dns(each, region) for each in records.cluster.status.primaries)


def worker_type(records: Records, types: Mapping[str, InstanceType]) -> str:
    """The instance type that determines the size of jobs: the core group's, or the master's when there is no core
    group. Of a fleet with several types it is the one with the least memory, so that jobs fit everywhere."""
    core = next((group for group in records.groups if group.spec.role == CORE), records.groups[0])
    there = records.types.get(core.id, frozenset()) & types.keys()
    return min(there, key=lambda each: (types[each].yarn_mb, each), default=core.spec.instance_type)
