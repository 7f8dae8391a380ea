"""EC2's interruption notices: a run on the spot instance. When it is over EC2 takes the instance back."""

from __future__ import annotations

from localemr.domain.decide.passes import Pass
from localemr.domain.model.records import MASTER, Instance
from localemr.domain.model.states import InstanceState
from localemr.domain.node.runs import SPOT_NOTICE


def is_noticed(work: Pass, instance: Instance) -> bool:
    """Whether the instance has got its notice."""
    return SPOT_NOTICE in (work.runs(instance) or {})


def is_interrupted(work: Pass, instance: Instance) -> bool:
    """Whether the time of its notice is over."""
    notice = (work.runs(instance) or {}).get(SPOT_NOTICE)
    return notice is not None and notice.over


def gives_up(work: Pass, instance: Instance) -> bool:
    """Whether the instance is a worker that gives up its work because of its notice."""
    works = instance.spec.role != MASTER and instance.status.state == InstanceState.RUNNING
    return works and is_noticed(work, instance)


def staying(work: Pass) -> list[Instance]:
    """Live instances that neither leave nor give up their work."""
    return [each for each in work.not_leaving() if not gives_up(work, each)]
