"""EventBridge as a whole, and its record as a service."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from localemr.aws.errors import AwsError
from localemr.aws.service import Caller, Service
from localemr.clock import Clock
from localemr.events import putting, rule_requests, tags, target_requests
from localemr.events.database import open_database
from localemr.events.delivery import Collect, Deliveries
from localemr.events.errors import InternalException
from localemr.events.registry import OPERATIONS, Context
from localemr.events.rules import Rules
from localemr.events.senders import Senders

MODULES = (putting, rule_requests, tags, target_requests)
"""Where the operations are."""


class EventBridge:
    """Rules and targets in a file, and the deliveries to them."""

    def __init__(
        self, path: Path | str, clock: Clock, collect: Collect = lambda position: (), logs: Path | None = None
    ) -> None:
        """Open the file (`:memory:` for none). `logs` is as in Senders."""
        self._database = open_database(path)
        self._clock = clock
        self._rules, self._senders = Rules(self._database), Senders(logs)
        self._deliveries = Deliveries(self._rules, self._senders, clock, collect)

    def service(self, region: str, account: str) -> Service:
        """Its record; `region` is that of calls that name none."""

        def context(caller: Caller) -> Context:
            return Context(self._rules, self._clock.now, caller.region or region, account, self._deliveries.put)

        return Service("events", {"json": "AWSEvents"}, OPERATIONS, context, explain=_explain)

    def start(self) -> None:
        """Begin to deliver, in the running event loop."""
        self._deliveries.start()

    def wake(self) -> None:
        """The log has grown. For the event loop's thread."""
        self._deliveries.wake()

    async def close(self) -> None:
        """Stop, and close the file."""
        await self._deliveries.stop()
        await self._senders.close()
        self._database.close()


def _explain(error: Exception) -> AwsError | None:
    if isinstance(error, sqlite3.Error):
        return InternalException(f"The rules could not be read or written: {error}.")
    return None
