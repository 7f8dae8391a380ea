"""Rule: a spot instance with an interruption notice gets no new containers and gives up its work within 20 s, which is
how EMR decommissions it, whatever the timeouts of YARN and of a ShrinkPolicy are (emr-behaviour §5.2).

HDFS is not decommissioned: that rarely ends before EC2 takes the instance back. The rule losses ends the instance when
the time of its notice is over, and the rule capacity replaces it.
"""

from __future__ import annotations

from localemr.domain.decide.notices import gives_up, is_noticed
from localemr.domain.decide.passes import Pass
from localemr.domain.decide.rules.drain import drained
from localemr.domain.model.states import ENDED, ClusterState


def spot(work: Pass) -> None:
    """Apply until the cluster terminates. What leaves anyway is decommissioned by the rule shrink."""
    if work.state in (ClusterState.TERMINATING, *ENDED):
        return
    for instance in work.live():
        if instance.status.noticed is None and is_noticed(work, instance):
            work.note_notice(instance)
    for instance in work.not_leaving():
        if gives_up(work, instance):
            drained(work, instance, work.now)
