"""Waiting for changes of clusters, without polling. For one event loop."""

from __future__ import annotations

import asyncio

ANY = ""
"""Instead of a cluster's id: a change of any cluster."""


class Changes:
    """Wakes tasks that wait for a stored change of a cluster or its parts."""

    def __init__(self) -> None:
        self.count = 0
        """Number of changes so far."""
        self._waiting: dict[str, set[asyncio.Future[None]]] = {}
        self.closed = False
        """Whether the controller is about to stop."""

    def notify(self, cluster_id: str) -> None:
        """Wake all tasks that wait for the cluster. Call it in the event loop, after the change was stored."""
        self.count += 1
        for future in (*self._waiting.pop(cluster_id, ()), *self._waiting.pop(ANY, ())):
            if not future.done():
                future.set_result(None)

    async def wait(self, cluster_id: str, timeout: float) -> bool:
        """Wait until the cluster, or ANY of them, changes; False if it did not within `timeout` seconds, or after
        `close`.

        No change is missed if the caller awaits nothing between reading the store and this call.
        """
        if self.closed or timeout <= 0:
            return False
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(cluster_id, set()).add(future)
        try:
            await asyncio.wait_for(future, timeout)
        except TimeoutError:
            return False
        finally:
            self._forget(cluster_id, future)
        return not self.closed

    def waiting(self, cluster_id: str) -> int:
        """Number of tasks that wait for the cluster."""
        return len(self._waiting.get(cluster_id, ()))

    def close(self) -> None:
        """End all waiting, also in later calls: the controller is about to stop."""
        self.closed = True
        for cluster_id in list(self._waiting):
            self.notify(cluster_id)

    def _forget(self, cluster_id: str, future: asyncio.Future[None]) -> None:
        others = self._waiting.get(cluster_id)
        if others is not None:
            others.discard(future)
            if not others:
                del self._waiting[cluster_id]
