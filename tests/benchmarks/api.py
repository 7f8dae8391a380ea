"""Measure the API: `make bench-api`. Requests per second beside two imitations of EMR, large stores, emr_memory.

Prints one JSON line a measurement, ratios from one run; asserts nothing. All sides get the same requests from the same
client, in turns; what they install is thrown away. In memory mode LocalEMR's reconciler shares the process: while
RunJobFlow is measured, the clusters that it made come up.
"""

from __future__ import annotations

import json
import statistics
import sys
import tempfile
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from localemr.testing.memory import MemoryEmr
from tests.benchmarks.__main__ import tell, timed
from tests.benchmarks.large import fill
from tests.benchmarks.rivals import RIVALS, Client, NotServed, command_of, free_port, ours, running
from tests.contract.requests import cluster, step

CLUSTERS, STEPS = 200, 256
TURNS, TURN_SECONDS = 2, 0.5
SETTLE_SECONDS = 2
REQUEST = cluster(JobFlowRole="EMR_EC2_DefaultRole", ServiceRole="EMR_DefaultRole")


def main() -> None:
    """All measurements; the results as JSON lines."""
    with tempfile.TemporaryDirectory() as made, ExitStack() as stack:
        home = Path(made)
        compare(start_all(home, stack))
    with tempfile.TemporaryDirectory() as made:
        large_store(Path(made))
    fixture()


def start_all(home: Path, stack: ExitStack) -> dict[str, int]:
    """Every side that can be had, by name, with the port at which it listens; the others are told of."""
    ports = {}
    for side in ("localemr", *RIVALS):
        port = free_port()
        try:
            command, environ = ours(home, port) if side == "localemr" else command_of(side, home / side, port)
            stack.enter_context(running(command, environ, port))
            ports[side] = port
        except (NotServed, OSError) as error:
            tell("not measured", side=side, why=str(error))
    return ports


def compare(ports: Mapping[str, int]) -> None:
    """Each operation on all sides, with 1 connection and with 8."""
    first = {}
    for side, port in list(ports.items()):
        try:
            first[side] = prepare(port)
        except (NotServed, OSError, KeyError, ValueError) as error:
            tell("not measured", side=side, why=str(error))
    time.sleep(SETTLE_SECONDS)  # LocalEMR's clusters come up
    # RunJobFlow is the last: it changes what the others list.
    for operation in ("DescribeCluster", "ListClusters", "ListSteps", "RunJobFlow"):
        for connections in (1, 8):
            measured: dict[str, list[float]] = {side: [] for side in first}
            spans: dict[str, float] = dict.fromkeys(first, 0.0)
            for _ in range(TURNS):
                for side in list(measured):
                    try:
                        began = time.monotonic()
                        measured[side] += turn(ports[side], operation, body_of(operation, first[side]), connections)
                        spans[side] += time.monotonic() - began
                    except (NotServed, OSError) as error:
                        tell("not measured", side=side, operation=operation, why=str(error))
                        del measured[side]
            report(operation, connections, measured, spans)


def prepare(port: int) -> str:
    """200 clusters, 256 steps in the first; the first one's id."""
    client = Client(port)
    made = [json.loads(client.call("RunJobFlow", REQUEST))["JobFlowId"] for _ in range(CLUSTERS)]
    steps = [step(str(number), ActionOnFailure="CONTINUE") for number in range(STEPS)]
    client.call("AddJobFlowSteps", {"JobFlowId": made[0], "Steps": steps})
    client.close()
    return str(made[0])


def body_of(operation: str, cluster_id: str) -> dict[str, Any]:
    """The request that is sent again and again."""
    if operation == "RunJobFlow":
        return REQUEST
    return {} if operation == "ListClusters" else {"ClusterId": cluster_id}


def turn(port: int, operation: str, request: Mapping[str, Any], connections: int) -> list[float]:
    """The seconds of each call, from all connections, in a turn."""
    end = time.monotonic() + TURN_SECONDS

    def work(_: int) -> list[float]:
        client, taken = Client(port), list[float]()
        while time.monotonic() < end:
            taken.append(timed(lambda: client.call(operation, request)))
        client.close()
        return taken

    with ThreadPoolExecutor(connections) as pool:
        return [each for taken in pool.map(work, range(connections)) for each in taken]


def report(
    operation: str, connections: int, measured: Mapping[str, list[float]], spans: Mapping[str, float]
) -> None:  # fmt: skip
    """One line: each side's requests per second and latencies; LocalEMR's rate by the better rival's."""
    sides, rates = {}, {}
    for side, taken in measured.items():
        if taken:
            rates[side] = len(taken) / spans[side]
            ordered = sorted(taken)
            shown = {"p50_ms": ordered[len(ordered) // 2], "p99_ms": ordered[int(len(ordered) * 0.99)]}
            sides[side] = {"per_s": round(rates[side])} | {name: round(at * 1000, 2) for name, at in shown.items()}
    rivals = [rates[side] for side in rates if side != "localemr"]
    ratio = rates["localemr"] / max(rivals) if rivals and "localemr" in rates else None
    tell(operation, connections=connections, **sides, ratio_to_better_rival=ratio, target=">= 3")


def large_store(home: Path) -> None:
    """100 clusters and steps, and 10,000 clusters with 100,000 steps: start, memory, one page of each list."""
    medians: list[dict[str, float]] = []
    for name, clusters, steps in (("small", 100, 1000), ("large", 10_000, 100_000)):
        cluster_id, port = fill(home / name, clusters, steps), free_port()
        command = [sys.executable, "-m", "tests.benchmarks.large", str(home / name), str(port)]
        began = time.monotonic()
        with running(command, {}, port) as process:
            started = time.monotonic() - began
            medians.append(read_times(port, cluster_id))
            status = Path(f"/proc/{process.pid}/status").read_text()
            peak = next(int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith("VmHWM"))
        tell(f"{name} store", clusters=clusters, steps=steps, start_s=started, peak_mb=peak, target="<= 3 s, <= 300 MB")
    for what in medians[0]:
        small, large = (each[what] for each in medians)
        tell(f"{what} in a large store", small_ms=small, large_ms=large, ratio=large / small, target="<= 1.5")


def read_times(port: int, cluster_id: str) -> dict[str, float]:
    """Median milliseconds of the calls that read."""
    one = {"ClusterId": cluster_id}
    calls: dict[str, tuple[str, dict[str, Any]]] = {
        "DescribeCluster": ("DescribeCluster", one),
        "ListClusters": ("ListClusters", {}),
        "ListClusters TERMINATED": ("ListClusters", {"ClusterStates": ["TERMINATED"]}),
        "ListClusters WAITING (none)": ("ListClusters", {"ClusterStates": ["WAITING"]}),
        "ListSteps": ("ListSteps", one),
        "ListSteps PENDING (none)": ("ListSteps", {**one, "StepStates": ["PENDING"]}),
        "ListInstances": ("ListInstances", one),
    }
    client = Client(port)
    medians = {}
    for what, (operation, request) in calls.items():
        taken = [timed(lambda: client.call(operation, request)) for _ in range(200)]  # noqa: B023 (called at once)
        medians[what] = statistics.median(taken) * 1000
    client.close()
    return medians


def fixture() -> None:
    """What emr_memory adds to a test; the first one in a process starts the server."""

    def use() -> None:
        with MemoryEmr():
            pass

    first = timed(use) * 1000
    tell("emr_memory", first_ms=first, median_ms=statistics.median(timed(use) for _ in range(20)) * 1000,
         target="<= 50 ms")  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
