"""Memory of jobs on a node, in MiB: rules shared by several applications.

The memory of daemons is data of their application (`Application.memory_mb`).
"""

from __future__ import annotations

from typing import NamedTuple

from localemr.domain.model.application import Facts

SMALL_MB = 512
"""Minimum size of a container for a query engine's JVM."""
HEAP = 0.7
"""The heap's share of a query engine's container: the remainder is for classes and threads, of which it has many."""


def heap(mb: int) -> str:
    """The option for the heap of a query engine's container of this size."""
    return f"-Xmx{round(mb * HEAP)}m"


def session_mb(facts: Facts) -> int:
    """The application master of a query engine's session. It fits on a node together with one task."""
    return min(SMALL_MB, facts.yarn_mb // 3)


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
    """As on EMR a reduce task or an application master has twice as much as a map task (emr-behaviour §8.3), unless the
    two would not fit on a node together: a job on a single node would then wait for ever."""
    mapper = max(facts.yarn_mb // max(facts.yarn_vcores, 1), min(SMALL_MB, facts.yarn_mb // 3))
    double = min(2 * mapper, facts.yarn_mb // 2)
    return Job(double, mapper, double)


def mapreduce_job_beside_session(facts: Facts) -> Job:
    """A job beside a session of its client: two application masters and a task fit on a node."""
    job, room = mapreduce_job(facts), facts.yarn_mb - 2 * session_mb(facts)
    return Job(session_mb(facts), min(job.mapper, room), min(job.reducer, room))
