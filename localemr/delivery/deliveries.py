"""Delivers what waits in a queue: to each recipient in order, the next one after the last was received."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Protocol

from localemr.clock import Clock, Timer
from localemr.tasks import end

log = logging.getLogger(__name__)
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 60.0
"""Seconds of the clock until the first repetition of a delivery; they double up to the second value."""
ATTEMPTS, AGE = 100_000, 86400.0
"""Without limits of its own a delivery is repeated for a day, as by EventBridge. It is never tried so often."""
LOOK_AGAIN = 5.0
"""Real seconds after which the queue is read again after an error."""
REPORTED = (1, 5, 20, 100)
"""The failures of a delivery that are reported."""

Key = tuple[str, str]


class Failed(Exception):
    """The recipient did not take it, and may take it later."""


class Refused(Exception):
    """The recipient did not take it, and will not. `code` is the name of the error."""

    def __init__(self, message: str, code: str = "REFUSED") -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True)
class Delivery:
    """What the recipient `key` has not received. Since `at` (epoch seconds) it waits; after so many `failures` the next
    attempt is `due`."""

    id: int
    key: Key
    body: str
    at: float
    failures: int
    due: float

    def failed(self, due: float) -> Delivery:
        """The same after one more failure."""
        return replace(self, failures=self.failures + 1, due=due)


class Queue(Protocol):
    """Where deliveries are kept. Methods raise sqlite3.Error."""

    def waiting(self) -> list[Delivery]:
        """The first delivery that waits for each recipient."""

    def count(self, delivery: Delivery) -> int:
        """How many wait for the recipient."""

    def done(self, delivery: Delivery) -> None:
        """It was delivered, or given up."""

    def again(self, delivery: Delivery) -> None:
        """It could not be delivered, and will be tried again."""


async def _nothing(delivery: Delivery, error: Exception | None) -> None:
    """The default of `Recipient.end`."""


@dataclass(frozen=True)
class Recipient:
    """`name` is for the log. `send` raises Failed or Refused. A delivery is given up after so many `attempts` more than
    the first, or at this `age` in seconds. `end` is called after delivery (None), or with the error that ended it."""

    name: str
    send: Callable[[Delivery], Awaitable[None]]
    attempts: int = ATTEMPTS
    age: float = AGE
    end: Callable[[Delivery, Exception | None], Awaitable[None]] = _nothing


class Deliveries:
    """At least once: a delivery is removed from the queue after the recipient has answered."""

    def __init__(
        self,
        queue: Queue,
        recipient: Callable[[Delivery], Recipient | None],
        clock: Clock,
        prepare: Callable[[], None] = lambda: None,
    ) -> None:
        """`recipient` finds that of a delivery (None: there is none any more). `prepare` is called before the queue is
        read; it raises sqlite3.Error."""
        self._queue, self._recipient, self._clock, self._prepare = queue, recipient, clock, prepare
        self._news = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._sending: dict[Key, asyncio.Task[None]] = {}
        self._timer: Timer | None = None

    def start(self) -> None:
        """Begin, in the running event loop."""
        self._news.set()
        self._task = asyncio.create_task(self._work())

    async def stop(self) -> None:
        """Stop at once. What was not answered is delivered again after the next start."""
        await end(self._task, *self._sending.values())
        if self._timer:
            self._timer.cancel()

    def wake(self) -> None:
        """The queue may have grown. For the event loop's thread."""
        self._news.set()

    async def _work(self) -> None:
        while True:
            await self._news.wait()
            self._news.clear()
            try:
                self._prepare()
                self._send_due()
            except sqlite3.Error as error:
                log.warning("deliveries could not be kept: %s", error)
                await asyncio.sleep(LOOK_AGAIN)
                self._news.set()
            except Exception:
                log.exception("nothing could be delivered")
                await asyncio.sleep(LOOK_AGAIN)
                self._news.set()

    def _send_due(self) -> None:
        """Begin the first delivery to each recipient that is due."""
        now, later = self._clock.now(), list[float]()
        for each in self._queue.waiting():
            if each.key in self._sending:
                continue
            if each.due > now:
                later.append(each.due)
            else:
                self._sending[each.key] = asyncio.create_task(self._send_all(each))
        if self._timer:
            self._timer.cancel()
        self._timer = self._clock.later(min(later) - now, self.wake) if later else None

    async def _send_all(self, delivery: Delivery) -> None:
        try:
            await self._send(delivery)
        except sqlite3.Error as error:
            log.warning("a delivery could not be noted: %s", error)
            await asyncio.sleep(LOOK_AGAIN)
        except Exception:
            log.exception("a delivery was not possible")
            await asyncio.sleep(LOOK_AGAIN)
        finally:
            self._sending.pop(delivery.key, None)
            self.wake()

    async def _send(self, delivery: Delivery) -> None:
        """One attempt. Raises sqlite3.Error."""
        to = self._recipient(delivery)
        if to is None:
            self._queue.done(delivery)
            return
        try:
            await to.send(delivery)
        except Refused as error:
            log.warning("%s: an event was refused: %s", to.name, error)
            await to.end(delivery, error)
        except Failed as error:
            if why := self._given_up(delivery, to):
                log.warning("%s: an event was given up after %s: %s", to.name, why, error)
                await to.end(delivery, error)
            else:
                self._put_back(delivery, to.name, error)
                return
        else:
            await to.end(delivery, None)
            if delivery.failures:
                log.info("%s answers again", to.name)
        self._queue.done(delivery)

    def _given_up(self, delivery: Delivery, to: Recipient) -> str:
        """After what a failed delivery is not repeated. Empty: it is repeated."""
        if self._clock.now() >= delivery.at + to.age:
            return f"{to.age:.0f} s"
        return f"{to.attempts + 1} attempts" if delivery.failures >= to.attempts else ""

    def _put_back(self, delivery: Delivery, name: str, error: Failed) -> None:
        pause = min(FIRST_PAUSE * 2 ** min(delivery.failures, 10), LONGEST_PAUSE)
        failed = delivery.failed(self._clock.now() + pause)
        self._queue.again(failed)
        if failed.failures in REPORTED:
            count = self._queue.count(failed)
            log.warning("%s does not answer: %s (attempt %d, %d events wait)", name, error, failed.failures, count)
