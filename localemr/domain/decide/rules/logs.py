"""Rule: every live instance uploads its logs to LogUri. Never delays a state.

One run of each instance watches its logs from the first bootstrap action on, so that changes of logs cost the
controller no work. The rule retirement.py uploads the last logs of a leaving instance.
"""

from __future__ import annotations

from localemr.domain.decide.attempts import next_attempt
from localemr.domain.decide.passes import Pass
from localemr.domain.model.instructions import StartRun
from localemr.domain.model.states import ENDED, ClusterState
from localemr.domain.node.runs import watch_logs_run

NAME = "ship"


def logs(work: Pass) -> None:
    """Apply until the cluster terminates, to every instance whose supervisor has reported."""
    if work.state in (ClusterState.TERMINATING, *ENDED) or not work.has_log_uri:
        return
    for instance in work.not_leaving():
        runs = work.runs(instance)
        if runs is not None and (name := next_attempt(work, runs, NAME)):
            work.emit(StartRun(instance.id, watch_logs_run(name, work.cluster, instance)))
