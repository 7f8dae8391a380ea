"""EventBridge as a whole, and its record as a service."""

from __future__ import annotations

import logging
import sqlite3
from pathlib import Path

from localemr.aws.errors import AwsError
from localemr.aws.service import Caller, Service
from localemr.clock import Clock
from localemr.delivery.aws import AwsServices
from localemr.events import putting, rule_requests, tags, target_requests
from localemr.events.database import open_database
from localemr.events.delivery import Collect, Events
from localemr.events.errors import InternalException
from localemr.events.registry import OPERATIONS, Context
from localemr.events.rules import Document, Rules
from localemr.events.senders import Senders
from localemr.events.targets import is_delivered

log = logging.getLogger(__name__)
MODULES = (putting, rule_requests, tags, target_requests)
"""Where the operations are."""


class EventBridge:
    """Rules and targets in a file, and the deliveries to them."""

    def __init__(
        self,
        path: Path | str,
        clock: Clock,
        collect: Collect = lambda position: (),
        logs: Path | None = None,
        aws: AwsServices | None = None,
        arn: str = "",
    ) -> None:
        """Open the file (`:memory:` for none). `logs` and `aws` are as in Senders; `arn` begins the ARN of a rule."""
        self._database = open_database(path)
        self._clock = clock
        self._rules, self._senders = Rules(self._database), Senders(logs, aws)
        self._rules.offers = self._senders.offers
        self._rules.refresh()
        self._events = Events(self._rules, self._senders, clock, collect, arn)

    def service(self, region: str, account: str) -> Service:
        """Its record; `region` is that of calls that name none."""

        def context(caller: Caller) -> Context:
            return Context(self._rules, self._clock.now, caller.region or region, account, self._events.put)

        return Service("events", {"json": "AWSEvents"}, OPERATIONS, context, explain=_explain)

    def start(self) -> None:
        """Begin to deliver, in the running event loop."""
        for rule in self._rules.all():
            for each in self._rules.targets(rule["Name"]):
                if not is_delivered(each["Arn"], self._rules.offers):
                    log.warning("target %s of rule %s gets no events: %s", each["Id"], rule["Name"], each["Arn"])
        self._events.deliveries.start()

    def put(self, event: Document) -> None:
        """Have the rules see an event of another service. For the event loop's thread. Raises sqlite3.Error."""
        self._events.put([event])

    def wake(self) -> None:
        """The log has grown. For the event loop's thread."""
        # What happened before a rule follows the log is not for it: then the log's end is read (`before_change`).
        if self._rules.follows:
            self._events.deliveries.wake()

    async def close(self) -> None:
        """Stop, and close the file."""
        await self._events.deliveries.stop()
        await self._senders.close()
        self._database.close()


def _explain(error: Exception) -> AwsError | None:
    if isinstance(error, sqlite3.Error):
        return InternalException(f"The rules could not be read or written: {error}.")
    return None
