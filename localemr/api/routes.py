"""The HTTP side: `POST /` for EMR (and what clients ask of STS), and the health of the controller."""

from __future__ import annotations

import logging
import re
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.responses import JSONResponse
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Receive, Scope, Send

from localemr.api import bodies, sts, wire
from localemr.api.access import Access
from localemr.api.answers import Answers
from localemr.api.changes import Changes
from localemr.api.model import operation_of
from localemr.api.waiters import HOLD_SECONDS, Waiters, is_marked
from localemr.domain.errors import EmrError, InternalServerException
from localemr.operations import Context, call
from localemr.store import StoreFailure

HEALTH = "/_localemr/health"
Health = Callable[[], tuple[bool, Mapping[str, Any]]]
"""Whether all is well, and what to say about it as JSON. It is asked often and must not wait for anything."""

_log = logging.getLogger(__name__)
_SCOPE = re.compile(r"Credential=(?P<key>[^/,\s]+)/\d{8}/(?P<region>[a-z0-9-]+)/")


class EmrEndpoint:
    """Answers `POST /`; an ASGI application.

    `changes` has to be told of every change of the store (`Store.on_change`). `context.region` is the region of
    requests that are not signed for one; signatures are checked by `access` (None: not at all). All of it belongs to
    the event loop that serves: the store's connection is used from its thread alone.
    """

    def __init__(
        self, context: Context, changes: Changes, hold_seconds: float = HOLD_SECONDS, access: Access | None = None
    ) -> None:
        self._context = context
        self._access = access
        self._waiters = Waiters(context.store, changes, context.now, hold_seconds)
        self._answers = Answers(changes, context.now)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        response = await self._respond(Request(scope, receive))
        await response(scope, receive, send)

    async def _respond(self, request: Request) -> Response:
        if request.headers.get("content-type", "").startswith(sts.FORM):
            return await _sts(request, self._context, self._access)
        operation = None
        try:
            body = await _checked_body(request, self._access)
            operation = operation_of(request.headers.get("x-amz-target"))
            return _response(200, await self._answer(operation, body, request))
        except ClientDisconnect:
            return Response(status_code=400)
        except Exception as error:
            return _error_response(operation, error)

    async def _answer(self, operation: str, body: bytes, request: Request) -> bytes:
        agent = request.headers.get("user-agent", "")
        question = (operation, body, _region(request) or self._context.region)
        marked = is_marked(agent)
        known = None if marked else self._answers.get(question)
        if known is not None:
            return known
        parsed = wire.parse(operation, body)
        if marked:
            address = request.client.host if request.client else ""
            await self._waiters.hold(operation, parsed, (address, agent), lambda: _gone(request))
        endpoint = f"{request.url.scheme}://{request.url.netloc}"
        context = replace(self._context, region=question[2], endpoint=endpoint)
        answer = wire.render(operation, call(operation, context, parsed))
        self._answers.keep(question, answer)
        return answer


class EmrFirst:
    """The whole application: what is for EMR goes straight to `emr`, past FastAPI's own layers, which take longer than
    most answers do; the rest goes to `pages`."""

    def __init__(self, pages: FastAPI) -> None:
        self.pages = pages
        self.emr: ASGIApp = pages

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        for_emr = scope["type"] == "http" and scope["path"] == "/" and scope["method"] == "POST"
        await (self.emr if for_emr else self.pages)(scope, receive, send)


def health_router(health: Health) -> APIRouter:
    """The health page: 200 when all is well, 503 when not."""
    router = APIRouter()

    @router.get(HEALTH)
    async def check_health() -> Response:
        good, report = health()
        return JSONResponse(report, 200 if good else 503)

    return router


async def _checked_body(request: Request, access: Access | None) -> bytes:
    """The body of a request whose signature is right, if signatures matter."""
    body = await bodies.read(request)
    if access is not None:
        access.check(request.method, request.url.path, request.headers, body, time.time())
    return body


async def _sts(request: Request, context: Context, access: Access | None) -> Response:
    request_id = str(uuid.uuid4())
    try:
        body = await _checked_body(request, access)
        match = _SCOPE.search(request.headers.get("authorization", ""))
        status, text = sts.answer(body, match["key"] if match else "anonymous", context.account, request_id)
    except ClientDisconnect:
        return Response(status_code=400)
    except EmrError as error:
        status, text = error.status, sts.error(type(error).__name__, error.message, request_id)
    return Response(text, status, {"x-amzn-RequestId": request_id}, media_type=sts.CONTENT_TYPE)


def _error_response(operation: str | None, error: Exception) -> Response:
    """The one place where an exception becomes an answer; what nobody foresaw is logged and not shown."""
    if isinstance(error, StoreFailure):
        _log.error("%s: nothing was stored: %s", operation, error)
        error = InternalServerException(f"Nothing was stored: {error}")
    if not isinstance(error, EmrError):
        _log.error("%s failed", operation, exc_info=error)
        error = wire.InternalFailure("An internal error occurred; the controller's log has the details.")
    error = wire.as_declared(operation, error)
    return _response(error.status, wire.render_error(error), {"x-amzn-ErrorType": type(error).__name__})


def _response(status: int, body: bytes, headers: Mapping[str, str] | None = None) -> Response:
    named = {"x-amzn-RequestId": str(uuid.uuid4()), **(headers or {})}
    return Response(body, status, named, media_type=wire.CONTENT_TYPE)


def _region(request: Request) -> str | None:
    """The region that the request was signed for."""
    match = _SCOPE.search(request.headers.get("authorization", ""))
    return match["region"] if match else None


async def _gone(request: Request) -> None:
    """Return when the client has hung up. The body has been read, so that is all that can still come."""
    while (await request.receive())["type"] != "http.disconnect":
        pass
