"""Calls of AWS's services that the controller does not have itself: passed on, unchanged, to where they are."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Protocol

import httpx
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from localemr.api.access import Access, check_call
from localemr.api.calls import Call
from localemr.api.raw import again, is_api, read_call, render_error, signed_service
from localemr.aws.errors import AwsError
from localemr.outgoing import Client

log = logging.getLogger(__name__)
SECONDS = 60.0
"""How long an answer may take. SQS holds a call for messages for at most 20 s."""
OF_THE_CONNECTION = frozenset(("connection", "content-length", "keep-alive", "transfer-encoding", "date", "server"))
"""Headers of an answer that are not passed on: they are about one connection, or written anew."""
CONNECTION = (b"connection", b"transfer-encoding")
"""Those of a request."""
Headers = list[tuple[bytes, bytes]]


class ServiceUnavailableException(AwsError):
    """The service does not answer, or is not ready yet. AWS's clients try again."""

    status = 503


class Endpoints(Protocol):
    """Where services are, by their names in signatures."""

    def offers(self, service: str) -> bool:
        """Whether there is an endpoint for a service."""

    async def url(self, service: str) -> str:
        """Its URL. Raises OSError with the reason of a failure."""


class Beside:
    """Passes calls on to services at `endpoints`, and returns their answers."""

    def __init__(self, endpoints: Endpoints) -> None:
        self.offers = endpoints.offers
        self._url = endpoints.url
        # The caller's headers alone: it may not read what httpx accepts.
        self._http = Client(SECONDS, bare=True)

    async def answer(self, call: Call, service: str, headers: Headers) -> Response:
        """The service's answer to a call with these headers, or an error in AWS's form. Raises AwsError."""
        try:
            base = await self._url(service)
            # The caller's own headers, its Host too: it is signed, and queues' URLs are made from it.
            sent = self._http.stream(call.method, f"{base}{call.path}", content=call.body, headers=headers)
            async with sent as answer:
                # As it was sent, perhaps packed: DynamoDB's checksum in the headers is that of these bytes.
                body = b"".join([part async for part in answer.aiter_raw()])
        except (httpx.HTTPError, OSError) as error:
            text = str(error) or type(error).__name__
            log.warning("a call of %s could not be passed on: %s", service, text)
            raise ServiceUnavailableException(text) from error
        kept = {name: value for name, value in answer.headers.items() if name not in OF_THE_CONNECTION}
        return Response(body, answer.status_code, kept)

    async def close(self) -> None:
        """Close the connections."""
        await self._http.close()


class PassedOn:
    """An ASGI application that passes signed calls of services that `beside` offers on to them, and gives all else to
    `app`, whose own services are `own` (names in signatures).

    Signatures are checked by `access` (None: not at all).
    """

    def __init__(
        self, app: ASGIApp, beside: Callable[[], Beside | None], own: frozenset[str], access: Access | None = None
    ) -> None:
        self._app, self._beside, self._own, self._access = app, beside, own, access

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        service = _service(scope)
        beside = self._beside() if service and service not in self._own else None
        if beside is None or not beside.offers(service):
            await self._app(scope, receive, send)
            return
        try:
            body = await Request(scope, receive).body()
        except ClientDisconnect:
            return
        call = read_call(scope, body)
        headers = [each for each in scope["headers"] if each[0] not in CONNECTION]
        try:
            check_call(self._access, call)
            response = await beside.answer(call, service, headers)
        except AwsError as error:
            reply = render_error(error, call)
            response = Response(reply.body, reply.status, reply.headers())
        await response(scope, again(body, receive), send)


def _service(scope: Scope) -> str:
    """The service that a request is signed for, where AWS's services are called. Empty: it is no such call."""
    if scope["type"] != "http" or scope["method"] != "POST" or not is_api(scope["path"]):
        return ""
    found = next((value for name, value in scope["headers"] if name == b"authorization"), b"")
    return signed_service(found.decode("latin-1"))
