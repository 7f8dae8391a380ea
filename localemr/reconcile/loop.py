"""The reconciler: passes over clusters, one at a time for each cluster, whenever something may have changed.

A pass observes, loads, decides, saves, acts. Loading, deciding and saving happen without an await between them, so no
request can come in between. Decisions are always saved before they are acted on.
"""

from __future__ import annotations

import asyncio
import logging
import math
import time
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from localemr.clock import Clock, RealClock
from localemr.domain.decide.decide import decide
from localemr.domain.decide.indexed import applications_of
from localemr.domain.model.instructions import Instruction, RemoveCluster
from localemr.domain.model.observed import Observed, Trouble
from localemr.domain.model.records import Event, Records
from localemr.domain.model.shortage import Shortage, shortages
from localemr.domain.model.states import ENDED
from localemr.domain.node.shared_catalog import ALIAS, requested_at
from localemr.reconcile.act import Tools, act, subject
from localemr.reconcile.creations import Creations, Work
from localemr.reconcile.host_memory import HostMemory
from localemr.reconcile.info import InfoFiles
from localemr.reconcile.limits import limits_for
from localemr.reconcile.observe import observe
from localemr.reconcile.publishing import Publishing
from localemr.reconcile.queue import WorkQueue
from localemr.reconcile.reports import Reports
from localemr.reconcile.requested_runs import RequestedRuns
from localemr.reconcile.throttle import PassThrottle
from localemr.runtime.base import Machine, RuntimeDeferred, RuntimeFailure, RuntimeUnavailable
from localemr.store import Store, StoreFailure
from localemr.tasks import end

log = logging.getLogger(__name__)
WORKERS = 4
LOOK_AGAIN = 30.0  # seconds
LISTEN_AGAIN = 1.0  # seconds
REMOVED_AFTER = 0.2  # seconds
FIRST_PAUSE, LONGEST_PAUSE = 0.2, 10.0  # seconds, after a failure


