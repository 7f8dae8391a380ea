"""Measure what docs/performance.md reports: `make bench`. Prints ratios from one run; asserts nothing.

Each comparison alternates its two sides, so that a slow moment of the machine hits both; medians are reported.
"""

from __future__ import annotations

import statistics
import sys
import time
from pathlib import Path
from typing import Any

from tests.benchmarks.figures import tell, until
from tests.benchmarks.hive import measure as measure_hive
from tests.benchmarks.passes import measure as measure_passes
from tests.benchmarks.place import place, prepare, request, start_up
from tests.benchmarks.plain import plain_start
from tests.benchmarks.steps import measure as measure_steps
from tests.cluster.installation import Installation, wait_for

ROUNDS = 3
IDLE_SECONDS = 30


def main() -> None:
    """All measurements; the results as JSON lines."""
    measure_passes()
    with place() as installation:
        prepare(installation)
        start(installation)
        with installation.running(request()) as cluster_id:
            idle(installation, cluster_id)
            measure_steps(installation, cluster_id)
            notice(installation)
        measure_hive(installation)


def start(installation: Installation) -> None:
    """RunJobFlow's answer → WAITING, against the same daemons started plainly in the same containers."""
    ours, plain = [], []
    for _ in range(ROUNDS):
        ours.append(start_up(installation))
        plain.append(plain_start(installation.docker))
    ratio = statistics.median(ours) / statistics.median(plain)
    tell("start of master and core", localemr_s=ours, plain_s=plain, ratio_of_medians=ratio, target="<= 0.65")


def idle(installation: Installation, cluster_id: str) -> None:
    """Resident memory of the cluster with all daemons; memory and processor time of the idle controller."""
    master, core = (installation.containers(cluster_id, role)[0] for role in ("MASTER", "CORE"))
    history = "org.apache.spark.deploy.history.HistoryServer"
    wait_for("the history servers", lambda: history in installation.run_in(master, "ps", "-eo", "args"))
    time.sleep(IDLE_SECONDS)  # an idle cluster is what is measured
    used = {name: memory_mb(installation, each) for name, each in (("master", master), ("core", core))}
    resident, proportional = (sum(each[kind] for each in used.values()) for kind in ("Rss", "Pss"))
    tell("idle memory of master and core", mb=used, rss_sum=resident, pss_sum=proportional, target="<= 1000 resident")
    before, began = cpu_seconds(installation.controller_pid), time.monotonic()
    time.sleep(IDLE_SECONDS)
    share = (cpu_seconds(installation.controller_pid) - before) / (time.monotonic() - began)
    status = Path(f"/proc/{installation.controller_pid}/status").read_text()
    memory = next(int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith("VmRSS"))
    tell("idle controller", resident_mb=memory, core_share=share, target="<= 120 MB, <= 0.01")


def memory_mb(installation: Installation, container: Any) -> dict[str, float]:
    """Memory of all processes of a container, in MB: Rss counts pages that processes share in each, Pss once."""
    # In one process, which leaves itself out.
    script = """for process in /proc/[0-9]*; do
        [[ $process == /proc/$$ ]] || while read -r line; do echo "$line"; done < $process/smaps_rollup
    done 2>/dev/null
    true"""
    used = {"Rss": 0.0, "Pss": 0.0}
    # The kernel shows it to each process's own user.
    for user in ("root", "hdfs", "yarn", "mapred", "spark", "hadoop"):
        for line in installation.run_in(container, "bash", "-c", script, user=user).splitlines():
            kind, _, amount = line.partition(":")
            if kind in used:
                used[kind] += int(amount.split()[0]) * 1024 / 1e6
    return used


def cpu_seconds(pid: int) -> float:
    """Processor time of a process so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / 100


def notice(installation: Installation) -> None:
    """docker kill of a task instance → its state in the API."""
    with installation.running(request(task=1)) as cluster_id:
        installation.containers(cluster_id, "TASK")[0].kill()
        requested = {"ClusterId": cluster_id, "InstanceStates": ["TERMINATED"]}
        began = time.monotonic()
        until(lambda: installation.emr.list_instances(**requested)["Instances"], every=0.01)
        tell("a killed container is noticed", seconds=time.monotonic() - began, target="<= 1 s")


if __name__ == "__main__":
    sys.exit(main())
