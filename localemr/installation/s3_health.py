"""The S3 endpoint as the controller sees it. Objects are read and written by the instances themselves."""

from __future__ import annotations

import asyncio
from urllib.parse import urlsplit

INTERVAL = 10.0  # seconds between two questions
PATIENCE = 3.0  # seconds for an answer


class S3Health:
    """Asks the S3 endpoint now and then whether it is there; `error` says why not, or is None."""

    def __init__(self, url: str | None) -> None:
        """`url` None: there is no endpoint to ask."""
        self.error: str | None = None
        self._url = url
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to ask."""
        if self._url is not None:
            self._task = asyncio.create_task(self._ask_on(self._url))

    async def stop(self) -> None:
        """Ask no more."""
        if self._task:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _ask_on(self, url: str) -> None:
        while True:
            try:
                await asyncio.wait_for(_ask(url), PATIENCE)
                self.error = None
            except (OSError, TimeoutError) as error:
                self.error = f"{url} does not answer: {error or 'timed out'}"
            await asyncio.sleep(INTERVAL)


async def _ask(url: str) -> None:
    """Raise OSError unless something that speaks HTTP answers. S3 itself needs no more than that to be there."""
    parts = urlsplit(url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    reader, writer = await asyncio.open_connection(parts.hostname, port, ssl=parts.scheme == "https" or None)
    try:
        writer.write(f"HEAD / HTTP/1.0\r\nHost: {parts.hostname}\r\n\r\n".encode())
        await writer.drain()
        if not (await reader.readline()).startswith(b"HTTP/"):
            raise OSError("no HTTP answer")
    finally:
        writer.close()
