"""Builds that go on side by side, over a Docker that only notes what is built."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from localemr.images import build as module
from localemr.images.build import BUILT, BuildFailure, Report, build
from localemr.images.image import Image, image
from localemr.installation.locks import exclusive_lock_async

BASE = image("base", {}, {})
LONG, SHORT = (image(f"{name}-files", {}, {"of": name}, BASE) for name in ("long", "short"))
LARGE, SMALL = image("node", {}, {"a": "1"}, LONG), image("node", {}, {"a": "2"}, SHORT)


class Docker:
    """Images that are there, and builds that begin. Each lasts until `go` has its image, and may fail once."""

    def __init__(self) -> None:
        self.there: set[str] = set()
        self.begun: list[Image] = []
        self.go: set[Image] = set()
        self.failing: set[Image] = set()

    async def build(self, streams: Any, made: Image, report: Report, logs: Path) -> None:
        self.begun.append(made)
        while made not in self.go:
            await asyncio.sleep(0.001)
        if made in self.failing:
            self.failing.discard(made)
            raise BuildFailure("failed", "failed")
        self.there.add(made.reference)
        report(made.name, 2, 2, BUILT)

    async def until(self, *begun: Image) -> None:
        while not {*begun} <= {*self.begun}:
            await asyncio.sleep(0.001)


@pytest.fixture
def docker(monkeypatch: pytest.MonkeyPatch) -> Docker:
    found = Docker()
    monkeypatch.setattr(module, "present", lambda: found.there)
    monkeypatch.setattr(module, "connect", lambda timeout: None)
    monkeypatch.setattr(module.debian, "ensure", lambda client, tag, report: None)
    monkeypatch.setattr(module, "_build_one", found.build)
    return found


def play(test: Callable[[Callable[[Image], asyncio.Task[None]]], Any], folder: Path) -> list[tuple[str, str]]:
    """Run the test with a function that begins the build of an image; what was reported."""
    reported: list[tuple[str, str]] = []

    async def body() -> None:
        turns = asyncio.Semaphore(2)

        def begin(made: Image) -> asyncio.Task[None]:
            report = lambda name, step, total, line: reported.append((made.tag, f"{name}: {line}"))  # noqa: E731
            return asyncio.create_task(build([made], report, folder, "", exclusive_lock_async, turns))

        await test(begin)

    asyncio.run(asyncio.wait_for(body(), 20))
    return reported


def test_what_two_need_is_built_once_and_the_short_one_does_not_wait_for_the_long_one(
    docker: Docker, tmp_path: Path
) -> None:
    async def test(begin: Callable[[Image], asyncio.Task[None]]) -> None:
        large, small = begin(LARGE), begin(SMALL)
        await docker.until(BASE)
        docker.go |= {BASE, SHORT, SMALL}
        await small
        await docker.until(LONG)
        assert not large.done()
        docker.go |= {LONG, LARGE}
        await large

    reported = play(test, tmp_path)
    assert sorted(each.reference for each in docker.begun) == sorted(
        each.reference for each in (BASE, LONG, SHORT, LARGE, SMALL)
    )
    # Both count the part that one of them has built.
    assert {tag for tag, text in reported if text == f"base: {BUILT}"} == {LARGE.tag, SMALL.tag}


def test_a_part_whose_build_ends_early_is_built_by_the_other(docker: Docker, tmp_path: Path) -> None:
    async def test(begin: Callable[[Image], asyncio.Task[None]]) -> None:
        large = begin(LARGE)
        await docker.until(BASE)
        small = begin(SMALL)
        large.cancel()
        with pytest.raises(asyncio.CancelledError):
            await large
        docker.go |= {BASE, SHORT, SMALL}
        await small

    play(test, tmp_path)
    assert docker.begun == [BASE, BASE, SHORT, SMALL]


def test_a_part_that_fails_ends_its_own_build_alone(docker: Docker, tmp_path: Path) -> None:
    docker.there |= {BASE.reference}
    docker.failing = {LONG}

    async def test(begin: Callable[[Image], asyncio.Task[None]]) -> None:
        large, small = begin(LARGE), begin(SMALL)
        await docker.until(LONG)
        docker.go |= {LONG}
        with pytest.raises(BuildFailure):
            await large
        docker.go |= {SHORT, SMALL}
        await small

    play(test, tmp_path)
    assert SMALL.reference in docker.there and LARGE not in docker.begun


def test_no_more_at_once_than_there_are_turns(docker: Docker, tmp_path: Path) -> None:
    docker.there |= {BASE.reference}
    third = image("third", {}, {"of": "third"}, BASE)

    async def test(begin: Callable[[Image], asyncio.Task[None]]) -> None:
        tasks = [begin(each) for each in (LONG, SHORT, third)]
        await docker.until(LONG, SHORT)
        assert third not in docker.begun
        docker.go |= {LONG}
        await docker.until(third)
        docker.go |= {SHORT, third}
        await asyncio.gather(*tasks)

    play(test, tmp_path)
