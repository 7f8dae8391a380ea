"""Takes events from the log, and delivers them: to each target in order, the next one after the last was received."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import Callable, Iterable

from localemr.clock import Clock, Timer
from localemr.events.rules import Delivery, Document, Occurrence, Rules
from localemr.events.senders import Failed, Refused, Senders
from localemr.events.targets import retries

log = logging.getLogger(__name__)
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 60.0
"""Seconds of the clock until the first repetition of a delivery; they double up to the second value."""
LOOK_AGAIN = 5.0
"""Real seconds after which the file is read again after an error."""
REPORTED = (1, 5, 20, 100)
"""The failures of a delivery that are reported."""

Collect = Callable[[int | None], Iterable[Occurrence]]
"""Events of a log after a position, oldest first. None: none, but the present end of the log."""
Key = tuple[str, str]


class Deliveries:
    """At least once: an event is removed after the target has answered."""

    def __init__(self, rules: Rules, senders: Senders, clock: Clock, collect: Collect) -> None:
        self._rules, self._senders, self._clock, self._collect = rules, senders, clock, collect
        self._news = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._sending: dict[Key, asyncio.Task[None]] = {}
        self._timer: Timer | None = None
        rules.before_change = self.take

    def start(self) -> None:
        """Begin, in the running event loop."""
        self._news.set()
        self._task = asyncio.create_task(self._work())

    async def stop(self) -> None:
        """Stop at once. What was not answered is delivered again after the next start."""
        tasks = [*self._sending.values(), *([self._task] if self._task else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._timer:
            self._timer.cancel()

    def wake(self) -> None:
        """There may be new events. For the event loop's thread."""
        self._news.set()

    async def _work(self) -> None:
        while True:
            await self._news.wait()
            self._news.clear()
            try:
                self.take()
                self._send_due()
            except sqlite3.Error as error:
                log.warning("events could not be kept: %s", error)
                await asyncio.sleep(LOOK_AGAIN)
                self._news.set()
            except Exception:
                log.exception("events could not be delivered")
                await asyncio.sleep(LOOK_AGAIN)
                self._news.set()

    def take(self) -> None:
        """Read the log, and put its events before their targets. Raises sqlite3.Error."""
        # Without a rule that follows them only the end of the log is of interest.
        for each in self._collect(self._rules.read if self._rules.follows else None):
            self._rules.take(each.events, self._clock.now(), each.position)

    def put(self, events: Iterable[Document]) -> None:
        """Put events that are not of the log before their targets. Raises sqlite3.Error."""
        if self._rules.take(events, self._clock.now()):
            self.wake()

    def _send_due(self) -> None:
        """Begin to deliver the first event of each target that is due."""
        now, later = self._clock.now(), list[float]()
        for each in self._rules.waiting():
            key = (each.rule, each.target)
            if key in self._sending:
                continue
            if each.due > now:
                later.append(each.due)
            else:
                self._sending[key] = asyncio.create_task(self._send_all(key, each))
        if self._timer:
            self._timer.cancel()
        self._timer = self._clock.later(min(later) - now, self.wake) if later else None

    async def _send_all(self, key: Key, delivery: Delivery) -> None:
        try:
            await self._send(delivery)
        except sqlite3.Error as error:
            log.warning("a delivery could not be noted: %s", error)
            await asyncio.sleep(LOOK_AGAIN)
        except Exception:
            log.exception("an event could not be delivered")
            await asyncio.sleep(LOOK_AGAIN)
        finally:
            self._sending.pop(key, None)
            self.wake()

    async def _send(self, delivery: Delivery) -> None:
        """One attempt. Raises sqlite3.Error."""
        target = self._rules.target(delivery.rule, delivery.target)
        if target is None:
            return
        attempts, age = retries(target)
        whose = f"target {delivery.target} of rule {delivery.rule}"
        try:
            await self._senders.send(target, delivery.event)
        except Refused as error:
            return self._give_up(delivery, f"{whose}: an event was refused: {error}")
        except Failed as error:
            if self._clock.now() >= delivery.at + age:
                return self._give_up(delivery, f"{whose}: an event was given up after {age:.0f} s: {error}")
            if delivery.failures >= attempts:
                return self._give_up(delivery, f"{whose}: an event was given up after {attempts + 1} attempts: {error}")
            pause = min(FIRST_PAUSE * 2 ** min(delivery.failures, 10), LONGEST_PAUSE)
            failed = delivery.failed(self._clock.now() + pause)
            self._rules.again(failed)
            if failed.failures in REPORTED:
                count = self._rules.count(failed)
                log.warning("%s does not answer: %s (attempt %d, %d events wait)", whose, error, failed.failures, count)
            return None
        self._rules.done(delivery)
        if delivery.failures:
            log.info("%s answers again", whose)
        return None

    def _give_up(self, delivery: Delivery, why: str) -> None:
        log.warning("%s", why)
        self._rules.done(delivery)
