"""The HTTP side: `POST /` for EMR (and Glue, and what clients ask of STS), and the health of the controller."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.responses import JSONResponse
from starlette.requests import ClientDisconnect
from starlette.types import Receive, Scope, Send

from localemr.api import bodies, sts, wire
from localemr.api.access import Access, check_call
from localemr.api.answers import Answers
from localemr.api.calls import Call, Reply, new_request_id
from localemr.api.changes import Changes
from localemr.api.failures import failure
from localemr.api.glue import GlueEndpoint, is_glue
from localemr.api.model import operation_of
from localemr.api.waiters import HOLD_SECONDS, MOST_HELD, Waiters, is_marked
from localemr.domain.model.errors import EmrError
from localemr.emr import Context
from localemr.emr import call as carry_out
from localemr.emr.waiting import awaited

HEALTH = "/_localemr/health"
Health = Callable[[], tuple[bool, Mapping[str, Any]]]
"""Whether all is well, and what to say about it as JSON. It is asked often and must not wait for anything."""


class EmrEndpoint:
    """Answers `POST /`; an ASGI application, and for callers that have the whole request `answer` alone.

    `changes` has to be told of every change of the store (`Store.on_change`). `context.region` is the region of
    requests that are not signed for one; signatures are checked by `access` (None: not at all); `answered` is told of
    each call; `glue` answers those that are Glue's.

    All of it belongs to the event loop that serves: the store's connection is used from its thread alone.
    """

    def __init__(
        self,
        context: Context,
        changes: Changes,
        hold_seconds: float = HOLD_SECONDS,
        most_held: int = MOST_HELD,
        access: Access | None = None,
        answered: Callable[[], None] = lambda: None,
        glue: GlueEndpoint | None = None,
    ) -> None:
        self._context = context
        self._glue = glue
        self._access = access
        self._answered = answered
        self._waiters = Waiters(changes, hold_seconds, most_held)
        self._answers = Answers(changes, context.now)
        # Callers have few regions and addresses, and making a context anew takes its time.
        self._context_of = lru_cache(64)(lambda region, endpoint: replace(context, region=region, endpoint=endpoint))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        try:
            reply = await self._reply(request)
        except ClientDisconnect:
            reply = Reply(400, b"")
        await Response(reply.body, reply.status, reply.headers())(scope, receive, send)

    async def _reply(self, request: Request) -> Reply:
        try:
            body = await bodies.read(request)
        except EmrError as error:
            return failure(None, error, is_sts(request.headers))
        address = request.client.host if request.client else ""
        call = Call(request.headers, body, address, f"{request.url.scheme}://{request.url.netloc}")
        if self._glue and is_glue(call.headers):
            return await self._glue.answer(call)
        if must_wait(call):
            await self._hold(call, request)
        return self.answer(call)

    async def _hold(self, call: Call, request: Request) -> None:
        """Wait as a waiter's call has to; one that is refused is not held."""
        try:
            check_call(self._access, call)
            operation = operation_of(call.headers.get("x-amz-target"))
            parsed = wire.parse(operation, call.body)
        except EmrError:
            return
        waits = awaited(self._context.store, operation, parsed)
        if waits is not None:
            await self._waiters.hold(*waits, lambda: _gone(request))

    def answer(self, call: Call) -> Reply:
        """Carry out the call, now: nothing is waited for. Whatever goes wrong is in the reply."""
        self._answered()
        if is_sts(call.headers):
            return self._sts(call)
        operation = None
        try:
            check_call(self._access, call)
            operation = operation_of(call.headers.get("x-amz-target"))
            return Reply(200, self._carry_out(operation, call))
        except Exception as error:
            return failure(operation, error)

    def _carry_out(self, operation: str, call: Call) -> bytes:
        signed_for = call.signed_for
        region = signed_for[1] if signed_for else self._context.region
        question = (operation, call.body, region)
        known = self._answers.get(question)
        if known is not None:
            return known
        parsed = wire.parse(operation, call.body)
        context = self._context_of(region, call.endpoint)
        answer = wire.render(operation, carry_out(operation, context, parsed))
        self._answers.keep(question, answer)
        return answer

    def _sts(self, call: Call) -> Reply:
        request_id = new_request_id()
        try:
            check_call(self._access, call)
        except EmrError as error:
            return failure(None, error, sts_call=True)
        key, _ = call.signed_for or ("anonymous", "")
        status, text = sts.answer(call.body, key, self._context.account, request_id)
        return Reply(status, text.encode(), content_type=sts.CONTENT_TYPE, request_id=request_id)


class EmrFirst:
    """The whole application: what is for EMR goes straight to `emr`, past FastAPI's own layers, which take longer than
    most answers do; the rest goes to `pages`."""

    def __init__(self, pages: FastAPI) -> None:
        self.pages = pages
        self.emr: EmrEndpoint | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        for_emr = scope["type"] == "http" and scope["path"] == "/" and scope["method"] == "POST"
        await (self.emr if for_emr and self.emr else self.pages)(scope, receive, send)


def health_router(health: Health) -> APIRouter:
    """The health page: 200 when all is well, 503 when not."""
    router = APIRouter()

    @router.get(HEALTH)
    async def check_health() -> Response:
        good, report = health()
        return JSONResponse(report, 200 if good else 503)

    return router


def is_sts(headers: Mapping[str, str]) -> bool:
    """Whether it is a call of STS, which come as forms."""
    return headers.get("content-type", "").startswith(sts.FORM)


def must_wait(call: Call) -> bool:
    """Whether the answer may have to be held back: a waiter's, and Glue's, which comes from a catalog elsewhere."""
    return is_marked(call.headers.get("user-agent", "")) or is_glue(call.headers)


async def _gone(request: Request) -> None:
    """Return when the client has hung up. The body has been read, so that is all that can still come."""
    while (await request.receive())["type"] != "http.disconnect":
        pass
