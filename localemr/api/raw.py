"""Calls of AWS before their service and protocol are known: read from ASGI, and refused in a form that clients read."""

from __future__ import annotations

import json
import re
from xml.sax.saxutils import escape

from starlette.types import Message, Receive, Scope

from localemr.api import query
from localemr.api.calls import Call, Reply, fields
from localemr.aws.errors import AwsError

JSON = "application/x-amz-json-1.1"
QUEUE = re.compile(r"/\d{12}/[A-Za-z0-9_.-]{1,80}/?")
"""The path of a queue's URL, at which older SDKs call SQS."""


def signed_service(authorization: str) -> str:
    """The service that a call is signed for, by its Authorization header. Empty: it is not signed."""
    if not authorization.startswith("AWS4-HMAC-SHA256 "):
        return ""
    scope = fields(authorization.partition(" ")[2]).get("Credential", "").split("/")
    return scope[3] if len(scope) == 5 else ""


def is_api(path: str) -> bool:
    """Whether AWS's services are called at this path: of all, of RPC v2, of a queue."""
    return path == "/" or path.startswith("/service/") or QUEUE.fullmatch(path) is not None


def read_call(scope: Scope, body: bytes) -> Call:
    """The call of an ASGI scope. Of several headers with one name the first is used."""
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in reversed(scope["headers"])}
    path = scope.get("raw_path") or scope["path"].encode()
    return Call(headers, body, "", scope["method"], path.decode("latin-1"), scope["query_string"].decode("latin-1"))


def again(body: bytes, receive: Receive) -> Receive:
    """The channel of a request whose body has been read."""
    first = True

    async def read() -> Message:
        nonlocal first
        if first:
            first = False
            return {"type": "http.request", "body": body, "more_body": False}
        return await receive()

    return read


def render_error(error: AwsError, call: Call) -> Reply:
    """XML for callers that send forms, JSON for all others."""
    name, kind = type(error).__name__, call.headers.get("content-type", "")
    if kind.startswith(query.FORM):
        inner = f"<Type>Sender</Type><Code>{name}</Code><Message>{escape(error.message)}</Message>"
        return Reply(error.status, f"<ErrorResponse><Error>{inner}</Error></ErrorResponse>".encode(), "text/xml", name)
    body = {"__type": name, "message": error.message, "Message": error.message}
    return Reply(error.status, json.dumps(body).encode(), JSON, name)
