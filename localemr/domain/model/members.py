"""Who is who in a cluster."""

from __future__ import annotations

from localemr.domain.model.records import CORE, Instance, Records


def master_of(records: Records) -> Instance:
    """The present or latest master. Raises AssertionError when the cluster has not had one."""
    assert records.master is not None
    return records.master


def worker_type(records: Records) -> str:
    """The type of instance that sizes jobs: the core group's; that of the only group when there is just a master."""
    core = next((group for group in records.groups if group.spec.role == CORE), records.groups[0])
    return core.spec.instance_type
