"""The AWS services at one address: finds the service and the protocol of a call by tables, and has it carried out."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from localemr.api.access import Access, check_call
from localemr.api.answers import Answers
from localemr.api.calls import Call, Reply
from localemr.api.protocols import PROTOCOLS, WireProtocol
from localemr.api.waiters import Waiters, is_marked
from localemr.aws.errors import AwsError, InternalFailure
from localemr.aws.service import Service

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Served:
    """A service in a protocol; `pool` has its threads, if it has any."""

    service: Service
    protocol: WireProtocol
    pool: ThreadPoolExecutor | None


class Front:
    """An ASGI application. Calls of services without threads are carried out in the event loop that serves it.

    Signatures are checked by `access` (None: not at all); `waiters` holds the calls of waiters, `answers` keeps
    those that may be given again; `notify` is called for
    each call that is carried out in the event loop.
    """

    def __init__(
        self,
        services: Iterable[Service],
        waiters: Waiters,
        answers: Answers,
        access: Access | None = None,
        notify: Callable[[], None] = lambda: None,
    ) -> None:
        self.services = tuple(services)
        self._waiters = waiters
        self._answers = answers
        self._access = access
        self._notify = notify
        self._pools = {each.name: ThreadPoolExecutor(each.threads, each.name) for each in self.services if each.threads}
        self._table: dict[tuple[str, str], _Served] = {}
        for service in self.services:
            for key in service.names.items():
                if key in self._table:
                    raise ValueError(f"{service.name}: {key} names {self._table[key].service.name} already")
                self._table[key] = _Served(service, PROTOCOLS[key[0]], self._pools.get(service.name))

    def routes(self) -> list[Route]:
        """Where HTTP has to lead to the front."""
        paths = {PROTOCOLS[protocol].PATH for protocol, _ in self._table}
        return [Route(path, self, methods=["POST"]) for path in sorted(paths)]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        try:
            reply = await self._reply(request)
        except ClientDisconnect:
            reply = Reply(400, b"", "text/plain")
        await Response(reply.body, reply.status, reply.headers())(scope, receive, send)

    async def _reply(self, request: Request) -> Reply:
        call = _without_body(request.scope)
        protocol, _ = _named(call)
        call = replace(call, body=await request.body())
        served = self._table.get(_named(call))
        if served is None:
            return PROTOCOLS[protocol].render_error(PROTOCOLS[protocol].missing(call), "", None)
        if is_marked(call.headers.get("user-agent", "")):
            await self._hold(served, call, request)
        if served.pool is None:
            self._notify()
            return self._answer(served, call)
        return await asyncio.get_running_loop().run_in_executor(served.pool, self._answer, served, call)

    async def _hold(self, served: _Served, call: Call, request: Request) -> None:
        """Wait as a waiter's call has to; one that will be refused is not held."""
        service, protocol = served.service, served.protocol
        try:
            check_call(self._access, call)
            operation = protocol.operation(service.name, call)
            awaited = service.awaited(operation, protocol.parse(service.name, operation, call))
        except Exception:
            return  # the answer reports it
        if awaited is not None:
            await self._waiters.hold(*awaited, lambda: _gone(request))

    def _answer(self, served: _Served, call: Call) -> Reply:
        """Carry out the call. Whatever goes wrong is in the reply."""
        service, protocol, operation = served.service, served.protocol, None
        try:
            check_call(self._access, call)
            operation, caller = protocol.operation(service.name, call), call.caller
            question = (service.name, operation, call.body, caller)
            known = self._answers.get(question) if service.repeats(operation) else None
            if known is not None:
                return known
            request = protocol.parse(service.name, operation, call)
            response = service.operations.call(operation, service.context(caller), request)
            reply = protocol.render(service.name, operation, response)
            if service.repeats(operation):
                self._answers.keep(question, reply)
            return reply
        except Exception as error:
            return protocol.render_error(_as_aws_error(service, operation, error), service.name, operation)

    async def close(self) -> None:
        """Wait for the calls that are under way, and close the services."""
        for pool in self._pools.values():
            await asyncio.to_thread(pool.shutdown)
        for service in self.services:
            service.close()


def _without_body(scope: Scope) -> Call:
    """The call as ASGI brings it. Of several headers of a name the first counts."""
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in reversed(scope["headers"])}
    endpoint = f"{scope['scheme']}://{headers.get('host', '')}"
    path, query = scope.get("raw_path") or scope["path"].encode(), scope["query_string"]
    return Call(headers, b"", endpoint, scope["method"], path.decode("latin-1"), query.decode("latin-1"))


def _named(call: Call) -> tuple[str, str]:
    """The call's protocol, and what names the service in it."""
    for protocol, module in PROTOCOLS.items():
        name = module.named(call)
        if name is not None:
            return protocol, name
    return "json", ""


def _as_aws_error(service: Service, operation: str | None, error: Exception) -> AwsError:
    """The error of the answer. What is no AwsError is logged; it is shown only where the service explains it."""
    if isinstance(error, AwsError):
        return error
    known = service.explain(error)
    if known is not None:
        _log.error("%s: %s", operation, known.message)
        return known
    _log.error("%s failed", operation, exc_info=error)
    return InternalFailure("An internal error occurred; the controller's log has the details.")


async def _gone(request: Request) -> None:
    """Return when the client has hung up. The body has been read, so that is all that can still come."""
    while (await request.receive())["type"] != "http.disconnect":
        pass
