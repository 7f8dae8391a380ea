"""The actions of alarms: kept with the change of state that they are for, and delivered."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

import orjson

from localemr.aws.database import Database
from localemr.clock import Clock
from localemr.cloudwatch.alarms import ACTION, Alarms, Change, Document
from localemr.cloudwatch.messages import EVENTS, is_topic, subject
from localemr.delivery.aws import AwsServices
from localemr.delivery.deliveries import Deliveries, Delivery, Recipient, Refused
from localemr.delivery.table import Table

Announce = Callable[[Document], None]
"""Takes an event for EventBridge. Raises sqlite3.Error."""


class Waiting(Table):
    """The messages that wait."""

    def __init__(self, database: Database) -> None:
        super().__init__(database, "actions", ("alarm", "recipient"))

    def add(self, alarm: str, messages: Iterable[tuple[str, str]], at: float) -> None:
        """Keep messages of an alarm (recipient, text), in the transaction that is open."""
        query = "INSERT INTO actions (alarm, recipient, body, at, failures, due) VALUES (?,?,?,?,0,?)"
        self._database.sql.executemany(query, [(alarm, to, body, at, at) for to, body in messages])

    def waiting(self) -> list[Delivery]:
        """See Queue."""
        query = """SELECT id, alarm, recipient, body, at, failures, due FROM actions
            WHERE id IN (SELECT min(id) FROM actions GROUP BY alarm, recipient)"""
        rows = self._database.sql.execute(query).fetchall()
        return [Delivery(id, (alarm, to), *rest) for id, alarm, to, *rest in rows]


class Actions:
    """Carries out the actions of alarms; their outcome is in the history of the alarm."""

    def __init__(
        self, alarms: Alarms, waiting: Waiting, clock: Clock, aws: AwsServices | None, announce: Announce
    ) -> None:
        """`aws` reaches topics and functions; None: every action fails. `announce` takes the events of changes."""
        self._alarms, self._clock, self._aws, self._announce = alarms, clock, aws, announce
        self.deliveries = Deliveries(waiting, self._recipient, clock)

    def _recipient(self, delivery: Delivery) -> Recipient:
        alarm, to = delivery.key
        if to == EVENTS:
            return Recipient(f"EventBridge, of alarm {alarm}", self._event)
        return Recipient(f"action {to} of alarm {alarm}", partial(self._send, to), end=self._note)

    async def _event(self, delivery: Delivery) -> None:
        self._announce(orjson.loads(delivery.body))

    async def _send(self, arn: str, delivery: Delivery) -> None:
        if self._aws is None:
            raise Refused(f"there is no endpoint for {arn} (LOCALEMR_AWS_ENDPOINTS)")
        about = subject(delivery.body) if is_topic(arn) else ""
        await self._aws.send(arn, delivery.body, delivery.at, subject=about)

    async def _note(self, delivery: Delivery, error: Exception | None) -> None:
        """Write the outcome into the alarm's history. Raises sqlite3.Error."""
        alarm, to = delivery.key
        state = "Succeeded" if error is None else "Failed"
        data: dict[str, Any] = {"actionState": state, "notificationResource": to}
        if error is not None:
            data["error"] = str(error)
        how = "Successfully executed" if error is None else "Failed to execute"
        text = orjson.dumps(data).decode()
        self._alarms.note(Change(0, alarm, self._clock.now(), ACTION, f"{how} action {to}", text))
