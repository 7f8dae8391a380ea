"""A runtime whose networks, containers and runs come and end as a script says. Everything else is the runtime's below
it.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from localemr.clock import Clock
from localemr.faults.outcomes import (
    deferral,
    details_of,
    facts_of,
    fails_in_provisioning,
    notice_file,
    planned,
    subject_of,
)
from localemr.faults.script import FAULTS, Rule, Script
from localemr.reconcile.containers import CLUSTER_LABEL, INSTANCE_LABEL, NUMBER_LABEL, Naming
from localemr.runtime.base import ContainerSpec, File, Runtime, RuntimeDeferred, RuntimeFailure
from localemr.runtime.memory import MemoryRuntime

log = logging.getLogger(__name__)
ITSELF = ""
"""The name under which the outcome of a container is kept, or of a cluster, for which its network stands."""


class ScriptedRuntime:
    """See Runtime; what is made, started and written follows the script, and the rest is handed on."""

    def __init__(self, runtime: Runtime, script: Script, clock: Clock, naming: Naming) -> None:
        self._runtime = runtime
        self._script = script
        self._clock = clock
        self._naming = naming
        self._real = not isinstance(runtime, MemoryRuntime)
        self._labels: dict[str, Mapping[str, str]] = {}
        self._tasks: set[asyncio.Future[None]] = set()
        self._decided: dict[str, dict[str, Rule | None]] = {}
        self._deferred: dict[str, RuntimeDeferred | None] = {}

    def __getattr__(self, name: str) -> Any:
        return getattr(self._runtime, name)

    async def ensure_network(self, name: str, labels: Mapping[str, str], pool: str, attach: Mapping[str, str]) -> str:
        """See Runtime; with it a cluster begins, and one that is to fail at once gets none."""
        facts = facts_of(labels)
        rule = self._decide(name, ITSELF, lambda: self._script.take("cluster", facts))
        if rule and fails_in_provisioning(rule):
            self._defer(name, rule, facts)
        return await self._runtime.ensure_network(name, labels, pool, attach)

    async def remove_network(self, name: str) -> None:
        """See Runtime; with it a cluster ends."""
        await self._runtime.remove_network(name)
        self._forget(name)

    async def create(self, spec: ContainerSpec) -> None:
        """See Runtime; an instance may be refused, or put off."""
        self._labels[spec.name] = spec.labels
        facts = facts_of(spec.labels)
        rule = self._decide(spec.name, ITSELF, lambda: self._script.take("instance", facts))
        if rule and rule.result not in FAULTS:
            self._defer(spec.name, rule, facts)
        await self._runtime.create(spec)

    async def start(self, name: str) -> None:
        """See Runtime; an instance that is to be lost goes in due time."""
        await self._runtime.start(name)
        rule = self._decided.get(name, {}).get(ITSELF)
        if rule and rule.result in FAULTS:
            self._decided[name][ITSELF] = None
            self._strike(name, rule)

    async def write(self, name: str, files: Mapping[str, File]) -> None:
        """See Runtime; runs that are in the script get their outcome."""
        labels = await self._labels_of(name)
        await self._runtime.write(name, {path: self._planned(name, labels, path, file) for path, file in files.items()})

    async def remove(self, name: str) -> None:
        """See Runtime; what was decided for the container is forgotten."""
        await self._runtime.remove(name)
        self._forget(name)

    async def strike(self) -> None:
        """Let the script's faults come over instances that run already; to be called when rules were added."""
        found = await self._runtime.containers(self._naming.labels())
        running = [each for each in found if each.state == "running" and INSTANCE_LABEL in each.labels]
        for each in sorted(running, key=lambda each: (each.labels[CLUSTER_LABEL], int(each.labels[NUMBER_LABEL]))):
            if rule := self._script.take("instance", facts_of(each.labels), FAULTS):
                self._strike(each.name, rule)

    def _strike(self, name: str, rule: Rule) -> None:
        act: Callable[[], Coroutine[Any, Any, None]] = partial(self._runtime.remove, name)
        if rule.result == "interrupt":
            act = partial(self._runtime.write, name, notice_file(rule, self._real))
        self._clock.later(rule.after, lambda: self._begin(act))

    def _begin(self, act: Callable[[], Coroutine[Any, Any, None]]) -> None:
        async def body() -> None:
            try:
                await act()
            except RuntimeFailure as error:
                log.info("a scripted fault did not come about: %s", error)

        task = asyncio.ensure_future(body())
        self._tasks.add(task)  # a task that nobody holds may be collected
        task.add_done_callback(self._tasks.discard)

    def _forget(self, name: str) -> None:
        self._labels.pop(name, None)
        self._decided.pop(name, None)
        self._deferred.pop(name, None)

    async def _labels_of(self, name: str) -> Mapping[str, str]:
        if name not in self._labels:
            found = await self._runtime.containers(self._naming.labels())
            self._labels |= {each.name: each.labels for each in found}
        return self._labels.get(name, {})

    def _decide(self, subject: str, run: str, take: Callable[[], Rule | None]) -> Rule | None:
        """The rule for a subject, once: what is done twice has the same outcome."""
        decided = self._decided.setdefault(subject, {})
        if run not in decided:
            decided[run] = take()
        return decided[run]

    def _defer(self, name: str, rule: Rule, facts: Mapping[str, str]) -> None:
        """Raise RuntimeDeferred as long as the rule says; its time begins with the first attempt."""
        if name not in self._deferred:
            self._deferred[name] = deferral(rule, facts, self._clock.now())
        deferred = self._deferred[name]
        if deferred and (deferred.code or self._clock.now() < deferred.until):
            raise deferred

    def _planned(self, name: str, labels: Mapping[str, str], path: str, file: File) -> File:
        on = subject_of(path)
        if on is None:
            return file
        run, facts = json.loads(file.text), facts_of(labels)
        if on == "cluster":
            rule = self._decided.get(self._naming.network(facts["cluster_id"]), {}).get(ITSELF)
        else:
            rule = self._decide(name, run["name"], lambda: self._script.take(on, facts | details_of(run)))
        return replace(file, text=json.dumps(planned(run, rule, self._real))) if rule else file
