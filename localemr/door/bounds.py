"""Streamed bodies of requests, bounded in size and time independent of the reader."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from starlette.types import Message, Receive, Send

from localemr.door.refusals import Refusal, too_large, too_slow
from localemr.door.routes import Route

DISCONNECT = {"type": "http.disconnect"}
LINGER_SECONDS = 2.0


class Bounded:
    """The channels of one request. When its body exceeds a bound, the reader gets a disconnect, and its own
    response is discarded: `refusal` is then the response to send."""

    def __init__(self, receive: Receive, send: Send, route: Route) -> None:
        self._receive = receive
        self._send = send
        self._route = route
        self._deadline = asyncio.get_running_loop().time() + route.seconds
        self._length = 0
        self._complete = False
        self.refusal: Refusal | None = None
        self.answered = False

    async def receive(self) -> Message:
        """See ASGI. After the body only a disconnect can follow, which has no time limit."""
        if self.refusal is not None:
            return DISCONNECT
        if self._complete:
            return await self._receive()
        left = self._deadline - asyncio.get_running_loop().time()
        try:
            async with asyncio.timeout(min(left, self._route.pause)):
                message = await self._receive()
        except TimeoutError:
            return self._refuse(too_slow(self._route.seconds if left < self._route.pause else self._route.pause))
        self._length += len(message.get("body", b""))
        if self._length > self._route.most:
            return self._refuse(too_large(self._route.most))
        self._complete = not message.get("more_body", False)
        return message

    async def send(self, message: Message) -> None:
        """See ASGI."""
        if self.refusal is None or self.answered:
            self.answered = True
            await self._send(message)

    def _refuse(self, refusal: Refusal) -> Message:
        self.refusal = refusal
        return DISCONNECT


async def drain(receive: Receive) -> None:
    """Discard the remaining body, for at most LINGER_SECONDS. Otherwise a client that reads the response only after
    sending its whole body would get a connection reset."""
    with suppress(TimeoutError):
        async with asyncio.timeout(LINGER_SECONDS):
            while (await receive()).get("more_body"):
                pass
