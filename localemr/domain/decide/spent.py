"""Reports that no rule reads again. They are dropped, so that the cost of a pass does not grow with the cluster's
history."""

from __future__ import annotations

from localemr.domain.decide.passes import Pass
from localemr.domain.model.observed import EXITED
from localemr.domain.model.states import ENDED
from localemr.domain.node.runs import NOTEBOOK_RUNS, REAP_RUNS, STEP_RUNS

OF_ONE = (STEP_RUNS, REAP_RUNS, NOTEBOOK_RUNS)


def spent(work: Pass) -> list[tuple[str, str]]:
    """The runs, as instance id and name, that are over and belong to ended steps or executions. A lost run is not
    dropped: it shows that its instance stopped (rule readiness)."""
    active = {each.id for each in work.steps.values() if each.status.state not in ENDED}
    active |= {each.id for each in work.executions.values() if each.status.state not in ENDED}
    return [
        (master.id, name)
        for master in work.masters()
        for name, report in (work.runs(master) or {}).items()
        if report.state == EXITED and name.startswith(OF_ONE) and name.split("-", 1)[1] not in active
    ]
