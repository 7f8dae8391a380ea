"""A session: a Spark application whose program executes statements, one after the other."""

from __future__ import annotations

import itertools
import threading
import time
from typing import Any

from localemr_livy import spark_process
from localemr_livy.batch import SHOWN_LINES, app_info
from localemr_livy.link import Link, same
from localemr_livy.problems import bad, not_running
from localemr_livy.requests import NewSession
from localemr_livy.settings import Settings, seconds
from localemr_livy.spark_process import SparkProcess
from localemr_livy.statements import Statement, Statements

STOP_SECONDS = 10.0
"""Seconds that a program gets to end by itself (Livy: livy.rsc.client.shutdown-timeout)."""
COMPLETION_SECONDS = 10.0
SHOWN = (
    "ttl", "idleTimeout", "driverMemory", "executorMemory", "conf", "archives", "files", "jars", "pyFiles", "queue",
    "heartbeatTimeoutInSecond",
)  # fmt: skip
"""Fields of the request that the API shows as they are."""
INACTIVE = "requirement failed: Session isn't active."


class Session:
    """A session of POST /sessions."""

    def __init__(
        self,
        number: int,
        request: NewSession,
        proxy_user: str | None,
        process: SparkProcess,
        secret: str,
        settings: Settings,
    ) -> None:
        self.id, self.name, self.proxy_user, self.process = number, request.name, proxy_user, process
        self.request, self.secret, self._settings = request, secret, settings
        self.kind = request.kind
        self.ended: float | None = None
        self.statements = Statements(settings.number("livy.rsc.retained-statements"))
        self._lock = threading.RLock()
        self._link: Link | None = None
        self._application: str | None = None
        self._stopping = self._was_connected = False
        self._gone = threading.Event()
        self._active = self._heartbeat = time.monotonic()
        self._numbers = itertools.count()
        self._completions: dict[int, tuple[threading.Event, list[str]]] = {}

    # What the program does.

    def greeted(self, hello: Any, link: Link) -> bool:
        """Its program has connected. False for one that is not its own."""
        with self._lock:
            if not same(hello.get("secret"), self.secret) or self._stopping or self.finished or self._was_connected:
                return False
            self._link, self._was_connected = link, True
            self._application = hello.get("application")
            self._active = time.monotonic()
        return True

    def received(self, message: Any) -> None:
        """A message of its program; None: it is gone."""
        with self._lock:
            if message is None:
                self._link = None
                self._gone.set()
                self.statements.lost()
            elif "completion" in message:
                if waiting := self._completions.get(message["completion"]):
                    waiting[1].extend(message["candidates"])
                    waiting[0].set()
            elif "statement" in message:
                self.statements.reported(message["statement"])
                if "state" in message["statement"]:
                    self._active = time.monotonic()

    # What clients do.

    @property
    def state(self) -> str:
        """Its state, in the API's words."""
        with self._lock:
            if self._stopping and not self.process.over:
                return "shutting_down"
            if self.process.over:
                return "killed" if self.process.state == spark_process.KILLED else "dead"
            if self._link is None:
                return "dead" if self._was_connected else "starting"
            return "busy" if self.statements.busy else "idle"

    @property
    def finished(self) -> bool:
        """Whether it is over."""
        return self.state in ("dead", "killed")

    def heartbeat(self) -> None:
        """A client has looked at it."""
        self._heartbeat = time.monotonic()

    def connect(self) -> None:
        """A client goes on with it: its idle time begins anew."""
        self._active = time.monotonic()

    def execute(self, kind: str, code: str) -> Statement:
        """Have code executed after what waits. Raises Refused when the session does not run."""
        with self._lock:
            link = self._running()
            made = self.statements.add(kind, code)
            link.send({"do": "run", "id": made.id, "kind": kind, "code": code})
            return made

    def cancel(self, number: int) -> None:
        """Cancel a statement. One that is over stays as it is. Raises Refused when the session does not run."""
        with self._lock:
            link = self._running()
            if self.statements.cancel(number):
                link.send({"do": "cancel", "id": number})

    def complete(self, kind: str, code: str, cursor: int) -> list[str]:
        """What could stand at this place of the code. Raises Refused when the session does not run."""
        with self._lock:
            link, number = self._running(), next(self._numbers)
            event, found = self._completions[number] = (threading.Event(), [])
            link.send({"do": "complete", "number": number, "kind": kind, "code": code, "cursor": cursor})
        event.wait(COMPLETION_SECONDS)
        with self._lock:
            del self._completions[number]
        return found

    def add(self, what: str, uri: str) -> None:
        """Add a `jar`, `pyfile` or `file` to what it has. Raises Refused when the session does not run."""
        with self._lock:
            self._running().send({"do": "add", "what": what, "uri": uri})

    def need_active(self) -> None:
        """Raises Refused when it has ended."""
        if self.state in ("dead", "killed", "shutting_down"):
            raise bad(INACTIVE)

    def _running(self) -> Link:
        if self._link is None or self.state not in ("idle", "busy"):
            raise not_running(self.state)
        self._active = time.monotonic()
        return self._link

    # Its end.

    def look(self) -> None:
        """A program that is gone has ended the session, whatever its process does; notes when it ended."""
        if self._gone.is_set():
            self.process.end()
        if self.finished and self.ended is None:
            self.ended = time.monotonic()
            self.received(None)

    def expired(self) -> str:
        """Why it is to be deleted, or empty: it was not used, or not looked at, for as long as it permits."""
        now = time.monotonic()
        beat = self.request.heartbeatTimeoutInSecond
        if beat > 0 and now - self._heartbeat > beat:
            return f"no heartbeat for {beat} seconds"
        settings = self._settings
        if not settings.flag("livy.server.session.timeout-check") or self.state == "starting":
            return ""
        if self.state == "busy" and settings.flag("livy.server.session.timeout-check.skip-busy"):
            return ""
        own = self.request.idleTimeout or self.request.ttl
        limit = seconds(own) if own else settings.seconds("livy.server.session.timeout")
        return f"inactive for more than {limit:g} seconds" if now - self._active > limit else ""

    def stop(self) -> None:
        """Have it end: first the program by itself, then its process."""
        with self._lock:
            self._stopping = True
            link = self._link
        if link is not None and link.send({"do": "stop"}):
            self._gone.wait(STOP_SECONDS)
        self.process.kill()
        if link is not None:
            link.close()

    def log(self) -> list[str]:
        """Its last lines."""
        return self.process.log()

    def view(self) -> dict[str, Any]:
        """The JSON of the API."""
        request = self.request
        return {
            "id": self.id,
            "name": self.name,
            "appId": self.process.application or self._application,
            "owner": None,
            "proxyUser": self.proxy_user,
            "state": self.state,
            "kind": self.kind,
            "appInfo": app_info(self.process),
            "log": self.log()[-SHOWN_LINES:],
            **{name: getattr(request, name) for name in SHOWN},
            **{name: getattr(request, name) or 0 for name in ("driverCores", "executorCores", "numExecutors")},
        }
