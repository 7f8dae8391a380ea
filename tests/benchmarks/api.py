"""Measure the API: `make bench-api`. Requests per second beside two imitations of EMR, large stores, emr_memory.

Prints one JSON line a measurement, ratios from one run; asserts nothing. All sides get the same requests, signed as
boto3 signs them, from the same client, in turns; what they install is thrown away. Lists are read to their end, page
after page where the side gives pages. In memory mode LocalEMR's reconciler shares the process: while RunJobFlow is
measured, the clusters that it made come up.
"""

from __future__ import annotations

import json
import os
import signal
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import count, cycle
from pathlib import Path
from typing import Any

from localemr.testing.memory import MemoryEmr
from tests.benchmarks.figures import tell, timed
from tests.benchmarks.large import fill
from tests.benchmarks.load import Writer, drive, processor_seconds
from tests.benchmarks.rivals import RIVALS, Client, NotServed, command_of, free_port, ours, running
from tests.contract.requests import cluster, step

CLUSTERS, STEPS = 200, 256
TURNS, TURN_SECONDS = 3, 1.0
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


@dataclass(frozen=True)
class Side:
    """A server that is measured, and the calls that it gets: each operation's make up one round."""

    port: int
    pid: int
    calls: Mapping[str, Sequence[bytes]] = field(default_factory=dict)


def start_all(home: Path, stack: ExitStack) -> dict[str, Side]:
    """Every side that can be had, by name; the others are told of."""
    sides = {}
    for side in ("localemr", *RIVALS):
        port = free_port()
        try:
            command, environ = ours(home, port) if side == "localemr" else command_of(side, home / side, port)
            process = stack.enter_context(running(command, environ, port))
            sides[side] = Side(port, process.pid, prepare(port))
        except (NotServed, OSError, KeyError, ValueError) as error:
            tell("not measured", side=side, why=str(error))
    return sides


def prepare(port: int) -> dict[str, Sequence[bytes]]:
    """200 clusters, 256 steps in the first; the calls of a round. DescribeCluster asks for one cluster after the other,
    lists are read page by page."""
    client, writer = Client(port), Writer()
    made = [str(json.loads(client.call("RunJobFlow", REQUEST))["JobFlowId"]) for _ in range(CLUSTERS)]
    steps = [step(str(number), ActionOnFailure="CONTINUE") for number in range(STEPS)]
    client.call("AddJobFlowSteps", {"JobFlowId": made[0], "Steps": steps})
    requested: dict[str, Sequence[Mapping[str, Any]]] = {
        "DescribeCluster": [{"ClusterId": cluster_id} for cluster_id in made],
        "ListClusters": pages(client, "ListClusters", {}),
        "ListSteps": pages(client, "ListSteps", {"ClusterId": made[0]}),
        "RunJobFlow": [REQUEST],
    }
    client.close()
    return {
        operation: [writer.write(operation, each) for each in requests] for operation, requests in requested.items()
    }


def pages(client: Client, operation: str, request: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The requests that read the list to its end."""
    found = [request]
    while marker := json.loads(client.call(operation, found[-1])).get("Marker"):
        found.append({**request, "Marker": marker})
    return found


def compare(sides: Mapping[str, Side]) -> None:
    """Each operation on all sides, with 1 connection and with 8."""
    time.sleep(SETTLE_SECONDS)  # LocalEMR's clusters come up
    # RunJobFlow is the last: it changes what the others list.
    for operation in ("DescribeCluster", "ListClusters", "ListSteps", "RunJobFlow"):
        for connections in (1, 8):
            measured = {name: Measured() for name in sides}
            for _ in range(TURNS):
                for name in list(measured):
                    try:
                        with alone(sides, name):
                            measured[name].turn(sides[name], operation, connections)
                    except (NotServed, OSError) as error:
                        tell("not measured", side=name, operation=operation, why=str(error))
                        del measured[name]
            report(operation, connections, measured)


@contextmanager
def alone(sides: Mapping[str, Side], name: str) -> Iterator[None]:
    """The other sides stand still meanwhile: what one still has to do must not slow another down."""
    others = [side.pid for other, side in sides.items() if other != name]
    for pid in others:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in others:
            os.kill(pid, signal.SIGCONT)


@dataclass
class Measured:
    """Calls of one operation on one side: seconds of each, of all, and of the server's processor."""

    taken: list[float] = field(default_factory=list)
    span: float = 0.0
    processor: float = 0.0
    client: float = 0.0
    pages: int = 1

    def turn(self, side: Side, operation: str, connections: int) -> None:
        """Measure for TURN_SECONDS more."""
        self.pages = len(side.calls[operation]) if operation.startswith("List") else 1
        used, mine, began = processor_seconds(side.pid), time.process_time(), time.monotonic()
        self.taken += drive(side.port, cycle(side.calls[operation]), connections, TURN_SECONDS)
        self.span += time.monotonic() - began
        self.client += time.process_time() - mine
        self.processor += processor_seconds(side.pid) - used

    def shown(self) -> dict[str, float]:
        """Rate, rate of whole lists, latencies, processor time of a request at the server and at the client."""
        ordered, rate = sorted(self.taken), len(self.taken) / self.span
        return (
            {"per_s": round(rate)}
            | ({"lists_per_s": round(rate / self.pages)} if self.pages > 1 else {})
            | {"p50_ms": round(ordered[len(ordered) // 2] * 1000, 3)}
            | {"p99_ms": round(ordered[int(len(ordered) * 0.99)] * 1000, 3)}
            | {
                "cpu_us": round(self.processor / len(ordered) * 1e6),
                "client_us": round(self.client / len(ordered) * 1e6),
            }
        )


def report(operation: str, connections: int, measured: Mapping[str, Measured]) -> None:
    """One line: each side's figures, and LocalEMR's rate and 99th percentile by the better rival's."""
    shown = {name: each.shown() for name, each in measured.items() if each.taken}
    ours, rivals = shown.get("localemr"), [figures for name, figures in shown.items() if name != "localemr"]
    ratios = {}
    if ours and rivals:
        ratios = {
            "ratio_to_better_rival": ours["per_s"] / max(each["per_s"] for each in rivals),
            "p99_ratio": ours["p99_ms"] / min(each["p99_ms"] for each in rivals),
        }
    tell(operation, connections=connections, **shown, **ratios, target=">= 3, p99 < 1")


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
    client, numbers = Client(port), count()
    medians = {}
    for what, (operation, request) in calls.items():
        # A member that the model does not know is passed over; with it no two requests are alike, and none is answered
        # from what was answered before.
        taken = [timed(lambda: client.call(operation, {**request, "": next(numbers)})) for _ in range(200)]  # noqa: B023
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
