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
from localemr.tasks import end

STATES = frozenset({"running", "exited", "lost"})
ANSWER = 1.0
"""Seconds after which an unfinished replay is requested again; doubled with each request. Nothing is concluded from
silence: a busy node answers late."""
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
    """The first line of a replay, which `count` entries follow."""

    def __init__(self, above: int, upto: int, count: int) -> None:
        self.above, self.upto, self.count = above, upto, count


def parse(text: str, to_clock: ToClock = float) -> Line | Header | None:
    """The entry in a line. None: the supervisor did not write the line."""
    try:
        fields: Any = json.loads(text)
        if not isinstance(fields, dict):
            return None
        if "again" in fields:
            return Header(_number(fields["again"]), _number(fields["upto"]), _number(fields["count"]))
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

    `missing` is whether a replay must be requested, which `requested` notes.
    """

    def __init__(self, last: int, whole: bool) -> None:
        """`last` is the last known number. `whole` means that the lines begin right after it."""
        self.last = last
        self.missing = not whole
        self._awaited = False
        self._replay: Header | None = None
        self._collected: dict[int, Line] = {}

    @property
    def incomplete(self) -> bool:
        """Whether a replay is needed and has not been received completely."""
        return self.missing or self._awaited

    def requested(self) -> None:
        """Note that a replay was requested."""
        self.missing, self._awaited = False, True

    def take(self, line: Line | Header | None) -> list[Entry]:
        """The new entries that the line provides."""
        if line is None:
            return []
        if isinstance(line, Header):
            # A replay for another follower, which knows more, is of no use.
            return self._begin(line) if line.above <= self.last else []
        if self._replay is not None:
            return self._collect(self._replay, line)
        if isinstance(line, Boot) and line.number == 1 and self.last > 0:
            # The instance was created anew, and its journal with it.
            self.last, self.missing, self._awaited = 0, False, False
        if self.incomplete or line.number <= self.last:
            return []
        if line.number > self.last + 1:
            self.missing = True
            return []
        self.last = line.number
        return [line]

    def _begin(self, header: Header) -> list[Entry]:
        self._replay, self._collected = header, {}
        self.requested()
        return self._complete(header)

    def _collect(self, header: Header, line: Line) -> list[Entry]:
        if line.number > header.upto:
            # New entries follow a replay: lines of it were lost.
            self._replay, self.missing = None, True
            return []
        if line.number > header.above:
            self._collected[line.number] = line
        return self._complete(header)

    def _complete(self, header: Header) -> list[Entry]:
        """The replay as one entry, once all its entries were received."""
        if len(self._collected) < header.count:
            return []
        found = tuple(line for _, line in sorted(self._collected.items()))
        self._replay, self.missing, self._awaited, self.last = None, False, False, header.upto
        return [Replay(header.above, header.upto, found)]


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
        unanswered = 0
        while True:
            if numbers.missing:
                if unanswered >= ATTEMPTS:
                    return
                await request(numbers.last)
                numbers.requested()
                unanswered += 1
            try:
                line = await _get(queue, ANSWER * 2**unanswered if numbers.incomplete else SILENCE)
            except TimeoutError:
                numbers.missing = True
                continue
            if line is None:
                break
            for entry in numbers.take(parse(line, to_clock)):
                unanswered = 0
                yield entry
        await reading  # raises the error that ended it
    finally:
        await end(reading)


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
