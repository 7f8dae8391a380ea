"""Passes give way to calls, and go on all the same."""

from __future__ import annotations

import asyncio
import time
from types import SimpleNamespace

import pytest

from localemr.reconcile import throttle
from localemr.reconcile.throttle import PassThrottle


def test_nothing_is_waited_for_when_no_calls_come() -> None:
    async def case() -> None:
        its = PassThrottle()
        for _ in range(100):
            await asyncio.wait_for(its.wait(), 10)

    asyncio.run(case())


def test_calls_without_a_pause_let_one_pass_begin_for_so_many_of_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(throttle, "time", SimpleNamespace(monotonic=lambda: 5.0))
    monkeypatch.setattr(throttle, "CALLS", 3)

    async def case() -> None:
        its = PassThrottle()
        its.note_call()
        its.note_call()
        first = asyncio.create_task(its.wait())
        second = asyncio.create_task(its.wait())
        await asyncio.sleep(0.01)
        assert not first.done()
        its.note_call()
        await asyncio.wait_for(first, 10)
        await asyncio.sleep(0.01)
        assert not second.done()
        for _ in range(3):
            its.note_call()
        await asyncio.wait_for(second, 10)

    asyncio.run(case())


def test_a_pause_lets_passes_begin(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 5.0
    monkeypatch.setattr(throttle, "time", SimpleNamespace(monotonic=lambda: now))

    async def case() -> None:
        nonlocal now
        its = PassThrottle()
        its.note_call()
        waiting = asyncio.create_task(its.wait())
        await asyncio.sleep(0.01)
        assert not waiting.done()
        now += throttle.PAUSE
        await asyncio.wait_for(waiting, 10)

    asyncio.run(case())


def test_after_a_long_pass_calls_have_as_long(monkeypatch: pytest.MonkeyPatch) -> None:
    slept = list[float]()

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    monkeypatch.setattr(throttle, "asyncio", SimpleNamespace(sleep=sleep, Lock=asyncio.Lock))
    monkeypatch.setattr(throttle, "ROUNDS", 0)

    async def case() -> None:
        its = PassThrottle()
        its.note_pass(0.001)
        await its.wait()
        assert slept == []
        its.note_pass(0.08)
        await its.wait()
        await its.wait()
        assert slept == [0.08], "once"

    asyncio.run(case())


def test_a_call_that_came_during_a_pass_is_carried_out_before_the_next() -> None:
    """The loop reads it, begins it and carries it out in rounds of their own."""
    order = list[str]()

    async def case() -> None:
        its, loop = PassThrottle(), asyncio.get_running_loop()
        its.note_call()
        time.sleep(throttle.PAUSE * 2)  # The pass, which holds the loop; then nothing was counted for a pause.

        def call() -> None:
            its.note_call()
            order.append("call")

        loop.call_soon(lambda: loop.call_soon(call))
        await asyncio.wait_for(its.wait(), 10)
        order.append("pass")

    asyncio.run(case())
    assert order == ["call", "pass"]
