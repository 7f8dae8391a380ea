"""Rule: the daemons of each instance run. A daemon that ended, or whose configuration changed, is restarted.

A daemon that ends repeatedly makes its instance fail. A late daemon (a history server) is retried for ever, with
pauses. On a worker with an interruption notice none is restarted: YARN has ended its NodeManager.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import partial

from localemr.domain.decide.attempts import attempts, next_attempt
from localemr.domain.decide.notices import staying
from localemr.domain.decide.passes import Pass
from localemr.domain.decide.rules.bootstrap import bootstrapped
from localemr.domain.model.application import Daemon
from localemr.domain.model.instructions import StartRun, StopRun
from localemr.domain.model.observed import RunReport
from localemr.domain.model.records import CORE, MASTER, TASK, Instance
from localemr.domain.model.states import ENDED, ClusterState, Reason
from localemr.domain.node.instance_files import facts_of
from localemr.domain.node.runs import daemon_run, log_place

MOST_ENDINGS, WINDOW = 6, 600.0
"""A daemon fails with so many endings within so many seconds."""


def daemons(work: Pass) -> None:
    """Apply to instances with completed bootstrap actions, until the cluster terminates."""
    if work.state in (ClusterState.TERMINATING, *ENDED):
        return
    for instance in staying(work):
        runs = work.runs(instance)
        if runs is None or not bootstrapped(work, instance):
            continue
        for daemon in daemons_of(work, instance):
            if not daemon.late or work.cluster.status.ready is not None:
                _keep_running(work, instance, daemon, runs)


def daemons_of(work: Pass, instance: Instance) -> list[Daemon]:
    """The daemons of the instance. In a cluster of one instance the master has all roles. Of three primaries some have
    daemons that others lack."""
    alone = len(work.groups) == 1 and instance.spec.role == MASTER
    return work.daemons(frozenset({MASTER, CORE, TASK} if alone else {instance.spec.role}), instance.spec.host)


def run_base(instance: Instance, daemon: Daemon) -> str:
    """Prefix of the names of the daemon's runs. Each restart for a reconfiguration begins a new series."""
    version = instance.status.restarted.get(daemon.name)
    return daemon.name if version is None else f"{daemon.name}-v{version}"


def _earlier(instance: Instance, daemon: Daemon, runs: Mapping[str, RunReport]) -> list[str]:
    """Running runs of the daemon with an outdated configuration."""
    if daemon.name not in instance.status.restarted:
        return []
    own = re.compile(rf"{re.escape(daemon.name)}(-v\d+)?\.\d+")
    base = f"{run_base(instance, daemon)}."
    return [name for name, run in runs.items() if own.fullmatch(name) and not name.startswith(base) and not run.over]


def _keep_running(work: Pass, instance: Instance, daemon: Daemon, runs: Mapping[str, RunReport]) -> None:
    if earlier := _earlier(instance, daemon, runs):
        work.emit(*(StopRun(instance.id, name) for name in earlier))
        return
    base = run_base(instance, daemon)
    recent = [run for run in attempts(runs, base) if run.over and (run.ended or 0) > work.now - WINDOW]
    if len(recent) >= MOST_ENDINGS and not daemon.late:
        _fail(work, instance, daemon, recent[-1])
        return
    if name := next_attempt(work, runs, base):
        facts = partial(facts_of, work.records(), instance, work.applications(), work.catalog)
        work.emit(StartRun(instance.id, daemon_run(name, daemon, facts)))


def _fail(work: Pass, instance: Instance, daemon: Daemon, last: RunReport) -> None:
    directory = daemon.log_dir.rsplit("/", 1)[1]
    place = log_place(work.cluster, f"node/{instance.spec.ec2_id}/applications/{directory}/")
    words = f" ({last.note})" if last.note else ""
    message = (
        f"{daemon.name} ended {MOST_ENDINGS} times, last with exit code {last.code}{words}; "
        f"its log: {place or daemon.log_dir}"
    )
    if not work.ready:
        role = "master" if instance.spec.role == MASTER else "slave"
        work.end_cluster(
            "BOOTSTRAP_FAILURE",
            f"On the {role} instance ({instance.spec.ec2_id}), application provisioning failed: {message}",
        )
    elif not work.is_replaceable(instance):
        work.end_cluster("INSTANCE_FAILURE", f"The master node failed: {message}")
    else:
        work.retire(instance, Reason("INSTANCE_FAILURE", message))
