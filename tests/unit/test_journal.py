"""The journal as lines: what is taken from them, and that nothing is lost when lines are."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterable
from typing import Any

import pytest

from localemr.runtime import journal
from localemr.runtime.base import Boot, Entry, Measurement, Replay, RunEntry, RuntimeUnavailable
from localemr.runtime.journal import Header, Numbers, parse


def line(**members: Any) -> str:
    return json.dumps(members)


def run(number: int, name: str = "a", state: str = "running", **more: Any) -> str:
    return line(n=number, run=name, state=state, at=2.0, **more)


def test_what_lines_say() -> None:
    assert parse(line(n=1, boot=1.5)) == Boot(1, 1.5)
    assert parse(line(n=2, run="a", state="running", pid=7, at=2)) == RunEntry(2, "a", "running", 2.0, 2.0)
    exited = line(n=3, run="a", state="exited", code=1, at=5.0, started=2.0, note="why")
    assert parse(exited) == RunEntry(3, "a", "exited", 5.0, 2.0, 1, "why")
    assert parse(line(n=4, measure="load", value=0.5, at=6.0)) == Measurement(4, "load", 0.5, 6.0)
    header = parse(line(again=3, upto=9, count=2, boot=1.0))
    assert isinstance(header, Header) and (header.above, header.upto, header.count) == (3, 9, 2)


def test_times_are_converted() -> None:
    entry = parse(line(n=3, run="a", state="exited", code=1, at=605.0, started=602.0), lambda at: at - 600)
    assert isinstance(entry, RunEntry) and (entry.at, entry.started) == (5.0, 2.0)
    assert parse(line(n=1, boot=601.0), lambda at: at - 600) == Boot(1, 1.0)


@pytest.mark.parametrize(
    "text",
    [
        "", "no json", "7", "[]", "null", '"n"', '["n", "boot"]', "{}", '{"n": 1}', "[" * 5000, '{"boot": 1}',
        '{"run": "a", "state": "running", "at": 1}', '{"n": "1", "boot": 1}', '{"n": true, "boot": 1}',
        '{"n": 0, "boot": 1}', '{"n": 1, "boot": "now"}', '{"n": 1, "run": "a", "state": "odd", "at": 1}',
        '{"n": 1, "run": "a", "state": ["exited"], "at": 1}', '{"n": 1, "run": 5, "state": "exited", "at": 1}',
        '{"n": 1, "run": "a", "state": "exited", "at": null}', '{"n": 1, "run": "a", "state": "exited"}',
        '{"n": 1, "run": "a", "state": "exited", "at": 1, "code": "x"}',
        '{"n": 1, "run": "a", "state": "exited", "at": 1, "note": {}}',
        '{"n": 1, "measure": "m", "value": "x", "at": 1}',
        '{"again": 1}', '{"again": "1", "upto": 2}',
    ],
)  # fmt: skip
def test_other_lines_are_nothing(text: str) -> None:
    assert parse(text) is None


class Supervisor:
    """Lines that are being followed, and answers to requests."""

    def __init__(self, *lines: str, answers: Iterable[Iterable[str]] = ()) -> None:
        self.requests: list[int] = []
        self._lines: asyncio.Queue[str | None] = asyncio.Queue()
        self._answers = iter(answers)
        for each in lines:
            self._lines.put_nowait(each)

    async def lines(self) -> AsyncIterator[str]:
        while (found := await self._lines.get()) is not None:
            yield found

    async def ask(self, number: int) -> None:
        self.requests.append(number)
        for each in next(self._answers, ()):
            self._lines.put_nowait(each)

    async def entries(self, since: int = 0, whole: bool = False, count: int = 1) -> list[Entry]:
        found = []
        async for each in journal.entries(self.lines(), self.ask, since, whole):
            found.append(each)
            if len(found) == count:
                break
        return found


def test_a_whole_log_is_taken_as_it_is() -> None:
    supervisor = Supervisor(line(n=1, boot=1.0), run(2), "noise", run(3, state="exited", code=0))
    found = asyncio.run(supervisor.entries(whole=True, count=3))
    assert [each.number for each in found] == [1, 2, 3]
    assert supervisor.requests == []


def test_what_is_reported_twice_counts_once() -> None:
    supervisor = Supervisor(line(n=1, boot=1.0), run(2), run(2), run(1), run(3))
    assert [each.number for each in asyncio.run(supervisor.entries(whole=True, count=3))] == [1, 2, 3]


def test_a_late_follower_has_everything_reported_again() -> None:
    answer = [line(again=0, upto=9, count=2, boot=1.0), run(4), run(9, "b")]
    supervisor = Supervisor(run(7, "missed"), answers=[answer])
    found = asyncio.run(supervisor.entries())
    assert found == [Replay(0, 9, (RunEntry(4, "a", "running", 2.0, 2.0), RunEntry(9, "b", "running", 2.0, 2.0)))]
    assert supervisor.requests == [0]


def test_it_continues_behind_what_was_reported_again() -> None:
    answer = [line(again=5, upto=9, count=1, boot=1.0), run(9, "b"), run(10, "c"), run(10, "c"), run(11, "d")]
    found = asyncio.run(Supervisor(answers=[answer]).entries(since=5, count=3))
    assert [each.number for each in found] == [9, 10, 11]


def test_lines_that_were_lost_are_requested() -> None:
    answer = [line(again=2, upto=6, count=2, boot=1.0), run(5, "b"), run(6, "c")]
    supervisor = Supervisor(line(n=1, boot=1.0), run(2), run(6, "c"), answers=[answer])
    found = asyncio.run(supervisor.entries(whole=True, count=3))
    assert [each.number for each in found] == [1, 2, 6]
    assert isinstance(found[2], Replay) and [each.number for each in found[2].entries] == [5, 6]
    assert supervisor.requests == [2]


def test_a_request_that_is_not_answered_is_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal, "ANSWER", 0.01)
    supervisor = Supervisor(answers=[(), (), [line(again=0, upto=3, count=1, boot=1.0), run(3)]])
    assert asyncio.run(supervisor.entries()) == [Replay(0, 3, (RunEntry(3, "a", "running", 2.0, 2.0),))]
    assert supervisor.requests == [0, 0, 0]


def test_one_that_is_never_answered_ends_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal, "ANSWER", 0.001)
    supervisor = Supervisor()
    assert asyncio.run(supervisor.entries()) == []
    assert supervisor.requests == [0] * journal.ATTEMPTS


def test_after_a_long_silence_it_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    """A log may be cut under its follower, which then hears nothing."""
    monkeypatch.setattr(journal, "SILENCE", 0.01)
    supervisor = Supervisor(line(n=1, boot=1.0), answers=[[line(again=1, upto=4, count=1, boot=1.0), run(4)]])
    found = asyncio.run(supervisor.entries(whole=True, count=2))
    assert found == [Boot(1, 1.0), Replay(1, 4, (RunEntry(4, "a", "running", 2.0, 2.0),))]


def test_a_replay_that_stalls_is_not_taken_for_complete(monkeypatch: pytest.MonkeyPatch) -> None:
    """A busy node: a step's end stood behind the pause, and the step ran for ever."""
    monkeypatch.setattr(journal, "ANSWER", 0.01)
    head, end = line(again=0, upto=9, count=2, boot=1.0), run(9, "b")
    expected = Replay(0, 9, (RunEntry(4, "a", "running", 2.0, 2.0), RunEntry(9, "b", "running", 2.0, 2.0)))
    late = Supervisor(answers=[[head, run(4)], (), [end]])
    assert asyncio.run(late.entries()) == [expected]
    assert late.requests == [0, 0, 0]
    lost = Supervisor(answers=[[head, run(4)], [head, run(4), end]])
    assert asyncio.run(lost.entries()) == [expected]


