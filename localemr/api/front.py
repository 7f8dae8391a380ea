"""The AWS services at one address: finds the service and the protocol of a call in tables, and executes the call."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from starlette.requests import ClientDisconnect
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from localemr.api.access import Access, check_call
from localemr.api.answers import Answers
from localemr.api.calls import Call, Reply
from localemr.api.encoding import unpacked
from localemr.api.protocols import PROTOCOLS, WireProtocol
from localemr.api.retries import Retries, key_of
from localemr.api.waiters import Waiters, is_marked
from localemr.aws.errors import AwsError, InternalFailure
from localemr.aws.service import Caller, Service

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Served:
    """A service in a protocol; `pool` are its threads, if any."""

    service: Service
    protocol: WireProtocol
    pool: ThreadPoolExecutor | None


class Front:
    """An ASGI application. Calls of services without threads are executed in the event loop that serves it.

    Signatures are checked by `access` (None: not at all); `waiters` delays the calls of waiters, `answers` caches
    replies, and `notify` is called for every call that is executed in the event loop.
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
        self._retries = Retries()
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
        """The HTTP routes of the front."""
        paths = {PROTOCOLS[protocol].PATH for protocol, _ in self._table}
        return [Route(path, self, methods=["POST"]) for path in sorted(paths)]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            reply = await self._reply(scope, receive)
        except ClientDisconnect:
            reply = Reply(400, b"", "text/plain")
        headers = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in reply.headers().items()]
        await send({"type": "http.response.start", "status": reply.status, "headers": headers})
        await send({"type": "http.response.body", "body": reply.body})

    async def _reply(self, scope: Scope, receive: Receive) -> Reply:
        head = _without_body(scope)
        protocol, _ = _named(head)
        call = head.with_body(await _body(receive))
        try:
            call = unpacked(call)
        except AwsError as error:
            return PROTOCOLS[protocol].render_error(error, "", None)
        served = self._table.get(_named(call))
        if served is None:
            return PROTOCOLS[protocol].render_error(PROTOCOLS[protocol].missing(call), "", None)
        if is_marked(call.headers.get("user-agent", "")):
            await self._hold(served, call, receive)
        if served.pool is None:
            self._notify()
            return self._answer(served, call)
        return await asyncio.get_running_loop().run_in_executor(served.pool, self._answer, served, call)

    async def _hold(self, served: _Served, call: Call, receive: Receive) -> None:
        """Delay a waiter's call; a call that will be refused is not delayed."""
        service, protocol = served.service, served.protocol
        try:
            check_call(self._access, call)
            operation = protocol.operation(service.name, call)
            awaited = service.awaited(operation, protocol.parse(service.name, operation, call))
        except Exception:
            return  # the answer reports it
        if awaited is not None:
            await self._waiters.hold(*awaited, lambda: _gone(receive))

    async def inside(self, name: str, operation: str, body: bytes, caller: Caller, dry: bool = False) -> Reply:
        """Execute an operation for a part of this process, as a call of the protocol `json` is. `name` is the
        service's; the part has found out who the caller is, so no signature is checked. `dry`: the reply is an error
        that the call would get, or empty; nothing is changed."""
        key = next(each.names["json"] for each in self.services if each.name == name)
        served = self._table["json", key]
        call = Call({"x-amz-target": f"{key}.{operation}"}, body, caller.endpoint)
        if served.pool is None:
            self._notify()
            return self._carry_out(served, call, caller, dry)
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(served.pool, self._carry_out, served, call, caller, dry)

    def _answer(self, served: _Served, call: Call) -> Reply:
        """Check the signature and execute the call. Errors are returned as replies."""
        try:
            check_call(self._access, call)
        except Exception as error:
            return served.protocol.render_error(_as_aws_error(served.service, None, error), served.service.name, None)
        return self._carry_out(served, call, call.caller)

    def _carry_out(self, served: _Served, call: Call, caller: Caller, dry: bool = False) -> Reply:
        """Execute the caller's call, or check it alone. Errors are returned as replies."""
        service, protocol, operation = served.service, served.protocol, None
        try:
            operation = protocol.operation(service.name, call)
            if dry:
                request = protocol.parse(service.name, operation, call)
                service.operations.check(operation, service.context(caller), request)
                return protocol.render(service.name, operation, None)
            reads, question = service.repeats(operation), (service.name, operation, call.body, caller)
            retried = None if reads else key_of(call, caller, operation)
            known = self._answers.get(question) if reads else self._retries.get(retried)
            if known is not None:
                return known
            request = protocol.parse(service.name, operation, call)
            response = service.operations.call(operation, service.context(caller), request)
            reply = protocol.render(service.name, operation, response)
            if reads:
                self._answers.keep(question, reply)
            else:
                self._retries.keep(retried, reply)
            return reply
        except Exception as error:
            return protocol.render_error(_as_aws_error(service, operation, error), service.name, operation)

    async def close(self) -> None:
        """Wait for running calls, and close the services."""
        for pool in self._pools.values():
            await asyncio.to_thread(pool.shutdown)
        for service in self.services:
            service.close()


def _without_body(scope: Scope) -> Call:
    """The call of an ASGI scope. Of several headers with one name the first is used."""
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in reversed(scope["headers"])}
    endpoint = f"{scope['scheme']}://{headers.get('host', '')}"
    path, query = scope.get("raw_path") or scope["path"].encode(), scope["query_string"]
    return Call(headers, b"", endpoint, scope["method"], path.decode("latin-1"), query.decode("latin-1"))


def _named(call: Call) -> tuple[str, str]:
    """The call's protocol, and the service's key in it."""
    for protocol, module in PROTOCOLS.items():
        name = module.named(call)
        if name is not None:
            return protocol, name
    return "json", ""


def _as_aws_error(service: Service, operation: str | None, error: Exception) -> AwsError:
    """The error of the reply. Other exceptions than AwsError are logged. The client gets their text only if the service
    explains them."""
    if isinstance(error, AwsError):
        return error
    known = service.explain(error)
    if known is not None:
        _log.error("%s: %s", operation, known.message)
        return known
    _log.error("%s failed", operation, exc_info=error)
    return InternalFailure("An internal error occurred; the controller's log has the details.")


async def _body(receive: Receive) -> bytes:
    """The body of a request. Raises ClientDisconnect when it does not come to its end."""
    parts, more = list[bytes](), True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        parts.append(message.get("body", b""))
        more = message.get("more_body", False)
    return parts[0] if len(parts) == 1 else b"".join(parts)


async def _gone(receive: Receive) -> None:
    """Return when the client has disconnected. The body has been read, so no other message can follow."""
    while (await receive())["type"] != "http.disconnect":
        pass
