"""Who is who in a cluster."""

from __future__ import annotations

from localemr.domain.model.records import CORE, MASTER, Instance, Records


def master_of(records: Records) -> Instance:
    """The present or latest master."""
    return next(each for each in reversed(records.instances) if each.spec.role == MASTER)


def worker_type(records: Records) -> str:
    """The type of instance that sizes jobs: the core group's; that of the only group when there is just a master."""
    core = next((group for group in records.groups if group.spec.role == CORE), records.groups[0])
    return core.spec.instance_type
