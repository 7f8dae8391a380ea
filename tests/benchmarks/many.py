"""What a cluster of many instances costs the controller, over the memory runtime: `python -m tests.benchmarks.many`.

Processor time, so that other work beside it does not count. `longest_round_ms` is the longest that the event loop was
held: API calls wait for it. tests/kubernetes/many.py is the same on a real API server.
"""

from __future__ import annotations

import argparse
import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from localemr.app import Controller, tune_garbage_collector
from localemr.aws.service import Caller
from localemr.clock import RealClock
from localemr.domain.model.records import Records
from localemr.domain.model.states import ClusterState
from localemr.platforms import memory_platform
from localemr.settings import Settings
from tests.benchmarks.figures import tell

LOOK = 0.1
PASSES = 9
CALLER = Caller("k", "us-east-1", "http://127.0.0.1")


class Loop(asyncio.SelectorEventLoop):
    """Knows its longest round."""

    longest = 0.0

    def _run_once(self) -> None:
        began = time.thread_time()
        super()._run_once()  # type: ignore[misc]
        self.longest = max(self.longest, time.thread_time() - began)


class Many:
    """A controller, and a cluster of so many instances."""

    def __init__(self, loop: Loop, controller: Controller, instances: int) -> None:
        self._loop, self._controller, self._instances = loop, controller, instances
        self._emr = next(each for each in controller._services if each.name == "emr")
        self._cluster = ""

    def call(self, operation: str, **request: object) -> dict[str, str]:
        """An operation of EMR's."""
        return dict(self._emr.operations.call(operation, self._emr.context(CALLER), request) or {})

    @contextmanager
    def measured(self, what: str) -> Iterator[None]:
        """Tell what a block costs."""
        self._loop.longest, before, began = 0.0, time.process_time(), time.monotonic()
        yield
        spent, seconds = time.process_time() - before, time.monotonic() - began
        tell(what, instances=self._instances, processor_s=spent, seconds=seconds,
             longest_round_ms=round(self._loop.longest * 1000), peak_mb=_peak())  # fmt: skip

    async def until(self, holds: Callable[[Records], bool]) -> None:
        """Return when the cluster's records are so."""
        while not ((found := self._controller.store.live(self._cluster)) and holds(found)):
            await asyncio.sleep(LOOK)

    async def start(self) -> None:
        """Have the cluster started, until it waits for steps."""
        with self.measured("start"):
            self._cluster = self.call(
                "RunJobFlow", Name="many", ReleaseLabel="emr-7.13.0", Applications=[{"Name": "Spark"}],
                JobFlowRole="EMR_EC2_DefaultRole", ServiceRole="EMR_DefaultRole",
                Instances={
                    "MasterInstanceType": "m5.xlarge", "SlaveInstanceType": "m5.xlarge",
                    "InstanceCount": self._instances, "KeepJobFlowAliveWhenNoSteps": True,
                },
            )["JobFlowId"]  # fmt: skip
            await self.until(lambda found: found.cluster.status.state == ClusterState.WAITING)

    async def passes(self) -> None:
        """Passes when nothing changes."""
        run_pass, spent = self._controller._reconciler.run_pass, list[float]()
        for _ in range(PASSES):
            began = time.process_time()
            await run_pass(self._cluster)
            spent.append((time.process_time() - began) * 1000)
            await asyncio.sleep(LOOK)
        tell("quiet pass", instances=self._instances, median_ms=sorted(spent)[PASSES // 2])

    async def end(self) -> None:
        """Terminate it."""
        with self.measured("end"):
            self.call("TerminateJobFlows", JobFlowIds=[self._cluster])
            await self.until(lambda found: found.cluster.status.state == ClusterState.TERMINATED)


async def measure(instances: int) -> None:
    """Start, rest and end."""
    platform = replace(memory_platform(RealClock()), most_instances=instances)
    controller = await Controller.open(Settings(runtime="memory"), platform)
    loop = asyncio.get_running_loop()
    assert isinstance(loop, Loop)
    tune_garbage_collector()
    try:
        many = Many(loop, controller, instances)
        await asyncio.sleep(LOOK)
        await many.start()
        await many.passes()
        await many.end()
    finally:
        await controller.close()


def _peak() -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) // 1024 for line in lines if line.startswith("VmHWM"))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.many", description=__doc__)
    parser.add_argument("--instances", type=int, default=1000)
    with asyncio.Runner(loop_factory=Loop) as runner:
        runner.run(measure(parser.parse_args().instances))
