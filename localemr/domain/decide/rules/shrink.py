"""Rule: instances above the requested number leave their group, as do those that other rules retired.

Instances named by EC2InstanceIdsToTerminate leave in any case, those of InstancesToTerminate first, protected ones
last, otherwise those that are unhealthy or that EC2 takes back, then those without work, of these the newest, then
those with containers, with shuffle data, with application masters. A leaving instance is drained, its daemons are
stopped, its remaining logs are uploaded; then it is TERMINATED. A group that grows again gets new instances; only where
managed scaling makes it grow, instances that are still being drained are taken back. In a fleet the surplus is computed
by market.
"""

from __future__ import annotations

from localemr.domain.decide.attempts import attempts
from localemr.domain.decide.notices import is_noticed
from localemr.domain.decide.passes import Pass
from localemr.domain.decide.rules.daemons import daemons_of, run_base
from localemr.domain.decide.rules.drain import drained
from localemr.domain.decide.rules.giving_up import giving_up
from localemr.domain.decide.rules.retirement import can_be_removed
from localemr.domain.decide.rules.returning import recommission, take_back
from localemr.domain.model.fleets import surplus
from localemr.domain.model.groups import InstanceGroup
from localemr.domain.model.instructions import RemoveInstance
from localemr.domain.model.records import Instance
from localemr.domain.model.states import ENDED, ClusterState, GroupState, InstanceState, Reason

# EMR has no code for a requested end of an instance.
SHRUNK = Reason("", "The instance group was shrunk.")


def shrink(work: Pass) -> None:
    """Apply until the cluster terminates."""
    if work.state in (ClusterState.TERMINATING, *ENDED):
        return
    for group in work.groups.values():
        if group.status.state != GroupState.RECONFIGURING:  # a resize waits for its end
            take_back(work, group)
            for instance in _surplus(work, group):
                work.retire(instance, SHRUNK)
    recommission(work)
    for instance in work.live():
        if instance.status.leaving is not None:
            _remove(work, instance, instance.status.leaving)


def _surplus(work: Pass, group: InstanceGroup) -> list[Instance]:
    members, requested = work.not_leaving(group), frozenset(group.spec.terminate)
    named = [each for each in members if each.spec.ec2_id in requested]
    others = [each for each in members if each.spec.ec2_id not in requested]
    policy = group.spec.shrink_policy.get("InstanceResizePolicy", {})
    first = frozenset(policy.get("InstancesToTerminate", ()))
    last = frozenset(policy.get("InstancesToProtect", ()))

    def turn(instance: Instance) -> tuple[bool, bool, bool, tuple[int, int, int], int]:
        ec2_id, sound = instance.spec.ec2_id, instance.status.unhealthy is None and not is_noticed(work, instance)
        return ec2_id in last, ec2_id not in first, sound, work.use(instance), -instance.spec.number

    return named + surplus(group, sorted(others, key=turn))


def _remove(work: Pass, instance: Instance, leaving: float) -> None:
    since = drained(work, instance, leaving)
    if since is None:
        return
    runs = work.runs(instance) or {}
    bases = [run_base(instance, each) for each in daemons_of(work, instance)]
    daemons = [f"{base}.{len(attempts(runs, base))}" for base in bases]
    # TERM makes a NodeManager end its containers and deregister at the ResourceManager.
    if can_be_removed(work, instance, since, [*daemons, *giving_up(work, instance)], "TERM"):
        work.move_instance(instance, InstanceState.TERMINATED, instance.status.reason)
        work.emit(RemoveInstance(instance.id))
