"""Rule: clusters reach the services that they use, also after a service was created anew."""

from __future__ import annotations

from localemr.domain.decide.passes import Pass
from localemr.domain.model.instructions import EnsureCluster
from localemr.domain.model.states import ENDED


def attachments(work: Pass) -> None:
    """Apply while there are instances, also while they upload their last logs."""
    if work.state not in ENDED and work.seen.gateway is not None and work.seen.detached and work.live():
        work.emit(EnsureCluster())
