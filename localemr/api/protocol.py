"""uvicorn's HTTP protocol, which answers plain calls of the API itself (docs/adr/0005-plain-calls-past-asgi.md).

A task, a scope and messages take longer than most answers do. A `POST /` that came whole in one read, on a connection
that stays and owes nothing, is answered where its last byte is parsed, by what the ordinary way ends in too
(`EmrEndpoint.answer`). Everything else goes the ordinary way: uvicorn's protocol is told what it has missed.
"""

from __future__ import annotations

from collections.abc import Callable

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from localemr.api.calls import Call, Reply
from localemr.api.routes import EmrEndpoint, must_wait

Find = Callable[[], EmrEndpoint | None]
"""The endpoint that serves now; None: none does."""


def protocol_of(find: Find) -> type[HttpToolsProtocol]:
    """The class to give to uvicorn as `http`."""

    class Protocol(PlainCalls):
        find_endpoint = staticmethod(find)

    return Protocol


class PlainCalls(HttpToolsProtocol):
    """See the module. It keeps nothing from one read to the next."""

    find_endpoint: Find
    _body: bytes | None = None
    """The body so far of a call that may be plain; None: there is none."""

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self._body is not None:
            self._go_ordinary()

    def on_headers_complete(self) -> None:
        if self._may_be_plain():
            self._body = b""
        else:
            super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        if self._body is None:
            super().on_body(body)
        else:
            self._body += body

    def on_message_complete(self) -> None:
        if self._body is not None:
            if reply := self._reply(self._body):
                self._body = None
                self._write(reply)
                return
            self._go_ordinary()
        super().on_message_complete()

    def _may_be_plain(self) -> bool:
        """Nothing is under way on the connection, which stays; and it is none of HTTP's special cases."""
        parser = self.parser
        return (
            self.url == b"/"
            and parser.get_method() == b"POST"
            and (self.cycle is None or self.cycle.response_complete)
            and parser.should_keep_alive()
            and parser.get_http_version() == "1.1"
            and not parser.should_upgrade()
            and not self.expect_100_continue
            and not self.flow.write_paused
            and self.limit_concurrency is None
        )

    def _reply(self, body: bytes) -> Reply | None:
        """None: the call has to wait, or there is nobody to answer it."""
        endpoint = self.find_endpoint()
        # As everywhere, the first of several headers of a name counts.
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in reversed(self.headers)}
        if endpoint is None or "host" not in headers:
            return None
        address = self.client[0] if self.client else ""
        call = Call(headers, body, address, f"{self.scheme}://{headers['host']}")
        return None if must_wait(call) else endpoint.answer(call)

    def _write(self, reply: Reply) -> None:
        """Head and body at once."""
        head = [STATUS_LINE[reply.status]]
        for name, value in self.server_state.default_headers:
            head += (name, b": ", value, b"\r\n")
        head += [f"{name}: {value}\r\n".encode("latin-1") for name, value in reply.headers().items()]
        self.transport.write(b"".join((*head, b"\r\n", reply.body)))
        self.on_response_complete()

    def _go_ordinary(self) -> None:
        """Give uvicorn what it was not told of."""
        body, self._body = self._body, None
        if self.transport.is_closing():
            return
        super().on_headers_complete()
        if body:
            super().on_body(body)
