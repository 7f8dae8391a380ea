"""Commands in pods that end meanwhile: a machine that is off refuses nothing, it is silent."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from localemr.runtime.base import RuntimeFailure

T = TypeVar("T")


class Ends:
    """Ends the wait for a command as soon as its pod has ended. Use it from one event loop."""

    def __init__(self) -> None:
        self._waiting: dict[str, set[asyncio.Future[None]]] = {}
        self._given_up = set[asyncio.Task[Any]]()
        """Kept until they have ended: the loop itself forgets tasks."""

    async def before(self, pod: str, command: Coroutine[Any, Any, T]) -> T:
        """The command's result. Raises RuntimeFailure when the pod ends before."""
        ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(pod, set()).add(ended)
        task = asyncio.create_task(command)
        either: set[asyncio.Future[Any]] = {task, ended}
        try:
            await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
            if task.done():
                return task.result()
            raise RuntimeFailure(f"{pod} ended before a command in it did")
        finally:
            self._waiting.get(pod, set()).discard(ended)
            if not task.done():
                # Nothing waits for it: closing a connection to a machine that is off takes long.
                self._given_up.add(task)
                task.add_done_callback(self._forget)
                task.cancel()

    def end(self, pod: str) -> None:
        """The pod has ended."""
        for each in self._waiting.pop(pod, ()):
            if not each.done():
                each.set_result(None)

    def _forget(self, task: asyncio.Task[Any]) -> None:
        self._given_up.discard(task)
        if not task.cancelled():
            task.exception()  # looked at, so that the loop does not report it
