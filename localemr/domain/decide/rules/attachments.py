"""Rule: clusters reach the services that they use, also after a service was created anew, and the shared catalog once
one of their jobs uses it."""

from __future__ import annotations

from localemr.domain.decide.passes import Pass
from localemr.domain.model.instructions import EnsureCluster
from localemr.domain.model.states import ENDED
from localemr.domain.node.shared_catalog import ALIAS, requested_at

AWAITED_SECONDS = 10.0
"""Instances repeat their request every other second until they reach the service."""


def attachments(work: Pass) -> None:
    """Apply while there are instances, also while they upload their last logs."""
    if work.state in ENDED or work.seen.gateway is None or not work.live():
        return
    at = requested_at(work.seen)
    awaited = at is not None and work.now - at < AWAITED_SECONDS
    if work.seen.detached or awaited:
        work.emit(EnsureCluster(frozenset() if at is None else frozenset({ALIAS})))
