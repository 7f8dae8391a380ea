"""Rule: rolling reconfiguration of a running group (emr-behaviour §5.3).

A tenth of the group's instances is reconfigured at once: the files are written, then the daemons that read the changed
classifications are restarted. The next instances follow when these daemons serve again. When one does not, all
instances return to the last working configurations, as another version. When that fails too, the group is SUSPENDED. A
newer request replaces the current one. A group that is being resized is reconfigured afterwards.
"""

from __future__ import annotations

from collections.abc import Mapping

from localemr.domain.decide.attempts import attempts, next_attempt
from localemr.domain.decide.passes import Pass
from localemr.domain.decide.rules.daemons import daemons_of, run_base
from localemr.domain.decide.rules.groups import is_complete
from localemr.domain.model import versions
from localemr.domain.model.application import Daemon
from localemr.domain.model.groups import Configured, InstanceGroup
from localemr.domain.model.instructions import Configure, StartRun
from localemr.domain.model.observed import EXITED, LOST, RunReport
from localemr.domain.model.records import MASTER, Instance
from localemr.domain.model.states import ENDED, ClusterState, GroupState, InstanceState, Reason
from localemr.domain.node import configurations
from localemr.domain.node.runs import await_daemons_run, configure_name, configure_run, log_place

AT_ONCE = 10
"""One of so many instances is reconfigured at a time, at least one."""
MOST_ENDINGS = 2
"""A new configuration counts as bad after so many endings of a daemon."""


def reconfiguration(work: Pass) -> None:
    """Apply until the cluster terminates; requests are applied once the cluster is ready."""
    if work.state in (ClusterState.TERMINATING, *ENDED):
        return
    for group_id, group in list(work.groups.items()):
        if group.status.target is None:
            work.note_configurations(group, versions.requested(group))
        if work.ready:
            _adopt(work, work.groups[group_id])
        if work.groups[group_id].status.state == GroupState.RECONFIGURING:
            _roll_out(work, work.groups[group_id])


def _adopt(work: Pass, group: InstanceGroup) -> None:
    if versions.latest(group) == versions.target(group):
        return
    state = group.status.state
    at_rest = state in (GroupState.RUNNING, GroupState.SUSPENDED) and is_complete(work, group)
    if at_rest or state == GroupState.RECONFIGURING:
        _set_target(work, group, versions.requested(group), Reason())


def _set_target(work: Pass, group: InstanceGroup, target: Configured, reason: Reason) -> None:
    changed = {*group.status.changed, *_differences(work, group, target)}
    work.configure_group(group, target, sorted(changed), reason)


def _differences(work: Pass, group: InstanceGroup, target: Configured) -> tuple[str, ...]:
    """The classifications in which the target differs from the last working configurations."""
    applied, cluster = versions.applied(group), work.cluster.spec.configurations
    return configurations.changed((*cluster, *applied.configurations), (*cluster, *target.configurations))


def _affected(work: Pass, group: InstanceGroup, instance: Instance) -> list[str]:
    """The instance's daemons that must be restarted for the group's target."""
    untouched = versions.version_of(instance) == versions.applied(group).version
    # An instance with an intermediate version may differ in anything that this version changed.
    changed = {*(_differences(work, group, versions.target(group)) if untouched else group.status.changed)}
    return [daemon.name for daemon in daemons_of(work, instance) if daemon.reads & changed]


