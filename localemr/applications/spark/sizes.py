"""Sizes of Spark's JVMs in MiB, from a node's YARN memory (emr-behaviour §8.3)."""

from __future__ import annotations

import math
from collections.abc import Mapping

from localemr.applications.memory import is_limited, is_small, master_mb, room_mb
from localemr.domain.model.application import Facts

OVERHEAD = 0.1875
USUAL_OVERHEAD_MB = 384
"""Spark adds an overhead to a JVM's heap: a share of it, but at least this."""
LEAST_HEAP_MB = 472
"""Spark requires 471 for drivers and executors."""
LEAST_OVERHEAD_MB = 56
CLIENT_MASTER_MB = 512
"""Heap of the application master of a job whose driver runs outside YARN: Spark's own default."""
EXECUTOR_CORES = 4
SHARE_MB = 1024
"""A node with many processors is divided into executors only while an executor gets at least this heap."""
LARGEST_OVERHEAD = 0.1
"""Spark's usual share, which EMR leaves in place with maximizeResourceAllocation."""
LESS_SINCE, LESS = (3, 5), 0.9
"""Releases with this version of Spark (EMR 7) or a later one give an executor less by this factor."""


def overhead_mb(facts: Facts) -> int:
    """The minimum overhead: less than the default where a node could otherwise not hold two containers."""
    return min(USUAL_OVERHEAD_MB, max(facts.yarn_mb // 2 - LEAST_HEAP_MB, LEAST_OVERHEAD_MB))


def driver_mb(facts: Facts) -> int:
    """2,048 MiB; less on a node smaller than any of EMR's."""
    return max(master_mb(facts) - overhead_mb(facts), LEAST_HEAP_MB)


def client_master_mb(facts: Facts) -> int:
    """The application master of client mode is not larger than the driver in cluster mode."""
    return min(CLIENT_MASTER_MB, driver_mb(facts))


def executor_cores(facts: Facts) -> int:
    """Processors of an executor: 4, with one more executor for every 4 processors of a larger node."""
    return min(facts.yarn_vcores, EXECUTOR_CORES)


def executor_mb(facts: Facts) -> int:
    """EMR's rule: 11/12 of a node, or of its part for 4 processors, and of that 0.9 in EMR 7. Where one node must hold
    a whole job, at most what its application masters leave."""
    places = min(facts.yarn_vcores // EXECUTOR_CORES, facts.yarn_mb // (SHARE_MB + overhead_mb(facts)))
    share = facts.yarn_mb // max(places, 1)
    by_rule = math.ceil(share * 11 / 12 / (1 + OVERHEAD))
    if _version(facts.versions.get("Spark") or facts.release.applications.get("Spark", "")) >= LESS_SINCE:
        by_rule = round(LESS * by_rule)
    if not is_limited(facts):
        return by_rule
    left = facts.yarn_mb - driver_mb(facts) - overhead_mb(facts) if is_small(facts) else room_mb(facts)
    return max(min(by_rule, _heap(left, facts, OVERHEAD)), LEAST_HEAP_MB)


def _version(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split(".")[:2] if part.isdigit())


def largest(facts: Facts) -> Mapping[str, str]:
    """What `maximizeResourceAllocation` sets: one executor per node, with all of the node's memory.

    The driver may fill a separate node. On a single node it shares the node with the executor, as without the setting:
    otherwise no job would run in cluster mode. The number of executors is left out when dynamic
    allocation is requested by name, as EMR does.
    """
    alone = facts.workers < 2
    master = driver_mb(facts) if alone else client_master_mb(facts)
    beside = facts.yarn_mb - master - max(overhead_mb(facts), math.floor(master * LARGEST_OVERHEAD))
    workers = max(facts.workers, 1)
    driver = driver_mb(facts) if alone else _heap(facts.yarn_mb, facts, LARGEST_OVERHEAD)
    dynamic = facts.requested.get("spark-defaults", {}).get("spark.dynamicAllocation.enabled", "")
    instances = {} if dynamic.lower() == "true" else {"spark.executor.instances": str(workers)}
    return {
        "spark.emr.maximizeResourceAllocation": "true",
        "spark.driver.memory": f"{driver}M",
        "spark.executor.memory": f"{max(_heap(beside, facts, LARGEST_OVERHEAD), LEAST_HEAP_MB)}M",
        "spark.executor.cores": str(facts.yarn_vcores),
        "spark.default.parallelism": str(2 * facts.yarn_vcores * workers),
        "spark.yarn.executor.memoryOverheadFactor": str(LARGEST_OVERHEAD),
        "spark.executor.memoryOverheadFactor": str(LARGEST_OVERHEAD),
        **instances,
    }


def _heap(room: int, facts: Facts, share: float) -> int:
    """The largest heap that fits into `room` with Spark's overhead: a share, rounded down."""
    return min(room - overhead_mb(facts), round(room / (1 + share)))
