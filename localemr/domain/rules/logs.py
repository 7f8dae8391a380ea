"""Rule: when a step has ended, its logs and those of its YARN containers go to LogUri. Never delays a state."""

from __future__ import annotations

from localemr.domain.attempts import attempts, next_attempt
from localemr.domain.instructions import StartRun
from localemr.domain.passes import Pass
from localemr.domain.records import MASTER, Instance, Step
from localemr.domain.runs import ship_run
from localemr.domain.states import ENDED, InstanceState


def logs(work: Pass) -> None:
    """Apply in RUNNING and WAITING; at termination the rule termination sends what is left."""
    if not work.ready or work.cluster.spec.log_uri is None:
        return
    over = [step for step in work.steps.values() if step.status.state in ENDED and step.status.started is not None]
    for instance in work.live():
        if instance.status.state == InstanceState.RUNNING:
            for step in over:
                _ship(work, instance, step)


def _ship(work: Pass, instance: Instance, step: Step) -> None:
    runs = work.runs(instance)
    was_there = instance.status.ready is not None and instance.status.ready <= (step.status.ended or 0.0)
    if runs is None or not was_there:
        return
    name = f"ship-{step.id}"
    tried = attempts(runs, name)
    if tried and tried[-1].succeeded:
        return
    if attempt := next_attempt(work, runs, name):
        what = ("step", step.id) if instance.spec.role == MASTER else ("containers",)
        work.emit(StartRun(instance.id, ship_run(attempt, work.cluster, *what)))
