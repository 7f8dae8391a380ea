"""The API for instances of clusters: AWS's services alone, and every call signed with the cluster's keys."""

from __future__ import annotations

from collections.abc import Callable, Collection

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from localemr.api.access import Access, check_call
from localemr.api.calls import Call
from localemr.api.raw import again, is_api, read_call, render_error, signed_service
from localemr.aws.errors import AwsError


class ServiceNotOfferedException(AwsError):
    """The installation has no such service of AWS."""


class InstancesOnly:
    """An ASGI application that gives signed calls of the services that `signed_as` returns (names in signatures) to
    `app`, and refuses all else: other paths are no API of AWS."""

    def __init__(self, app: ASGIApp, access: Access, signed_as: Callable[[], Collection[str]]) -> None:
        self._app = app
        self._access = access
        self._signed_as = signed_as

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1008})
            return
        try:
            body = await Request(scope, receive).body()
        except ClientDisconnect:
            return
        call = read_call(scope, body)
        try:
            self._check(call)
        except AwsError as error:
            reply = render_error(error, call)
            await Response(reply.body, reply.status, reply.headers())(scope, receive, send)
            return
        await self._app(scope, again(body, receive), send)

    def _check(self, call: Call) -> None:
        """Raises AwsError for a call that is not signed, or of another service."""
        check_call(self._access, call)
        service = signed_service(call.headers["authorization"])
        signed_as = self._signed_as()
        if service not in signed_as or call.method != "POST" or not is_api(call.path):
            offered = ", ".join(sorted({*signed_as, "s3"}))
            raise ServiceNotOfferedException(
                f"LocalEMR does not have the AWS service '{service}', only {offered}. "
                "With LOCALEMR_REACH_AWS=1 such calls leave the cluster."
            )
