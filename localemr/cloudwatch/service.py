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
from localemr.cloudwatch.alarms import ALARM, Alarms
from localemr.cloudwatch.data import Datum
from localemr.cloudwatch.database import open_database
from localemr.cloudwatch.errors import InternalServiceError
from localemr.cloudwatch.evaluation import evaluate
from localemr.cloudwatch.metrics import Metrics
from localemr.cloudwatch.registry import OPERATIONS, Context
from localemr.cloudwatch.watch import Watch

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
    ) -> None:
        """Open the file (`:memory:` for none); `Watch` has the rest."""
        self._database = open_database(path)
        self._clock = clock
        self.metrics, self.alarms = Metrics(self._database), Alarms(self._database)
        self.watch = Watch(self.metrics, self.alarms, clock, collect, keep_days, make_up)

    def service(self, region: str, account: str) -> Service:
        """Its record; `region` is that of calls that name none."""

        def context(caller: Caller) -> Context:
            return Context(self.metrics, self.alarms, self._clock.now, caller.region or region, account)

        names = {"smithy-rpc-v2-cbor": SHAPE, "json": SHAPE, "query": "2010-08-01"}
        return Service("cloudwatch", names, OPERATIONS, context, explain=_explain)

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
        self._database.close()


def _explain(error: Exception) -> AwsError | None:
    if isinstance(error, sqlite3.Error):
        return InternalServiceError(f"The metrics could not be read or written: {error}.")
    return None