def test_the_end_of_a_replay_may_have_been_replaced() -> None:
    """Numbers up to `upto` may belong to entries that do not count any more."""
    numbers = Numbers(0, whole=False)
    assert numbers.take(Header(0, 9, 1)) == []
    entry = RunEntry(4, "a", "running", 2.0, 2.0)
    assert numbers.take(entry) == [Replay(0, 9, (entry,))] and not numbers.incomplete


def test_what_ends_the_lines_is_raised() -> None:
    async def broken() -> AsyncIterator[str]:
        yield line(n=1, boot=1.0)
        raise RuntimeUnavailable("gone")

    async def test() -> None:
        found = []
        with pytest.raises(RuntimeUnavailable, match="gone"):
            async for each in journal.entries(broken(), Supervisor().ask, 0, True):
                found.append(each)
        assert found == [Boot(1, 1.0)]

    asyncio.run(test())


def test_an_instance_that_was_made_anew_begins_anew() -> None:
    numbers = Numbers(7, whole=True)
    assert numbers.take(Boot(1, 5.0)) == [Boot(1, 5.0)]
    assert numbers.take(RunEntry(2, "a", "running", 6.0, 6.0)) != []


def test_a_report_to_a_follower_that_knows_more_is_ignored() -> None:
    numbers = Numbers(3, whole=False)
    assert numbers.take(Header(5, 9, 1)) == [] and numbers.incomplete
    assert numbers.take(Header(3, 3, 0)) == [Replay(3, 3, ())] and not numbers.incomplete
