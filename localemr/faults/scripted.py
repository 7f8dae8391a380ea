"""A runtime around a runtime: the script determines the outcomes of clusters, instances and runs."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
from collections.abc import AsyncIterator, Callable, Collection, Coroutine, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from localemr.clock import Clock
from localemr.faults.market import Market
from localemr.faults.outcomes import Staging, deferral, details_of, facts_of, fails_in_provisioning, subject_of
from localemr.faults.script import FAULTS, Rule, Script
from localemr.reconcile.instances import INBOX, NUMBER, ROLE
from localemr.runtime.base import (
    RUNNING,
    Entry,
    Event,
    File,
    InstanceSpec,
    ListedCluster,
    ListedInstance,
    Machine,
    Runtime,
    RuntimeDeferred,
    RuntimeFailure,
)

log = logging.getLogger(__name__)
MASTER, MEASURED = "MASTER", "yarn-measured"
MEASURES = f"{INBOX}/measure"
"""The folder of measurements (docs/node-contract.md)."""
LOOK_EVERY = 20.0
"""Seconds between two looks of a master without changes."""
ITSELF = ""
"""Key for the outcome of the instance or cluster itself, beside those of its runs."""


class ScriptedRuntime:
    """See Runtime. Subjects without a rule are passed on unchanged. `staging` implements the outcomes."""

    def __init__(self, runtime: Runtime, script: Script, clock: Clock, staging: Staging) -> None:
        self._runtime = runtime
        self._script = script
        self._clock = clock
        self._staging = staging
        self._facts: dict[str, dict[str, str]] = {}
        self._tasks: set[asyncio.Future[None]] = set()
        self._decided: dict[str, dict[str, Rule | None]] = {}
        self._deferred: dict[str, RuntimeDeferred | None] = {}
        self._looks: dict[str, Iterator[int]] = {}
        self.market = Market(runtime, clock, staging, self._begin)

    @property
    def restarts(self) -> bool:
        """See Runtime."""
        return self._runtime.restarts

    async def ensure_cluster(
        self, cluster: str, annotations: Mapping[str, str], hosts: str, services: Collection[str]
    ) -> None:
        """See Runtime. A cluster whose rule fails it at once is not created."""
        facts = facts_of(cluster, annotations)
        rule = self._decide(cluster, ITSELF, lambda: self._script.take("cluster", facts))
        if rule and fails_in_provisioning(rule):
            self._defer(cluster, rule, facts)
        await self._runtime.ensure_cluster(cluster, annotations, hosts, services)

    async def cluster(self, cluster: str, services: Collection[str]) -> ListedCluster | None:
        """See Runtime."""
        return await self._runtime.cluster(cluster, services)

    async def remove_cluster(self, cluster: str) -> None:
        """See Runtime. The cluster's outcomes are dropped."""
        await self._runtime.remove_cluster(cluster)
        self._forget(cluster)

    async def make(self, spec: InstanceSpec, files: Mapping[str, File]) -> None:
        """See Runtime. An instance may be refused, delayed, or lost later."""
        facts = self._facts[spec.name] = facts_of(spec.cluster, spec.annotations)
        rule = self._decide(spec.name, ITSELF, lambda: self._script.take("instance", facts))
        if rule and rule.result not in FAULTS:
            self._defer(spec.name, rule, facts)
        await self._runtime.make(spec, self._planned(spec.name, facts, files))
        if rule and rule.result in FAULTS:
            self._decided[spec.name][ITSELF] = None
            self._inject(spec.name, rule)
        self.market.offer(spec.name, spec.annotations)

    async def send(self, name: str, files: Mapping[str, File]) -> None:
        """See Runtime. Runs with a rule get their outcome."""
        await self._runtime.send(name, self._planned(name, await self._facts_of(name), files))

    async def start(self, name: str) -> None:
        """See Runtime."""
        await self._runtime.start(name)

    async def instances(self, cluster: str | None = None) -> list[ListedInstance]:
        """See Runtime."""
        return await self._runtime.instances(cluster)

    async def remove(self, name: str) -> None:
        """See Runtime. The instance's outcomes are dropped."""
        await self._runtime.remove(name)
        self._forget(name)

    def read(self, name: str, path: str, start: int = 0) -> AsyncIterator[bytes]:
        """See Runtime."""
        return self._runtime.read(name, path, start)

    def journal(self, name: str, since: int = 0) -> AsyncIterator[Entry]:
        """See Runtime."""
        return self._runtime.journal(name, since)

    def events(self) -> AsyncIterator[Event]:
        """See Runtime."""
        return self._runtime.events()

    async def capacity(self) -> Sequence[Machine]:
        """See Runtime."""
        return await self._runtime.capacity()

    async def close(self) -> None:
        """See Runtime."""
        await self._runtime.close()

    async def measure(self, cluster: str, values: Mapping[str, float] | None) -> None:
        """Have the cluster's master report these measurements as one look at its load, and further looks without
        changes; with None it looks no more. Raises LookupError: no master of such a cluster runs."""
        self._looks.pop(cluster, None)
        if values is None:
            return
        looks = self._looks[cluster] = iter(range(1, 1 << 60))
        await self._look(cluster, values)
        self._clock.later(LOOK_EVERY, lambda: self._look_again(cluster, looks))

    async def _look(self, cluster: str, values: Mapping[str, float]) -> None:
        found = [each for each in await self._runtime.instances(cluster) if each.annotations.get(ROLE) == MASTER]
        running = [each.name for each in found if each.state == RUNNING]
        if not running:
            self._looks.pop(cluster, None)
            raise LookupError(cluster)
        look = {**values, MEASURED: next(self._looks[cluster])}
        await self._runtime.send(running[0], {f"{MEASURES}/{name}": File(str(value)) for name, value in look.items()})

    def _look_again(self, cluster: str, looks: Iterator[int]) -> None:
        if self._looks.get(cluster) is not looks:
            return

        async def look() -> None:
            with contextlib.suppress(LookupError):
                await self._look(cluster, {})
                self._clock.later(LOOK_EVERY, lambda: self._look_again(cluster, looks))

        self._begin(look)

    async def apply_faults(self) -> None:
        """Inject the script's faults into running instances. To be called after rules were added."""
        running = [each for each in await self._runtime.instances() if each.state == RUNNING]
        for each in sorted(running, key=lambda each: (each.cluster, int(each.annotations[NUMBER]))):
            if rule := self._script.take("instance", facts_of(each.cluster, each.annotations), FAULTS):
                self._inject(each.name, rule)

    def _inject(self, name: str, rule: Rule) -> None:
        act: Callable[[], Coroutine[Any, Any, None]] = partial(self._runtime.remove, name)
        if rule.result == "interrupt":
            act = partial(self.market.notify, name, rule.notice)
        self._clock.later(rule.after, lambda: self._begin(act))

    def _begin(self, act: Callable[[], Coroutine[Any, Any, None]]) -> None:
        async def body() -> None:
            try:
                await act()
            except RuntimeFailure as error:
                log.info("a scripted fault failed: %s", error)

        task = asyncio.ensure_future(body())
        self._tasks.add(task)  # a task without a reference may be garbage-collected
        task.add_done_callback(self._tasks.discard)

    def _forget(self, name: str) -> None:
        self.market.forget(name)
        self._facts.pop(name, None)
        self._decided.pop(name, None)
        self._deferred.pop(name, None)

    async def _facts_of(self, name: str) -> dict[str, str]:
        if name not in self._facts:
            found = await self._runtime.instances()
            self._facts |= {each.name: facts_of(each.cluster, each.annotations) for each in found}
        return self._facts.get(name, facts_of("", {}))

    def _decide(self, subject: str, run: str, take: Callable[[], Rule | None]) -> Rule | None:
        """The rule for a subject, chosen once: a repeated call has the same outcome."""
        decided = self._decided.setdefault(subject, {})
        if run not in decided:
            decided[run] = take()
        return decided[run]

    def _defer(self, name: str, rule: Rule, facts: Mapping[str, str]) -> None:
        """Raise RuntimeDeferred for as long as the rule requires, counted from the first attempt."""
        if name not in self._deferred:
            self._deferred[name] = deferral(rule, facts, self._clock.now())
        deferred = self._deferred[name]
        if deferred and (deferred.code or self._clock.now() < deferred.until):
            raise deferred

    def _planned(self, name: str, facts: Mapping[str, str], files: Mapping[str, File]) -> dict[str, File]:
        return {path: self._planned_file(name, facts, path, file) for path, file in files.items()}

    def _planned_file(self, name: str, facts: Mapping[str, str], path: str, file: File) -> File:
        on = subject_of(path)
        if on is None:
            return file
        run = json.loads(file.text)
        if on == "cluster":
            rule = self._decided.get(facts["cluster_id"], {}).get(ITSELF)
        else:
            rule = self._decide(name, run["name"], lambda: self._script.take(on, dict(facts) | details_of(run)))
        return replace(file, text=json.dumps(self._staging.run(run, rule))) if rule else file
