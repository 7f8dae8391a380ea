"""The API for instances of clusters: AWS's services alone, and every call signed with the cluster's keys."""

from __future__ import annotations

import json
from collections.abc import Collection
from xml.sax.saxutils import escape

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from localemr.api import query
from localemr.api.access import Access, check_call
from localemr.api.calls import Call, Reply, fields
from localemr.aws.errors import AwsError

JSON = "application/x-amz-json-1.1"


class ServiceNotOfferedException(AwsError):
    """The installation has no such service of AWS."""


class InstancesOnly:
    """An ASGI application that gives signed calls of the services `signed_as` (names in signatures) to `app`, and
    refuses all else: other paths are no API of AWS."""

    def __init__(self, app: ASGIApp, access: Access, signed_as: Collection[str]) -> None:
        self._app = app
        self._access = access
        self._signed_as = frozenset(signed_as)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1008})
            return
        try:
            body = await Request(scope, receive).body()
        except ClientDisconnect:
            return
        call = _call(scope, body)
        try:
            self._check(call)
        except AwsError as error:
            reply = _render(error, call)
            await Response(reply.body, reply.status, reply.headers())(scope, receive, send)
            return
        await self._app(scope, _again(body, receive), send)

    def _check(self, call: Call) -> None:
        """Raises AwsError for a call that is not signed, or of another service."""
        check_call(self._access, call)
        service = fields(call.headers["authorization"])["Credential"].split("/")[3]
        if service not in self._signed_as or call.method != "POST" or not _is_api(call.path):
            offered = ", ".join(sorted({*self._signed_as, "s3"}))
            raise ServiceNotOfferedException(
                f"LocalEMR does not have the AWS service '{service}', only {offered}. "
                "With LOCALEMR_REACH_AWS=1 such calls leave the cluster."
            )


def _is_api(path: str) -> bool:
    return path == "/" or path.startswith("/service/")


def _call(scope: Scope, body: bytes) -> Call:
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in reversed(scope["headers"])}
    path = scope.get("raw_path") or scope["path"].encode()
    return Call(headers, body, "", scope["method"], path.decode("latin-1"), scope["query_string"].decode("latin-1"))


def _again(body: bytes, receive: Receive) -> Receive:
    """The channel of a request whose body has been read."""
    first = True

    async def read() -> Message:
        nonlocal first
        if first:
            first = False
            return {"type": "http.request", "body": body, "more_body": False}
        return await receive()

    return read


def _render(error: AwsError, call: Call) -> Reply:
    """XML for callers that send forms, JSON for all others."""
    name, kind = type(error).__name__, call.headers.get("content-type", "")
    if kind.startswith(query.FORM):
        inner = f"<Type>Sender</Type><Code>{name}</Code><Message>{escape(error.message)}</Message>"
        return Reply(error.status, f"<ErrorResponse><Error>{inner}</Error></ErrorResponse>".encode(), "text/xml", name)
    body = {"__type": name, "message": error.message, "Message": error.message}
    return Reply(error.status, json.dumps(body).encode(), JSON, name)
