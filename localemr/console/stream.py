"""Pages that follow what happens: server-sent events (HTML standard, "Server-sent events"), one stream for a page.

The stream of a page has the page's own address; a browser's EventSource names `text/event-stream` in Accept. An event
is the page as it is now, sent at once when a cluster of it has changed in the store.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from localemr.api.changes import Changes

TYPE = "text/event-stream"
PERIOD = 2.0
"""Seconds after which a page is made again without a change: measurements, logs and durations are not in the store."""
PAUSE, LONGEST_PAUSE = 0.25, 0.75
"""Seconds between two events at least: many changes make one event. A page that takes long has longer pauses, so that
it does not keep the controller busy, but no change is shown later than a second."""
SHARE = 4
"""A stream waits this many times as long as its page took."""
LONGEST = 600.0
"""Seconds of a stream. The browser then opens the next one, for which the session is checked again."""
RETRY = 1000
"""Milliseconds after which the browser opens a stream that broke off."""

Render = Callable[[], Awaitable[Response]]


def is_wanted(request: Request) -> bool:
    """Whether the request is an EventSource's."""
    return request.method == "GET" and TYPE in request.headers.get("accept", "")


def follow(render: Render, changes: Changes, cluster_id: str, headers: dict[str, str]) -> Response:
    """The stream of a page. `cluster_id` is the cluster whose changes it shows, or ANY."""
    return StreamingResponse(_events(render, changes, cluster_id), 200, headers, TYPE)


async def _events(render: Render, changes: Changes, cluster_id: str) -> AsyncIterator[bytes]:
    loop = asyncio.get_running_loop()
    end, shown = loop.time() + LONGEST, b""
    yield b"retry: %d\n\n" % RETRY
    while not changes.closed and loop.time() < end:
        # It waits before the page is made: what changes meanwhile makes the next event.
        change = asyncio.ensure_future(changes.wait(cluster_id, PERIOD))
        try:
            await asyncio.sleep(0)
            began = loop.time()
            response = await render()
            pause = min(max(PAUSE, SHARE * (loop.time() - began)), LONGEST_PAUSE)
            if response.status_code == 200 and response.body != shown:
                shown = bytes(response.body)
                yield event(shown)
            else:
                yield b":\n\n"  # a comment: whether the browser is still there is seen by sending
            await asyncio.sleep(pause)
            await change
        finally:
            change.cancel()


def event(page: bytes) -> bytes:
    """The event with a page as its data."""
    return b"".join(b"data: " + line + b"\n" for line in page.splitlines()) + b"\n"
