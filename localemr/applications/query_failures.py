"""How the command lines of Presto's family of engines report a failed query."""

from __future__ import annotations

from localemr.domain.model.failures import FailureLine, Failures

FAILURES = Failures(
    lines=(
        # For a query that failed, and for one that did not reach the server.
        FailureLine(r"^Query \S+ (failed: .+)$", certain=True),
        FailureLine(r"^(Error running command: .+)$", certain=True),
    ),
    reasons={
        "The job ran out of memory.": r"Query exceeded (?:per-node|distributed) .*memory limit|cluster is out of memory"
    },
)
