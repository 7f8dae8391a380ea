"""Copies of the API server's objects: what this process itself removed is a change, whatever the watch reports."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from lightkube.models.meta_v1 import ObjectMeta
from lightkube.resources.core_v1 import Pod

from localemr.runtime.kubernetes.copies import Copies

POD = Pod(metadata=ObjectMeta(name="one", uid="1"))


class Source:
    """Lists one pod; its watch reports what is put into `changes`."""

    def __init__(self) -> None:
        self.changes: asyncio.Queue[tuple[str, Any]] = asyncio.Queue()

    async def listing(self, kind: type[Any], labels: dict[str, Any] | None) -> tuple[list[Any], str]:
        return [POD], "1"

    async def watch(
        self, kind: type[Any], labels: dict[str, Any] | None, version: str
    ) -> AsyncIterator[tuple[str, Any]]:
        while True:
            yield await self.changes.get()


def test_a_removal_is_a_change_at_once_and_only_once() -> None:
    async def test() -> None:
        seen: list[tuple[Pod | None, Pod | None]] = []
        source = Source()
        copies = Copies(source, Pod, None, lambda before, after: seen.append((before, after)), lambda error: None)
        await copies.current()
        seen.clear()
        copies.drop("one")
        assert seen == [(POD, None)] and copies.all() == []
        for change in ("MODIFIED", "DELETED"):
            source.changes.put_nowait((change, POD))
        while not source.changes.empty():
            await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert seen == [(POD, None)] and copies.all() == []
        await copies.close()

    asyncio.run(test())
