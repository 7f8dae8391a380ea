"""The work queue: never one key twice at once, nothing lost, nothing twice in line."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from localemr.reconcile.queue import WorkQueue


def run(test: Callable[[WorkQueue], Awaitable[None]]) -> None:
    async def body() -> None:
        await test(WorkQueue())

    asyncio.run(body())


async def waits(queue: WorkQueue) -> bool:
    """Whether a worker would have to wait now."""
    getting = asyncio.ensure_future(queue.get())
    for _ in range(3):
        await asyncio.sleep(0)
    if getting.done():
        queue.add(getting.result())
        queue.done(getting.result())
        return False
    getting.cancel()
    return True


def test_a_key_waits_once() -> None:
    async def test(queue: WorkQueue) -> None:
        for key in ("a", "b", "a"):
            queue.add(key)
        assert [await queue.get(), await queue.get()] == ["a", "b"]
        assert await waits(queue)

    run(test)


def test_a_key_added_while_it_is_worked_on_comes_again_afterwards() -> None:
    async def test(queue: WorkQueue) -> None:
        queue.add("a")
        await queue.get()
        queue.add("a")
        assert await waits(queue)
        queue.done("a")
        assert await queue.get() == "a"

    run(test)


def test_later_is_later_and_sooner_wins() -> None:
    async def test(queue: WorkQueue) -> None:
        queue.add_later("a", 3600)
        assert await waits(queue)
        queue.add_later("a", 0.001)
        queue.add_later("a", 7200)
        assert await asyncio.wait_for(queue.get(), 5) == "a"
        queue.done("a")
        assert await waits(queue)
        queue.close()

    run(test)


def test_now_takes_the_place_of_later() -> None:
    async def test(queue: WorkQueue) -> None:
        queue.add_later("a", 0.001)
        queue.add("a")
        assert await queue.get() == "a"
        queue.done("a")
        await asyncio.sleep(0.005)
        assert await waits(queue)

    run(test)
