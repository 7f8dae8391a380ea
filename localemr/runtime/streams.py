"""From a blocking iterator in a thread of its own to an asynchronous one."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import AsyncIterator, Callable, Iterable
from typing import Any

_END = object()


async def stream(open_: Callable[[], Iterable[Any]]) -> AsyncIterator[Any]:
    """Items of the iterable that `open_` returns, as they come. Its errors are raised here.

    When the consumer leaves, the iterable's `close` is called, which must end a blocked read.
    """
    loop = asyncio.get_running_loop()
    items: asyncio.Queue[Any] = asyncio.Queue()
    opened: list[Any] = []
    left = threading.Event()

    def put(item: Any) -> None:
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody listens any more
            loop.call_soon_threadsafe(items.put_nowait, item)

    def pump() -> None:
        try:
            source = open_()
            opened.append(source)
            if left.is_set():
                _close(source)
                return
            for item in source:
                put(item)
        except Exception as error:
            if not left.is_set():
                put(error)
        finally:
            put(_END)

    threading.Thread(target=pump, daemon=True, name="stream").start()
    try:
        while (item := await items.get()) is not _END:
            if isinstance(item, Exception):
                raise item
            yield item
    finally:
        left.set()
        for source in opened:
            _close(source)


def _close(source: Any) -> None:
    with contextlib.suppress(Exception):  # it may have ended by itself
        source.close()
