"""The server's work apart from HTTP: batches and sessions are made, watched each second, and end."""

from __future__ import annotations

import contextlib
import logging
import os
import secrets
import shutil
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from localemr_livy import submitting
from localemr_livy.batch import Batch
from localemr_livy.link import Exchange, Link
from localemr_livy.problems import bad
from localemr_livy.registry import Registry
from localemr_livy.requests import NewBatch, NewSession, Resources
from localemr_livy.session import Session
from localemr_livy.settings import Settings
from localemr_livy.spark_process import SparkProcess
from localemr_livy.tags import Tags
from localemr_livy.yarn import Yarn

LOG = logging.getLogger("livy")
LIBRARY = str(Path(__file__).parents[1])
SCRIPT = """import sys
sys.path.append({library!r})
from localemr_livy.driver.program import main
main({arguments!r})
"""
"""The program of a session. It has the secret, so it is a file of its user alone: all read command lines."""
CLOSE_SECONDS = 4.0
"""Seconds that sessions and batches together get to end with the server."""
MANY = "Rejected, too many sessions are being created!"


class Livy:
    """A server's batches and sessions."""

    def __init__(self, settings: Settings, folder: Path, host: str, yarn: Yarn) -> None:
        """`folder` is where it keeps files, `host` the name by which sessions' programs reach it."""
        self.settings, self.yarn = settings, yarn
        self.batches: Registry[Batch] = Registry()
        self.sessions: Registry[Session] = Registry()
        self._host, self._scripts = host, folder / "sessions"
        shutil.rmtree(self._scripts, ignore_errors=True)
        self._scripts.mkdir(mode=0o700, parents=True)
        self._tags = Tags(str(folder / "tags.json"))
        self.file_system = submitting.default_file_system()
        self._exchange = Exchange(
            settings.text("livy.server.host"), settings.text("livy.rsc.launcher.port.range"), self._greeted
        )
        self._stop = threading.Event()

    # Making them.

    def make_batch(self, request: NewBatch, do_as: str | None) -> Batch:
        """A batch, started. Raises Refused."""
        self._room()
        number = self.batches.number()
        tag, user = _tag("batch", number), self._user(request, do_as)
        command = submitting.of_batch(request, tag, self.settings, self.file_system, user)
        made = Batch(number, request.name, user, self._process(tag, merged=True))
        self.batches.add(made)
        self._start(made, command)
        return made

    def make_session(self, request: NewSession, do_as: str | None) -> Session:
        """A session, started. Raises Refused."""
        self._room()
        number = self.sessions.number()
        tag, user = _tag("session", number), self._user(request, do_as)
        conf = submitting.properties(request, tag, self.settings, self.file_system)
        conf.setdefault("spark.app.name", f"livy-session-{number}")
        secret = secrets.token_urlsafe(32)
        made = Session(number, request, user, self._process(tag), secret, self.settings)
        self.sessions.add(made)
        self._start(made, submitting.of_session(conf, self._script(made), self.settings, user))
        return made

    def _room(self) -> None:
        starting = [each for each in self._all() if each.process.alive]
        if len(starting) >= self.settings.number("livy.server.session.max-creation"):
            raise bad(MANY)

    def _user(self, request: Resources, do_as: str | None) -> str | None:
        return (do_as or request.proxyUser) if self.settings.flag("livy.impersonation.enabled") else None

    def _process(self, tag: str, merged: bool = False) -> SparkProcess:
        settings = self.settings
        lookup = settings.seconds("livy.server.yarn.app-lookup-timeout")
        return SparkProcess(tag, settings.on_yarn, settings.number("livy.cache-log.size"), lookup, merged)

    def _script(self, session: Session) -> str:
        settings = self.settings
        arguments = {
            "host": self._host,
            "port": self._exchange.port,
            "session": session.id,
            "secret": session.secret,
            "rows": settings.number("livy.rsc.sql.num-rows"),
            "cancel_seconds": settings.seconds("livy.rsc.job-cancel.timeout"),
            "connect_seconds": settings.seconds("livy.rsc.server.connect.timeout"),
        }
        path = self._scripts / f"livy_session_{session.id}.py"
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
            file.write(SCRIPT.format(library=LIBRARY, arguments=arguments))
        return str(path)

    def _start(self, made: Batch | Session, command: list[str]) -> None:
        try:
            self._tags.add(made.process.tag)
        except OSError:
            self._registry(made).remove(made)
            raise
        LOG.info("starting %s %d", type(made).__name__.lower(), made.id)
        made.process.start(command, os.environ)

    # Their programs.

    def _greeted(self, hello: Any, link: Link) -> Callable[[Any], None] | None:
        session = self.sessions.get(str(hello.get("session")))
        if session is None or not session.greeted(hello, link):
            LOG.warning("a program with a wrong secret, or for a session that is over, has connected")
            return None
        return session.received

    # Watching and ending them.

    def watch(self) -> None:
        """Look at all, each second, until the server ends."""
        pause = self.settings.seconds("livy.server.yarn.poll-interval")
        while not self._stop.wait(pause):
            try:
                self.look()
            except Exception:
                LOG.exception("looking at batches and sessions failed")

    def look(self) -> None:
        """Move all states, end what has expired, and forget what ended a while ago."""
        reports = self._reports()
        for each in self._all():
            if reports is not None:
                each.process.look(reports.get(each.process.tag))
            each.look()
            if each.ended is not None:
                self._tags.end(each.process.tag)
                if time.monotonic() - each.ended > self.settings.seconds("livy.server.session.state-retain.sec"):
                    self._registry(each).remove(each)
            elif why := each.expired():
                LOG.info("deleting %s %d: %s", type(each).__name__.lower(), each.id, why)
                threading.Thread(target=self.delete, args=(each,), daemon=True).start()
        if reports is not None and self.settings.on_yarn:
            try:
                self._tags.sweep(reports, self.yarn)
            except OSError as error:
                LOG.warning("%s", error)

    def _reports(self) -> Any:
        if not self.settings.on_yarn:
            return {}
        try:
            return self.yarn.reports(self._tags.all())
        except OSError as error:
            LOG.warning("%s", error)
            return None

    def _all(self) -> list[Batch | Session]:
        return [*self.batches.all(), *self.sessions.all()]

    def _registry(self, made: Batch | Session) -> Any:
        return self.batches if isinstance(made, Batch) else self.sessions

    def delete(self, made: Batch | Session) -> None:
        """End it and forget it. What is on YARN is killed."""
        made.stop()
        self._tags.end(made.process.tag)
        report = made.process.report
        if isinstance(made, Batch) and report is not None and not report.ended:
            # A session's program ends by itself; sweeping kills it when it does not.
            with contextlib.suppress(OSError):
                self.yarn.kill(report.id)
        made.process.finish()
        self._registry(made).remove(made)

    def close(self) -> None:
        """End all, as Livy does without recovery. What YARN still has then, the next server kills."""
        self._stop.set()
        ending = [threading.Thread(target=self.delete, args=(each,), daemon=True) for each in self._all()]
        for thread in ending:
            thread.start()
        deadline = time.monotonic() + CLOSE_SECONDS
        for thread in ending:
            thread.join(timeout=max(deadline - time.monotonic(), 0))
        try:
            for report in self.yarn.reports(self._tags.all()).values() if self.settings.on_yarn else ():
                if not report.ended:
                    self.yarn.kill(report.id)
        except OSError as error:
            LOG.warning("%s", error)
        self._exchange.close()


def _tag(kind: str, number: int) -> str:
    """A tag that no other application has."""
    return f"livy-{kind}-{number}-{secrets.token_hex(4)}"
