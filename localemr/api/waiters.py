"""SDK waiters that return at once: their Describe calls are held until what they wait for has come, or some seconds.

A waiter polls every 30 s. AWS SDKs mark its calls in the User-Agent: the part `m/…`, a list of feature ids, contains
`B`. A marked call is answered when the state that is waited for is reached, at the latest after `limit` seconds (SDKs
give up reading after 60). Calls without the mark never wait.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from functools import lru_cache
from typing import Any

from localemr.api.changes import Changes
from localemr.domain.model.records import Cluster
from localemr.domain.model.states import ACTIVE_STEPS, ENDED, READY, STARTING_UP, ClusterState
from localemr.store import Store

HOLD_SECONDS = 20.0
WAITER_FEATURE = "B"
HELD = frozenset({"DescribeCluster", "DescribeStep"})

SOON, LATE = 5.0, 300.0
"""A call this many seconds after the same client saw the cluster ready is taken for the next poll of the same waiter.
Sooner, it is another waiter (a program that waits for cluster_running twice), or one that polls quickly anyway."""

Client = tuple[str, str]
"""A client's address and User-Agent."""


@lru_cache(maxsize=256)
def is_marked(user_agent: str) -> bool:
    """Whether the request is a waiter's."""
    lists = (part[2:] for part in user_agent.split() if part.startswith("m/"))
    return any(WAITER_FEATURE in features.split(",") for features in lists)


class Waiters:
    """Holds the calls of waiters."""

    def __init__(self, store: Store, changes: Changes, now: Callable[[], float], limit: float = HOLD_SECONDS) -> None:
        self._store = store
        self._changes = changes
        self._now = now
        self._limit = limit
        self._seen_ready: dict[tuple[Client, str], float] = {}

    async def hold(
        self, operation: str, request: Mapping[str, Any], client: Client, gone: Callable[[], Awaitable[None]]
    ) -> None:
        """Return when a marked call may be answered: the awaited state is there, the time is up, or `gone` returned
        (the client hung up)."""
        pending = self._question(operation, request, client)
        if pending is None or not pending():
            return
        tasks = {asyncio.ensure_future(self._settled(request["ClusterId"], pending)), asyncio.ensure_future(gone())}
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        self._note(operation, request, client)

    async def _settled(self, cluster_id: str, pending: Callable[[], bool]) -> None:
        loop = asyncio.get_running_loop()
        end = loop.time() + self._limit
        # Nothing is awaited between the look at the store and `wait`: no change gets lost.
        while pending() and await self._changes.wait(cluster_id, end - loop.time()):
            pass

    def _question(self, operation: str, request: Mapping[str, Any], client: Client) -> Callable[[], bool] | None:
        """What the waiter waits for: a question that is true as long as the answer has to be held."""
        if operation not in HELD:
            return None
        cluster_id = request["ClusterId"]
        if operation == "DescribeStep":
            return lambda: self._step_active(cluster_id, request["StepId"])
        cluster = self._store.cluster(cluster_id)
        if cluster is None:
            return None
        if cluster.status.state in STARTING_UP and not cluster.spec.terminate:
            return lambda: self._state(cluster_id) in STARTING_UP
        if self._wants_the_end(cluster, client):
            return lambda: self._state(cluster_id) not in {None, *ENDED}
        self._note(operation, request, client)
        return None

    def _wants_the_end(self, cluster: Cluster, client: Client) -> bool:
        """Whether this is cluster_terminated: cluster_running would have ended when it first saw the cluster ready."""
        if cluster.spec.terminate or cluster.status.state == ClusterState.TERMINATING:
            return True
        seen = self._seen_ready.get((client, cluster.id))
        return seen is not None and SOON <= self._now() - seen <= LATE

    def _note(self, operation: str, request: Mapping[str, Any], client: Client) -> None:
        """Remember that the client is about to see the cluster ready."""
        if operation == "DescribeCluster" and self._state(request["ClusterId"]) in READY:
            now = self._now()
            self._seen_ready = {key: at for key, at in self._seen_ready.items() if now - at <= LATE}
            self._seen_ready[(client, request["ClusterId"])] = now

    def _state(self, cluster_id: str) -> ClusterState | None:
        cluster = self._store.cluster(cluster_id)
        return cluster.status.state if cluster else None

    def _step_active(self, cluster_id: str, step_id: str) -> bool:
        step = self._store.step(cluster_id, step_id)
        return step is not None and step.status.state in ACTIVE_STEPS