class Reconciler:
    """Moves every unfinished cluster towards what was requested."""

    def __init__(
        self, store: Store, tools: Tools, clock: Clock | None = None, publishing: Publishing | None = None
    ) -> None:
        """`publishing` is given the state of each cluster after a pass."""
        self._store = store
        self._tools = tools
        self._publishing = publishing
        clock = clock or RealClock()
        self._now = clock.now
        self._queue = WorkQueue(clock)
        self._reports = Reports(tools.runtime, self._queue.add, self._now)
        self._trouble: dict[str, dict[str, Trouble]] = {}
        self._failures: dict[str, int] = {}
        self._info = InfoFiles(tools)
        self._memory = HostMemory(store, tools.catalog, self._now)
        self._requested = RequestedRuns()
        self._creations = Creations()
        self._reach: dict[str, Mapping[str, Mapping[int, tuple[str, int]]]] = {}
        self._tasks: list[asyncio.Task[None]] = []
        self.throttle = PassThrottle()
        """Counts API calls, which have priority over passes."""
        self.runtime_error: str | None = None
        """Why the last call of the runtime could not reach it. None when it answered."""
        self.machines: Sequence[Machine] | None = None
        """The runtime's machines, as of the last successful connection. None: unknown."""

    @property
    def followed(self) -> set[str]:
        """Names of the instances whose reports are followed."""
        return self._reports.known

    @property
    def memory_mb(self) -> int | None:
        """The memory in MiB that all instances may take together. None: unknown."""
        return None if self.machines is None else sum(each.memory_mb for each in self.machines)

    @property
    def shortages(self) -> list[Shortage]:
        """The live instances' processes that were ended because memory ran out."""
        return shortages(self._reports.all_measurements())

    def wake(self, cluster_id: str) -> None:
        """Request a pass over the cluster."""
        self._queue.add(cluster_id)

    def reach(self, cluster_id: str, instance_id: str, port: int) -> tuple[str, int] | None:
        """Host and port at which the controller reaches a port of an instance, as last observed. None: not
        reachable."""
        return self._reach.get(cluster_id, {}).get(instance_id, {}).get(port)

    async def start(self) -> None:
        """Start the workers and request a pass over every unfinished cluster."""
        await self._look_at_machines()
        self._tasks = [asyncio.create_task(self._work()) for _ in range(WORKERS)]
        self._tasks.append(asyncio.create_task(self._listen()))
        for cluster_id in self._store.unfinished():
            self.wake(cluster_id)

    async def stop(self) -> None:
        """Stop at once. The next start resumes unfinished work."""
        await end(*self._tasks)
        self._queue.close()
        await self._reports.close()

    async def _look_at_machines(self) -> None:
        try:
            self.machines = await self._tools.runtime.capacity()
            self.runtime_error = None
        except RuntimeFailure as error:
            self.runtime_error = str(error)

    async def _listen(self) -> None:
        """Wake clusters whose instances change, and all clusters when a service changes.

        The runtime may have been away between two rounds: then all clusters are woken, and the machines are listed
        again.
        """
        while True:
            await self._look_at_machines()
            if self.runtime_error is None:
                self.wake_all()
                try:
                    async for event in self._tools.runtime.events():
                        self.wake_all() if event.cluster is None else self.wake(event.cluster)
                except RuntimeFailure as error:
                    self.runtime_error = str(error)
                except Exception:
                    log.exception("following the runtime's events failed")
            await asyncio.sleep(LISTEN_AGAIN)

    def wake_all(self) -> None:
        """Request a pass over every unfinished cluster."""
        for cluster_id in self._store.unfinished():
            self.wake(cluster_id)

    async def _work(self) -> None:
        while True:
            cluster_id = await self._queue.get()
            try:
                await self.throttle.wait()
                await self.run_pass(cluster_id)
                self._failures.pop(cluster_id, None)
            except RuntimeUnavailable as error:
                self.runtime_error = str(error)
                self._retry(cluster_id, error)
            except (RuntimeFailure, StoreFailure) as error:
                self._retry(cluster_id, error)
            except Exception as error:
                log.exception("%s: a pass failed", cluster_id)
                self._retry(cluster_id, error)
            finally:
                self._queue.done(cluster_id)

    def _retry(self, cluster_id: str, error: Exception) -> None:
        failures = self._failures[cluster_id] = self._failures.get(cluster_id, 0) + 1
        pause = min(FIRST_PAUSE * 2 ** min(failures - 1, 10), LONGEST_PAUSE)
        log.warning("%s: %s; trying again in %.1f s", cluster_id, error, pause)
        self._queue.add_later(cluster_id, pause)

    async def run_pass(self, cluster_id: str) -> None:
        """One pass over one cluster. Raises RuntimeFailure or StoreFailure; the pass must then be repeated."""
        seen = await self._observe(cluster_id)
        began = time.thread_time()
        records = self._store.live(cluster_id)
        if records is None or (records.cluster.status.state in ENDED and not seen.instances):
            self._trouble.pop(cluster_id, None)
            self._reach.pop(cluster_id, None)
            self._info.forget(cluster_id)
            self._requested.forget(cluster_id)
            self._creations.forget(cluster_id)
            if self._publishing:
                self._publishing.forget(cluster_id)
            return
        if seen.detached:
            used = applications_of(records.cluster, self._tools.catalog)
            requested = frozenset() if requested_at(seen) is None else frozenset({ALIAS})
            seen = replace(seen, detached=seen.detached & self._tools.services_of(records, used, requested))
        if records.cluster.spec.managed_scaling is not None:
            seen = replace(seen, others_mb=self._memory.others_mb(cluster_id))
        if limits := self._tools.limits():
            seen = replace(seen, limits=limits_for(cluster_id, limits, self._store))
        now = self._now()
        if self._publishing:
            seen = replace(seen, alarmed=self._publishing.alarmed(records, now))
        decision = decide(records, seen, now, self._tools.catalog)
        if decision.records != records:
            self._store.save(records, decision.records, decision.events)
            self._queue.add(cluster_id)
        if self._publishing:
            self._publishing.note(decision.records, seen, now)
        self._drop(cluster_id, decision.spent)
        _log_events(decision.events)
        # Every change wakes the cluster. An additional pass now and then costs little.
        self._queue.add_later(cluster_id, min(decision.wake_at or math.inf, now + LOOK_AGAIN) - now)
        self.throttle.note_pass(time.thread_time() - began)
        await self._act(decision.records, decision.instructions, seen.instances)
        await self._info.refresh(decision.records, seen, decision.instructions)

    def _drop(self, cluster_id: str, spent: Iterable[tuple[str, str]]) -> None:
        names: dict[str, set[str]] = {}
        for instance_id, name in spent:
            names.setdefault(instance_id, set()).add(name)
        for instance_id, runs in names.items():
            self._reports.drop(instance_id, runs)
            self._requested.drop(cluster_id, instance_id, runs)

    async def _observe(self, cluster_id: str) -> Observed:
        trouble = self._trouble.get(cluster_id, {})
        seen = await observe(self._tools.runtime, self._reports, cluster_id, self._tools.all_services, trouble)
        self.runtime_error = None
        self._reach[cluster_id] = {name: each.reach for name, each in seen.instances.items()}
        return replace(seen, memory_mb=self.memory_mb)

    async def _act(self, records: Records, instructions: Iterable[Instruction], listed: Collection[str]) -> None:
        """Carry out instructions, concurrently for all subjects. `listed` are the instances that exist."""
        by_subject: dict[str, list[Instruction]] = {}
        for instruction in self._requested.without_requested(records.cluster.id, instructions):
            by_subject.setdefault(subject(instruction, records), []).append(instruction)
        due, again = self._creations.due(records.cluster.id, by_subject, listed, self._now())
        if again is not None:
            self._queue.add_later(records.cluster.id, again - self._now())
        if not due:
            return
        applications = applications_of(records.cluster, self._tools.catalog)
        log.debug("%s: %s", records.cluster.id, by_subject)
        acts = (act(self._tools, records, applications, of_one) for of_one in due.values())
        self._note_outcomes(records.cluster.id, due, await asyncio.gather(*acts, return_exceptions=True))
        if any(isinstance(each, RemoveCluster) for of_one in due.values() for each in of_one):
            # Runtimes report instances. That what they shared is gone is seen by looking.
            self._queue.add_later(records.cluster.id, REMOVED_AFTER)

    def _note_outcomes(self, cluster_id: str, done: Work, outcomes: Sequence[BaseException | None]) -> None:
        """Note what was carried out. Raises the first failure."""
        trouble = self._trouble.setdefault(cluster_id, {})
        failed: Exception | None = None
        for name, outcome in zip(done, outcomes, strict=True):
            if isinstance(outcome, RuntimeDeferred):
                trouble[name] = Trouble(1, self._now(), str(outcome), outcome.until, outcome.code, outcome.progress)
                # With a code the rules decide at once. Without one nothing changes before its time.
                pause = 0.0 if outcome.code else min(outcome.until - self._now(), LOOK_AGAIN)
                self._queue.add_later(cluster_id, pause)
                continue
            if isinstance(outcome, RuntimeFailure) and not isinstance(outcome, RuntimeUnavailable):
                before = trouble.get(name, Trouble(0, self._now(), ""))
                trouble[name] = Trouble(before.count + 1, before.first, str(outcome))
            elif outcome is None:
                self._requested.note(cluster_id, done[name])
                self._creations.note(cluster_id, name, done[name], self._now())
                trouble.pop(name, None)
            if isinstance(outcome, Exception):
                failed = failed or outcome
        if failed:
            raise failed


def _log_events(events: Iterable[Event]) -> None:
    for event in events:
        why = " ".join(filter(None, (event.reason.code, event.reason.message)))
        subject = "" if event.kind == "cluster" else f" {event.kind} {event.subject}"
        log.info("%s:%s %s%s", event.cluster_id, subject, event.state, f" ({why})" if why else "")
