"""The master and the workers of a cluster."""

from __future__ import annotations

from localemr.domain.model.records import CORE, Instance, Records


def master_of(records: Records) -> Instance:
    """The current or last master. Raises AssertionError when the cluster has had none."""
    assert records.master is not None
    return records.master


def worker_type(records: Records) -> str:
    """The instance type that determines the size of jobs: the core group's, or the master's when there is no core
    group."""
    core = next((group for group in records.groups if group.spec.role == CORE), records.groups[0])
    return core.spec.instance_type
