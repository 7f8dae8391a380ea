"""Copies of the API server's objects of a kind, kept current by a watch: a pass reads them without a call."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any, Generic, Protocol, TypeVar

from localemr.runtime.base import RuntimeFailure, RuntimeUnavailable
from localemr.runtime.kubernetes.client import Outdated
from localemr.tasks import end

log = logging.getLogger(__name__)
PATIENCE = 10.0
"""Seconds for the first list."""
PAUSE = 1.0
"""Seconds between two attempts to list."""
T = TypeVar("T")


class Source(Protocol):
    """What lists and watches (client.py)."""

    async def listing(self, kind: type[Any], labels: dict[str, Any] | None) -> tuple[list[Any], str]:
        """Objects and the version of the list."""

    def watch(self, kind: type[Any], labels: dict[str, Any] | None, version: str) -> AsyncIterator[tuple[str, Any]]:
        """Changes after a version."""


class Copies(Generic[T]):
    """The objects of a kind with these labels, by name.

    `changed` is called with the copy before and after each change (None: there is none), `failed` with the reason when
    the server stopped answering: until `current` returns, the copies are old.
    """

    def __init__(
        self,
        source: Source,
        kind: type[T],
        labels: Mapping[str, Any] | None,
        changed: Callable[[T | None, T | None], None],
        failed: Callable[[RuntimeFailure], None],
    ) -> None:
        self._source, self._kind, self._labels = source, kind, dict(labels) if labels else None
        self._changed, self._failed = changed, failed
        self._found: dict[str, T] = {}
        self._removed: dict[str, str] = {}
        """Uids of objects that this process removed, by name. The watch may still report older states of them."""
        self._tried = asyncio.Event()
        self._error = ""
        """Why the copies are not current. Empty: they are."""
        self._task: asyncio.Task[None] | None = None

    def all(self) -> list[T]:
        """All copies."""
        return list(self._found.values())

    def get(self, name: str) -> T | None:
        """The copy of this name. None: there is none."""
        return self._found.get(name)

    async def current(self) -> None:
        """Return when the copies are current. Raises RuntimeUnavailable when the server does not answer."""
        if self._task is None:
            self._task = asyncio.create_task(self._follow())
        try:
            async with asyncio.timeout(PATIENCE):
                await self._tried.wait()
        except TimeoutError as error:
            raise RuntimeUnavailable(f"Kubernetes lists no {self._kind.__name__}s: no answer") from error
        if self._error:
            raise RuntimeUnavailable(f"Kubernetes lists no {self._kind.__name__}s: {self._error}")

    def put(self, made: T) -> None:
        """An object that was just created: the watch reports it later."""
        name, _ = _identity(made)
        if name not in self._found:
            self._found[name] = made

    def drop(self, name: str) -> None:
        """An object was just removed. That is a change; what the watch still reports of the object is ignored."""
        if (found := self._found.pop(name, None)) is not None:
            self._removed[name] = _identity(found)[1]
            self._changed(found, None)

    async def close(self) -> None:
        """Follow no more."""
        await end(self._task)

    async def _follow(self) -> None:
        while True:
            try:
                found, version = await self._source.listing(self._kind, self._labels)
                self._replace(found)
                self._error = ""
                self._tried.set()
                async for change, each in self._source.watch(self._kind, self._labels, version):
                    self._take(change, each)
            except Outdated:
                continue  # listed again at once; the copies are as good as before
            except RuntimeFailure as error:
                self._lost(error)
            except Exception as error:
                log.exception("following Kubernetes' %ss failed", self._kind.__name__)
                self._lost(RuntimeUnavailable(str(error)))
            await asyncio.sleep(PAUSE)

    def _lost(self, error: RuntimeFailure) -> None:
        self._error = str(error) or repr(error)
        self._tried.set()
        self._failed(error)

    def _replace(self, found: list[T]) -> None:
        self._removed.clear()
        names = {_identity(each)[0] for each in found}
        for name in self._found.keys() - names:
            self._changed(self._found.pop(name), None)
        for each in found:
            self._take("MODIFIED", each)

    def _take(self, change: str, each: T) -> None:
        name, uid = _identity(each)
        if self._removed.get(name) == uid:
            if change == "DELETED":
                del self._removed[name]
            return
        before = self._found.get(name)
        if change == "DELETED":
            self._found.pop(name, None)
            self._changed(before, None)
        else:
            self._found[name] = each
            self._changed(before, each)


def _identity(each: Any) -> tuple[str, str]:
    return each.metadata.name, each.metadata.uid or ""
