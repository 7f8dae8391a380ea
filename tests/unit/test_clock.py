"""A clock that is moved: what falls due is called, in order, once."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from localemr.clock import MovableClock


def run(test: Callable[[MovableClock, list[str]], Awaitable[None]], speed: float = 0.0) -> None:
    async def body() -> None:
        await test(MovableClock(1000.0, speed), [])

    asyncio.run(body())


async def settle() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


def test_it_stands_and_is_moved() -> None:
    async def test(clock: MovableClock, called: list[str]) -> None:
        clock.later(60, lambda: called.append("b"))
        clock.later(30, lambda: called.append("a"))
        clock.later(90, lambda: called.append("c"))
        gone = clock.later(40, lambda: called.append("cancelled"))
        await settle()
        assert (clock.now(), called) == (1000.0, [])
        gone.cancel()
        clock.advance(60)
        await settle()
        assert (clock.now(), called) == (1060.0, ["a", "b"])
        clock.advance(29.9)
        await settle()
        assert called == ["a", "b"]
        clock.advance(0.2)
        await settle()
        assert called == ["a", "b", "c"]

    run(test)


def test_what_is_requested_during_a_wake_comes_too() -> None:
    async def test(clock: MovableClock, called: list[str]) -> None:
        clock.later(1, lambda: clock.later(0, lambda: called.append("second")) and called.append("first"))
        clock.advance(1)
        await settle()
        assert called == ["first", "second"]

    run(test)


def test_it_runs_faster() -> None:
    async def test(clock: MovableClock, called: list[str]) -> None:
        rung = asyncio.Event()
        clock.later(3600, rung.set)
        clock.set_speed(1_000_000)
        await asyncio.wait_for(rung.wait(), 5)
        assert clock.now() >= 4600

    run(test)


def test_it_never_goes_back() -> None:
    async def test(clock: MovableClock, called: list[str]) -> None:
        with pytest.raises(ValueError, match="backwards"):
            clock.advance(-1)
        with pytest.raises(ValueError, match="backwards"):
            clock.set_speed(-1)

    run(test)
