"""The routes of the REST API: from a request to an answer."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from localemr_livy import requests, submitting
from localemr_livy.batch import Batch
from localemr_livy.livy import Livy
from localemr_livy.problems import Refused, bad, missing
from localemr_livy.session import Session

NO_JOBS = "Jobs of Livy's programmatic API, which are serialized Java or Python objects, cannot run on this server."
FILE_KINDS = {"add-jar": "jar", "add-pyfile": "pyfile", "add-file": "file"}
MOST = 100
"""Sessions, batches or lines of a log in an answer that says no `size`."""


@dataclass(frozen=True)
class Request:
    """A request: `query` has its parameters, `body` the JSON of its body, None without one."""

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    body: Any = None

    def number(self, name: str, default: int) -> int:
        """A parameter that is a whole number. Raises Refused for another text."""
        try:
            return int(self.query.get(name, default))
        except ValueError as error:
            raise bad(f'For input string: "{self.query[name]}"') from error


@dataclass(frozen=True)
class Answer:
    """An answer: JSON, and the `Location` of what was made."""

    status: int
    body: Any = None
    location: str = ""


class Api:
    """The REST API of a server."""

    def __init__(self, livy: Livy, version: str) -> None:
        self.livy, self._version = livy, version
        own = r"/([^/]+)"
        self._routes: list[tuple[str, re.Pattern[str], Callable[..., Answer]]] = [
            (method, re.compile(pattern), function)
            for method, pattern, function in (
                ("GET", r"/version/?", self.version),
                ("GET", r"/(batches|sessions)/?", self.listed),
                ("POST", r"/batches/?", self.new_batch),
                ("POST", r"/sessions/?", self.new_session),
                ("GET", rf"/(batches|sessions){own}", self.described),
                ("GET", rf"/(batches|sessions){own}/state", self.state),
                ("GET", rf"/(batches|sessions){own}/log", self.log),
                ("DELETE", rf"/(batches|sessions){own}", self.deleted),
                ("POST", rf"/sessions{own}/connect", self.connected),
                ("POST", rf"/sessions{own}/(stop|interrupt)", self.stopped),
                ("GET", rf"/sessions{own}/statements", self.statements),
                ("POST", rf"/sessions{own}/statements", self.execute),
                ("GET", rf"/sessions{own}/statements/(\d+)", self.statement),
                ("POST", rf"/sessions{own}/statements/(\d+)/cancel", self.cancel),
                ("POST", rf"/sessions{own}/completion", self.completion),
                ("POST", rf"/sessions{own}/(add-jar|add-pyfile|add-file)", self.add),
                ("POST", rf"/sessions{own}/(submit-job|run-job|upload-jar|upload-pyfile|upload-file)", self.no_jobs),
                ("GET", rf"/sessions{own}/jobs/\d+", self.no_jobs),
            )
        ]

    def answer(self, request: Request) -> Answer | None:
        """The answer, or None for a path that is none of the API's. Raises Refused."""
        known = False
        for method, pattern, function in self._routes:
            if found := pattern.fullmatch(request.path):
                known = True
                if method == request.method:
                    return function(request, *found.groups())
        if known:
            raise Refused(405, {"msg": f"{request.method} is not allowed for {request.path}"})
        return None

    def version(self, request: Request) -> Answer:
        """Of which version of Livy this is the API."""
        return Answer(
            200, {"version": self._version, "user": "livy", "revision": "", "branch": "", "date": "", "url": "LocalEMR"}
        )

    def listed(self, request: Request, kind: str) -> Answer:
        """GET /batches and /sessions."""
        first, size = request.number("from", 0), request.number("size", MOST)
        found = self._registry(kind).all()
        shown = [each.view() for each in found[max(first, 0) : max(first + size, 0)]]
        return Answer(200, {"from": first, "total": len(found), "sessions": shown})

    def new_batch(self, request: Request) -> Answer:
        """POST /batches."""
        made = self.livy.make_batch(requests.batch(request.body), request.query.get("doAs"))
        return Answer(201, made.view(), f"/batches/{made.id}")

    def new_session(self, request: Request) -> Answer:
        """POST /sessions."""
        made = self.livy.make_session(requests.session(request.body), request.query.get("doAs"))
        return Answer(201, made.view(), f"/sessions/{made.id}")

    def described(self, request: Request, kind: str, name: str) -> Answer:
        """GET of one."""
        return Answer(200, self._found(kind, name).view())

    def state(self, request: Request, kind: str, name: str) -> Answer:
        """GET …/state."""
        found = self._found(kind, name)
        return Answer(200, {"id": found.id, "state": found.state})

    def log(self, request: Request, kind: str, name: str) -> Answer:
        """GET …/log: the last lines, or those from a place on."""
        found = self._found(kind, name)
        lines = found.log()
        size, first = request.number("size", MOST), request.number("from", -1)
        size = len(lines) if size < 0 else size
        first = max(0, len(lines) - size) if first < 0 else first
        return Answer(200, {"id": found.id, "from": first, "total": len(lines), "log": lines[first : first + size]})

    def deleted(self, request: Request, kind: str, name: str) -> Answer:
        """DELETE of one: it ends, and is forgotten."""
        self.livy.delete(self._found(kind, name))
        return Answer(200, {"msg": "deleted"})

    def connected(self, request: Request, name: str) -> Answer:
        """POST …/connect: a client goes on with a session."""
        found = self._session(name)
        found.connect()
        return Answer(200, found.view())

    def stopped(self, request: Request, name: str, how: str) -> Answer:
        """POST …/stop: it ends, and its state stays known."""
        self._session(name).stop()
        return Answer(204) if how == "stop" else Answer(200, {"msg": "interrupted"})

    def statements(self, request: Request, name: str) -> Answer:
        """GET …/statements."""
        found = self._session(name)
        found.need_active()
        every = found.statements.all()
        if request.query.get("order", "").strip().lower() == "desc":
            every.reverse()
        first, size = request.number("from", 0), request.number("size", len(every))
        shown = [each.view() for each in every[max(first, 0) : max(first + size, 0)]]
        return Answer(200, {"total_statements": len(every), "statements": shown})

    def execute(self, request: Request, name: str) -> Answer:
        """POST …/statements."""
        found = self._session(name)
        made = found.execute(*requests.statement(request.body, found.kind))
        return Answer(201, made.view(), f"/sessions/{found.id}/statements/{made.id}")

    def statement(self, request: Request, name: str, number: str) -> Answer:
        """GET …/statements/{id}."""
        found = self._session(name)
        found.need_active()
        statement = found.statements.get(int(number))
        if statement is None:
            raise Refused(404, "Statement not found")
        return Answer(200, statement.view())

    def cancel(self, request: Request, name: str, number: str) -> Answer:
        """POST …/statements/{id}/cancel."""
        self._session(name).cancel(int(number))
        return Answer(200, {"msg": "canceled"})

    def completion(self, request: Request, name: str) -> Answer:
        """POST …/completion."""
        found = self._session(name)
        return Answer(200, {"candidates": found.complete(*requests.completion(request.body, found.kind))})

    def add(self, request: Request, name: str, kind: str) -> Answer:
        """POST …/add-jar and its like."""
        given = requests.read(requests.Resource, request.body, "org.apache.livy.client.common.HttpMessages$AddResource")
        uri = submitting.resolved(given.uri, self.livy.settings, self.livy.file_system)
        self._session(name).add(FILE_KINDS[kind], uri)
        return Answer(200)

    def no_jobs(self, request: Request, name: str, *kind: str) -> Answer:
        """The programmatic API is refused."""
        self._session(name)
        raise Refused(501, {"msg": NO_JOBS})

    def _registry(self, kind: str) -> Any:
        return self.livy.batches if kind == "batches" else self.livy.sessions

    def _found(self, kind: str, name: str) -> Batch | Session:
        return self._session(name) if kind == "sessions" else _existing(self.livy.batches.get(name), name)

    def _session(self, name: str) -> Session:
        found: Session = _existing(self.livy.sessions.get(name), name)
        found.heartbeat()
        return found


def _existing(found: Any, name: str) -> Any:
    if found is None:
        raise missing(name)
    return found
