"""The bodies of requests to the control API, and its routes."""

from __future__ import annotations

import json
import time
from collections.abc import Awaitable, Callable
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from localemr.api.access import Access
from localemr.aws.errors import AwsError


def json_route(method: str, path: str, answer: Callable[[Request], Awaitable[Any]]) -> Route:
    """A route whose answer is this data, as JSON."""

    async def respond(request: Request) -> Response:
        return JSONResponse(await answer(request))

    return Route(path, respond, methods=[method])


async def read_body(request: Request, access: Access | None) -> bytes:
    """The body, once its signature was checked, where there is `access`. Raises HTTPException (403)."""
    try:
        body = await request.body()
        if access is not None:
            access.check(request.method, request.url.path, request.headers, body, time.time())
    except AwsError as error:
        raise HTTPException(error.status, error.message) from error
    return body


def read_document(body: bytes, kind: type) -> Any:
    """The body as a dict or a list. Raises HTTPException (422)."""
    try:
        document = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise HTTPException(422, "The body is not JSON, or is nested too deeply.") from error
    if not isinstance(document, kind):
        raise HTTPException(422, f"The body must be a JSON {'object' if kind is dict else 'array'}.")
    return document