def _roll_out(work: Pass, group: InstanceGroup) -> None:
    members, version = work.not_leaving(group), versions.target(group).version
    behind = [each for each in members if versions.version_of(each) < version]
    busy = [each for each in members if versions.version_of(each) >= version and not _settled(work, each)]
    for instance in busy:
        if why := _failure(work, instance):
            _roll_back(work, group, why)
            return
    if not behind and not busy:
        _finish(work, group)
    free = max(len(members) // AT_ONCE, 1) - len(busy)
    ready = [each for each in behind if each.status.state == InstanceState.RUNNING]
    for instance in ready[: max(free, 0)]:
        work.configure_instance(instance, version, _affected(work, group, instance))
        busy.append(work.instances[instance.id])
    for instance in busy:
        _bring_up(work, instance)


def _bring_up(work: Pass, instance: Instance) -> None:
    runs = work.runs(instance)
    if runs is None:
        return
    if not _has_its_files(instance, runs):
        # An instance's instructions are carried out in order: the files are written before the daemons start.
        work.emit(Configure(instance.id), StartRun(instance.id, configure_run(instance.status.reconfigured)))
        return
    restarted = _restarted(work, instance)
    if not all(_is_running(runs.get(f"{base}.{len(attempts(runs, base))}")) for base in _bases(instance, restarted)):
        return
    name = _up_name(instance)
    if restarted and work.master and (attempt := next_attempt(work, runs, name)):
        _await(work, work.master, instance, restarted, attempt)


def _await(work: Pass, master: Instance, instance: Instance, restarted: list[Daemon], name: str) -> None:
    ups = [(instance, daemon.up) for daemon in restarted if daemon.up]
    late = all(daemon.late for daemon in restarted)
    checks = [check for application in work.applications() for check in application.checks if not late]
    running = [each for each in work.not_leaving() if each.status.state == InstanceState.RUNNING]
    members = running if instance.spec.role == MASTER else [instance]
    region, primaries = work.cluster.spec.region, work.cluster.status.primaries
    masters = [each for each in running if each.spec.role == MASTER] if primaries else [master]
    run = await_daemons_run(name, ups, checks, masters, members, region, primaries)
    work.emit(StartRun(instance.id, run))


def _has_its_files(instance: Instance, runs: Mapping[str, RunReport]) -> bool:
    return configure_name(instance.status.reconfigured) in runs


def _restarted(work: Pass, instance: Instance) -> list[Daemon]:
    """The instance's daemons that are restarted for its current version of the configurations."""
    version = instance.status.reconfigured
    return [each for each in daemons_of(work, instance) if instance.status.restarted.get(each.name) == version]


def _bases(instance: Instance, daemons: list[Daemon]) -> list[str]:
    return [run_base(instance, daemon) for daemon in daemons]


def _is_running(report: RunReport | None) -> bool:
    return report is not None and not report.over


def _up_name(instance: Instance) -> str:
    return f"up-{instance.status.reconfigured}"


def _settled(work: Pass, instance: Instance) -> bool:
    """Whether the instance has the configurations of its version and the restarted daemons serve."""
    if not instance.status.reconfigured:
        return True
    runs = work.runs(instance)
    if runs is None or not _has_its_files(instance, runs):
        return False
    return not _restarted(work, instance) or any(run.succeeded for run in attempts(runs, _up_name(instance)))


def _failure(work: Pass, instance: Instance) -> str | None:
    """Why the instance's new configurations failed. None: they did not."""
    runs = work.runs(instance) or {}
    ec2_id = instance.spec.ec2_id
    for daemon in _restarted(work, instance):
        ended = [each for each in attempts(runs, run_base(instance, daemon)) if each.state == EXITED]
        if len(ended) >= MOST_ENDINGS:
            directory = daemon.log_dir.rsplit("/", 1)[1]
            place = log_place(work.cluster, f"node/{ec2_id}/applications/{directory}/") or daemon.log_dir
            words = f" ({ended[-1].note})" if ended[-1].note else ""
            return f"{daemon.name} on {ec2_id} ended with exit code {ended[-1].code}{words}; its log: {place}"
    tried = attempts(runs, _up_name(instance))
    if tried and tried[-1].over and not tried[-1].succeeded and tried[-1].state != LOST:
        waited = (tried[-1].ended or tried[-1].started) - tried[-1].started
        return f"on {ec2_id} nothing was seen within {waited:.0f} s of {tried[-1].note or 'the restarted daemons'}"
    return None


def _roll_back(work: Pass, group: InstanceGroup, why: str) -> None:
    failed = versions.target(group).version
    if failed > group.spec.version:
        message = f"The configurations that worked last could not be restored: {why}"
        work.move_group(group, GroupState.SUSPENDED, Reason("INSTANCE_FAILURE", message))
        return
    reason = Reason("INSTANCE_FAILURE", f"Reconfiguration to version {failed} failed and was rolled back: {why}")
    _set_target(work, group, Configured(failed + 1, versions.applied(group).configurations), reason)


def _finish(work: Pass, group: InstanceGroup) -> None:
    work.note_configurations(group, versions.target(group))
    rolled_back = versions.target(group).version > group.spec.version
    work.move_group(work.groups[group.id], GroupState.RUNNING, group.status.reason if rolled_back else None)
