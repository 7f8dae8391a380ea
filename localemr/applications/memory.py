"""Memory of jobs on a node, in MiB: rules shared by several applications (docs/adr/0010-memory-of-the-host.md).

Sizes are EMR's (emr-behaviour §8.3). A cluster with a single worker gets smaller ones where EMR's would make its jobs
wait for ever: an application master may then have no other node than the one that its tasks need. So do nodes that
LOCALEMR_MEMORY_SCALE made smaller than any of EMR's. The memory of daemons is data of their application
(`Application.memory_mb`).
"""

from __future__ import annotations

import math
from typing import NamedTuple

from localemr.domain.model.application import Facts

SMALL_MB = 512
"""Minimum size of a container for a query engine's JVM."""
MASTER_MB = 2432
"""The application master of a job on a node of EMR's: a driver of 2,048 MiB with its overhead."""
SESSION_MB = 1024
"""The application master of a session, which works for a client, or waits: Tez's own default."""
MASTERS_SHARE, SMALL_MASTERS_SHARE = 0.1, 0.5
"""Hadoop's share of a cluster's memory for application masters, and that of small nodes."""
SMALL_HEAP, HEAP = 0.7, 0.8
"""The heap's share of a query engine's container, the first below LARGE_MB: classes and threads, of which it has many,
take the remainder."""
LARGE_MB = 1536
FIRST_HEAP = "-XX:InitialHeapSize=48m"
"""The option for the heap that a JVM begins with. Java's own default is 1/64 of the instance's memory, 256 MiB on an
m5.xlarge, and what a JVM has once filled stays resident."""
LATER = (
    "-XX:Tier4InvocationThreshold=50000 -XX:Tier4MinInvocationThreshold=6000 "
    "-XX:Tier4CompileThreshold=150000 -XX:Tier4BackEdgeThreshold=400000"
)
"""Java's second compiler requires ten times as many calls and loop iterations, so that it compiles repeated computation
but not the start (docs/performance-history.md). Also in the images of Presto and Trino (conf/jvm.config)."""
FRUGAL = f"{FIRST_HEAP} -XX:+NeverActAsServerClassMachine -XX:TieredStopAtLevel=4 {LATER}"
"""Options of JVMs of jobs, which take a little more than what lives in their heaps, and mostly end soon. Java then
chooses the serial collector, unless the users' own options name another, and keeps both compilers. The collector that
it chooses otherwise (G1) let the heap grow to 15 times of what lived in it (docs/adr/0010-memory-of-the-host.md)."""


def heap_mb(mb: int) -> int:
    """The heap of a query engine's container of this size."""
    return round(mb * (HEAP if mb >= LARGE_MB else SMALL_HEAP))


def heap(mb: int) -> str:
    """The option for the heap of a query engine's container of this size."""
    return f"-Xmx{heap_mb(mb)}m"


def is_small(facts: Facts) -> bool:
    """Whether a node is smaller than any on which EMR's own sizes were made to fit."""
    return facts.yarn_mb < 2 * MASTER_MB


def is_limited(facts: Facts) -> bool:
    """Whether one node must hold a whole job: masters and tasks."""
    return facts.workers < 2 or is_small(facts)


def master_mb(facts: Facts) -> int:
    """The application master of a job."""
    return facts.yarn_mb * 3 // 8 if is_small(facts) else MASTER_MB


def session_mb(facts: Facts) -> int:
    """The application master of a query engine's session. It fits on a node together with one task."""
    return min(SMALL_MB, facts.yarn_mb // 3) if is_small(facts) else SESSION_MB


def room_mb(facts: Facts) -> int:
    """What the masters of a job and of a session leave of a node; on a small node that of a job alone."""
    return facts.yarn_mb - master_mb(facts) - (0 if is_small(facts) else session_mb(facts))


def masters_share(facts: Facts) -> str:
    """The share of the cluster's memory for application masters: Hadoop's, but enough for a job beside a session.

    It is not enough for two drivers on a single node, so that an executor always finds room beside those that run.
    """
    share = (master_mb(facts) + session_mb(facts)) / (facts.yarn_mb * max(facts.workers, 1))
    least = SMALL_MASTERS_SHARE if is_small(facts) else MASTERS_SHARE
    return f"{max(math.ceil(share * 1000) / 1000, least):g}"


def task_mb(facts: Facts) -> int:
    """A query engine's task: EMR's rule for a map task, but not less than the minimum container."""
    return max(facts.yarn_mb // max(facts.yarn_vcores, 1), min(SMALL_MB, facts.yarn_mb // 2))


class Job(NamedTuple):
    """Container sizes of a MapReduce job."""

    master: int
    mapper: int
    reducer: int

    def properties(self) -> dict[str, str]:
        """The properties of mapred-site that give the job these sizes; the heap is 80 % of a container."""
        return {
            "mapreduce.map.memory.mb": str(self.mapper),
            "mapreduce.reduce.memory.mb": str(self.reducer),
            "yarn.app.mapreduce.am.resource.mb": str(self.master),
            "mapreduce.map.java.opts": f"-Xmx{self.mapper * 8 // 10}m",
            "mapreduce.reduce.java.opts": f"-Xmx{self.reducer * 8 // 10}m",
            "yarn.app.mapreduce.am.command-opts": f"-Xmx{self.master * 8 // 10}m",
        }


def mapreduce_job(facts: Facts) -> Job:
    """A reduce task or an application master has twice as much as a map task."""
    mapper = max(facts.yarn_mb // max(facts.yarn_vcores, 1), min(SMALL_MB, facts.yarn_mb // 3))
    if not is_limited(facts):
        return Job(2 * mapper, mapper, 2 * mapper)
    room = facts.yarn_mb // 2 if is_small(facts) else room_mb(facts)
    master = min(2 * mapper, room if is_small(facts) else master_mb(facts))
    return Job(master, min(mapper, room), min(2 * mapper, room))


def mapreduce_job_beside_session(facts: Facts) -> Job:
    """A job beside a session of its client: the two application masters are within their share, and a task of the job
    fits on a node with them."""
    job, session = mapreduce_job(facts), session_mb(facts)
    if is_small(facts):
        room = facts.yarn_mb - 2 * session
        return Job(session, min(job.mapper, room), min(job.reducer, room))
    masters = int(float(masters_share(facts)) * facts.yarn_mb * max(facts.workers, 1))
    return Job(min(job.master, masters - session), job.mapper, job.reducer)
