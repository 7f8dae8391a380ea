"""An instance's journal as lines: parsing, numbers, and requests for a replay (docs/node-contract.md).

For runtimes that carry the journal as lines of text: a log that other processes may write into, rotate or truncate. No
entry is lost by that, because the supervisor stores the journal on its disk and replays it on request.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

from localemr.runtime.base import Boot, Entry, Measurement, Replay, RunEntry

STATES = frozenset({"running", "exited", "lost"})
ANSWER = 2.0
"""Seconds within which a requested replay must begin."""
QUIET = 0.3
"""Seconds after which a replay without a received end counts as complete."""
SILENCE = 600.0
"""Seconds without an entry after which a replay is requested: the log may have been truncated under the follower."""
WAITING = 1000
"""Lines that are read ahead."""
ATTEMPTS = 5
"""Unanswered requests after which the log is opened again."""

Line = Boot | RunEntry | Measurement
ToClock = Callable[[float], float]
"""Converts a time of the instance's clock to the controller's."""


class Header:
    """The first line of a replay."""

    def __init__(self, above: int, upto: int) -> None:
        self.above, self.upto = above, upto


def parse(text: str, to_clock: ToClock = float) -> Line | Header | None:
    """The entry in a line. None: the supervisor did not write the line."""
    try:
        fields: Any = json.loads(text)
        if not isinstance(fields, dict):
            return None
        if "again" in fields:
            return Header(_number(fields["again"]), _number(fields["upto"]))
        number = _number(fields["n"])
        if number < 1:
            return None
        if "run" in fields:
            return _run(number, fields, to_clock)
        if "measure" in fields:
            return Measurement(number, _text(fields["measure"]), _real(fields["value"]), to_clock(_real(fields["at"])))
        return Boot(number, to_clock(_real(fields["boot"])))
    except (ValueError, KeyError, RecursionError):
        return None


def _run(number: int, fields: dict[str, Any], to_clock: ToClock) -> RunEntry | None:
    name, state, at = _text(fields["run"]), _text(fields["state"]), _real(fields["at"])
    started, code = _real(fields.get("started", at)), fields.get("code")
    if state not in STATES:
        return None
    code = None if code is None else _number(code)
    return RunEntry(number, name, state, to_clock(at), to_clock(started), code, _text(fields.get("note", "")))


def _number(value: Any) -> int:
    if type(value) is not int:
        raise ValueError(f"{value!r} is no whole number")
    return value


def _real(value: Any) -> float:
    if type(value) not in (int, float):
        raise ValueError(f"{value!r} is no number")
    return float(value)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError(f"{value!r} is no text")
    return value


class Numbers:
    """Orders lines by number. Successors of the last number are passed on. After a gap all lines wait for a replay.

    `incomplete` is whether a replay is needed and has not begun.
    """

    def __init__(self, last: int, whole: bool) -> None:
        """`last` is the last known number. `whole` means that the lines begin right after it."""
        self.last = last
        self.incomplete = not whole
        self._collected: list[Line] | None = None
        self._above = self._upto = 0

    @property
    def collecting(self) -> bool:
        """Whether a replay has begun and its end was not received."""
        return self._collected is not None

    def take(self, line: Line | Header | None) -> list[Entry]:
        """The new entries that the line provides."""
        if isinstance(line, Header):
            return self._begin(line)
        if line is None:
            return []
        if self._collected is not None:
            if line.number <= self._upto:
                if line.number > self._above:
                    self._collected.append(line)
                return self.complete() if line.number == self._upto else []
            return [*self.complete(), *self.take(line)]
        if isinstance(line, Boot) and line.number == 1 and self.last > 0:
            self.last, self.incomplete = 0, False  # the instance was created anew, and its journal with it
        if self.incomplete or line.number <= self.last:
            return []
        if line.number > self.last + 1:
            self.incomplete = True
            return []
        self.last = line.number
        return [line]

    def complete(self) -> list[Entry]:
        """The replay so far, as one entry."""
        if self._collected is None:
            return []
        found, self._collected = tuple(self._collected), None
        self.last = self._upto
        return [Replay(self._above, self._upto, found)]

    def _begin(self, header: Header) -> list[Entry]:
        if header.above > self.last:
            return []  # a replay for another follower, which knows more
        self._collected, self._above, self._upto, self.incomplete = [], header.above, header.upto, False
        return self.complete() if header.upto <= header.above else []


async def entries(
    lines: AsyncIterator[str],
    request: Callable[[int], Awaitable[None]],
    since: int,
    whole: bool,
    to_clock: ToClock = float,
) -> AsyncIterator[Entry]:
    """The journal in these lines, from the number `since` on. Ends with the lines, or when requests remain unanswered.

    `request` makes the supervisor replay entries above a number. It is awaited once the lines are being followed,
    unless they are `whole`.
    """
    numbers = Numbers(since, whole)
    queue: asyncio.Queue[str | None] = asyncio.Queue(WAITING)
    reading = asyncio.create_task(_read(lines, queue))
    try:
        requested, unanswered = False, 0
        while True:
            if numbers.incomplete and not requested:
                await request(numbers.last)
                requested, unanswered = True, unanswered + 1
            patience = QUIET if numbers.collecting else ANSWER if numbers.incomplete else SILENCE
            try:
                line = await _get(queue, patience)
            except TimeoutError:
                found = numbers.complete()
                numbers.incomplete, requested = not found, False
            else:
                if line is None:
                    break
                found = numbers.take(parse(line, to_clock))
                requested = requested and numbers.incomplete
            for entry in found:
                unanswered = 0
                yield entry
            if unanswered >= ATTEMPTS and not requested:
                return
        for entry in numbers.complete():
            yield entry
        await reading  # raises the error that ended it
    finally:
        reading.cancel()
        await asyncio.gather(reading, return_exceptions=True)


async def _read(lines: AsyncIterator[str], queue: asyncio.Queue[str | None]) -> None:
    try:
        async for line in lines:
            await queue.put(line)
    finally:
        with contextlib.suppress(asyncio.QueueFull):
            queue.put_nowait(None)


async def _get(queue: asyncio.Queue[str | None], patience: float) -> str | None:
    if not queue.empty():
        return queue.get_nowait()
    async with asyncio.timeout(patience):
        return await queue.get()
