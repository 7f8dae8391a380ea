"""A batch: one `spark-submit` from its start to its end."""

from __future__ import annotations

import time
from typing import Any

from localemr_livy import spark_process
from localemr_livy.spark_process import SparkProcess

STATES = {
    spark_process.STARTING: "starting",
    spark_process.RUNNING: "running",
    spark_process.FINISHED: "success",
    spark_process.FAILED: "dead",
    spark_process.KILLED: "killed",
}
SHOWN_LINES = 10
"""Lines of the log in a view."""


def app_info(process: SparkProcess) -> dict[str, str | None]:
    """Where the application can be looked at."""
    report = process.report
    return {
        "driverLogUrl": report.driver_log if report else None,
        "sparkUiUrl": report.tracking_url if report else None,
    }


class Batch:
    """A batch of POST /batches."""

    def __init__(self, number: int, name: str | None, proxy_user: str | None, process: SparkProcess) -> None:
        self.id, self.name, self.proxy_user, self.process = number, name, proxy_user, process
        self.ended: float | None = None

    @property
    def state(self) -> str:
        """Its state, in the API's words."""
        return STATES[self.process.state]

    @property
    def finished(self) -> bool:
        """Whether it is over."""
        return self.process.over

    def look(self) -> None:
        """Notes when it ended. Batches have no time-outs."""
        if self.finished and self.ended is None:
            self.ended = time.monotonic()

    def expired(self) -> str:
        """Why it is to be deleted: never, while it runs."""
        return ""

    def log(self) -> list[str]:
        """Its last lines."""
        return self.process.log()

    def stop(self) -> None:
        """Have it end."""
        self.process.kill()

    def view(self) -> dict[str, Any]:
        """The JSON of the API."""
        return {
            "id": self.id,
            "name": self.name,
            "owner": None,
            "proxyUser": self.proxy_user,
            "state": self.state,
            "appId": self.process.application,
            "appInfo": app_info(self.process),
            "log": self.log()[-SHOWN_LINES:],
        }
