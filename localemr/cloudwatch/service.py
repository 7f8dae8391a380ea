"""CloudWatch as a whole, and its record as a service."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from localemr.aws.errors import AwsError
from localemr.aws.service import Caller, Service
from localemr.clock import Clock
from localemr.cloudwatch import alarm_lists, alarm_requests, putting, reading
from localemr.cloudwatch.actions import Actions, Announce, Waiting
from localemr.cloudwatch.alarms import ALARM, Alarms, Document
from localemr.cloudwatch.data import Datum
from localemr.cloudwatch.database import open_database
from localemr.cloudwatch.errors import InternalServiceError
from localemr.cloudwatch.evaluation import evaluate
from localemr.cloudwatch.messages import messages
from localemr.cloudwatch.metrics import Metrics
from localemr.cloudwatch.registry import OPERATIONS, Context
from localemr.cloudwatch.watch import Watch
from localemr.delivery.aws import AwsServices, region_name

log = logging.getLogger(__name__)
MODULES = (alarm_lists, alarm_requests, putting, reading)
"""Where the operations are."""
SHAPE = "GraniteServiceVersion20100801"


class CloudWatch:
    """Metrics and alarms in a file, and what happens to them by the clock."""

    def __init__(
        self,
        path: Path | str,
        clock: Clock,
        collect: Callable[[float], Iterable[Datum]] = lambda at: (),
        keep_days: int = 0,
        make_up: bool = False,
        aws: AwsServices | None = None,
        announce: Announce = lambda event: None,
    ) -> None:
        """Open the file (`:memory:` for none); `Watch` and `Actions` have the rest."""
        self._database = open_database(path)
        self._clock = clock
        self.metrics, self.alarms = Metrics(self._database), Alarms(self._database)
        self.watch = Watch(self.metrics, self.alarms, clock, collect, keep_days, make_up)
        self._waiting = Waiting(self._database)
        self._actions = Actions(self.alarms, self._waiting, clock, aws, announce)
        self.alarms.on_move, self.alarms.after_move = self._moved, self._actions.deliveries.wake

    def service(self, region: str, account: str) -> Service:
        """Its record; `region` is that of calls that name none."""

        def context(caller: Caller) -> Context:
            return Context(self.metrics, self.alarms, self._clock.now, caller.region or region, account)

        names = {"smithy-rpc-v2-cbor": SHAPE, "json": SHAPE, "query": "2010-08-01"}
        return Service("cloudwatch", names, OPERATIONS, context, explain=_explain)

    def start(self) -> None:
        """Begin to look and to deliver, in the running event loop."""
        self.watch.start()
        self._actions.deliveries.start()

    def _moved(self, before: Document, after: Document, at: float) -> None:
        self._waiting.add(after["AlarmName"], messages(before, after, region_name), at)

    def in_alarm(self, alarm: Mapping[str, Any], now: float) -> bool:
        """Whether an alarm that is not stored would be in ALARM."""
        try:
            verdict = evaluate(alarm, self.watch.found(alarm, now), now)
        except sqlite3.Error as error:
            log.warning("metrics could not be read: %s", error)
            return False
        return verdict is not None and verdict.state == ALARM

    async def close(self) -> None:
        """Stop, and close the file."""
        await self.watch.stop()
        await self._actions.deliveries.stop()
        self._database.close()


def _explain(error: Exception) -> AwsError | None:
    if isinstance(error, sqlite3.Error):
        return InternalServiceError(f"The metrics could not be read or written: {error}.")
    return None
