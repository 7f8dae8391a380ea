"""uvicorn in a thread of this process. Its application can be replaced, so one server serves many tests."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

import uvicorn

T = TypeVar("T")
SECONDS = 10.0


class Server:
    """Listens at `port` of loopback from the beginning and serves `app`."""

    def __init__(self) -> None:
        self.app: Any = None
        # asyncio sets TCP_NODELAY only where the protocol is named; without it every response takes 40 ms.
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        self._socket.bind(("127.0.0.1", 0))
        self._socket.listen()
        self.port: int = self._socket.getsockname()[1]
        config = uvicorn.Config(
            self._serve, interface="asgi3", lifespan="off", ws="none", log_config=None, proxy_headers=False,
            timeout_graceful_shutdown=1,
        )  # fmt: skip
        self._server = uvicorn.Server(config)
        self._loop = (config.get_loop_factory() or asyncio.new_event_loop)()
        self._thread = threading.Thread(target=self._work, name="localemr", daemon=True)
        self._thread.start()

    def _work(self) -> None:
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.run(self._server.serve([self._socket]))

    async def _serve(self, scope: Any, receive: Any, send: Any) -> None:
        await self.app(scope, receive, send)

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine in the server's event loop, and wait for its result."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(SECONDS)

    def do(self, function: Callable[[], T]) -> T:
        """Call the function in the server's event loop, where the store is used."""

        async def call() -> T:
            return function()

        return self.run(call())

    def stop(self) -> None:
        """Stop the server and wait for its thread. Raises RuntimeError if the thread does not end."""
        self._server.should_exit = True
        self._thread.join(SECONDS)
        self._socket.close()
        if self._thread.is_alive():
            raise RuntimeError("the server's thread does not end")
