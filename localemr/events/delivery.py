"""Takes events from the log and from programs, and finds their targets."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable
from functools import partial

from localemr.clock import Clock
from localemr.delivery.deliveries import Deliveries, Delivery, Failed, Recipient, Refused
from localemr.events.rules import Document, Occurrence, Rules
from localemr.events.senders import Senders
from localemr.events.targets import dead_letters, retries

log = logging.getLogger(__name__)
Collect = Callable[[int | None], Iterable[Occurrence]]
"""Events of a log after a position, oldest first. None: none, but the present end of the log."""


class Events:
    """From the log to the targets of rules."""

    def __init__(self, rules: Rules, senders: Senders, clock: Clock, collect: Collect, arn: str) -> None:
        """`arn` begins the ARN of a rule."""
        self._rules, self._senders, self._clock, self._collect, self._arn = rules, senders, clock, collect, arn
        self.deliveries = Deliveries(rules, self._recipient, clock, self.take)
        rules.before_change = self.take

    def take(self) -> None:
        """Read the log, and put its events before their targets. Raises sqlite3.Error."""
        # Without a rule that follows them only the end of the log is of interest.
        for each in self._collect(self._rules.read if self._rules.follows else None):
            self._rules.take(each.events, self._clock.now(), each.position)

    def put(self, events: Iterable[Document]) -> None:
        """Put events that are not of the log before their targets. Raises sqlite3.Error."""
        if self._rules.take(events, self._clock.now()):
            self.deliveries.wake()

    def _recipient(self, delivery: Delivery) -> Recipient | None:
        rule, name = delivery.key
        target = self._rules.target(rule, name)
        if target is None:
            return None
        attempts, age = retries(target)
        return Recipient(
            f"target {name} of rule {rule}",
            lambda each: self._senders.send(target, each.body, rule),
            attempts,
            age,
            partial(self._end, target),
        )

    async def _end(self, target: Document, delivery: Delivery, error: Exception | None) -> None:
        """Send an event that was given up to the queue for such, as EventBridge does."""
        queue = dead_letters(target)
        if error is None or not queue:
            return
        attributes = {
            "RULE_ARN": self._arn + delivery.key[0],
            "TARGET_ARN": target["Arn"],
            "ERROR_CODE": error.code if isinstance(error, Refused) else "SDK_CLIENT_ERROR",
            "ERROR_MESSAGE": str(error) or type(error).__name__,
            "RETRY_ATTEMPTS": str(delivery.failures),
        }
        try:
            await self._senders.call(queue, delivery.body, time.time(), attributes=attributes)
        except (Failed, Refused) as failure:
            log.warning("%s got no event of rule %s: %s", queue, delivery.key[0], failure)
