"""Answers that share connections, against a server that speaks HTTP/2 over TLS."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import httpx2
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from h2 import events
from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.settings import SettingCodes, Settings

from localemr.runtime.kubernetes.client import keeping_alive
from localemr.runtime.kubernetes.streams import Streams

HOST = "127.0.0.1"
MOST = 3
"""Streams that the server takes on a connection."""
LONG = 300_000
"""Bytes: more than the server may send before some are read."""


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with a certificate for this host, and its key."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "test")])
    made = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    made = made.not_valid_before(now - timedelta(hours=1)).not_valid_after(now + timedelta(days=1))
    made = made.add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address(HOST))]), critical=False)
    signed = made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
    path = tmp_path_factory.mktemp("tls") / "server.pem"
    encoding, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    path.write_bytes(signed + key.private_bytes(encoding, form, serialization.NoEncryption()))
    return path


class Side(asyncio.Protocol):
    """The server's side of a connection. Answers begin at once and stay open."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self.h2 = H2Connection(H2Configuration(client_side=False, header_encoding="utf-8"))
        self.h2.local_settings = Settings(client=False, initial_values={SettingCodes.MAX_CONCURRENT_STREAMS: MOST})
        self.transport: asyncio.Transport
        self.requests: dict[str, dict[str, str]] = {}
        self.numbers: dict[str, int] = {}
        self.reset: list[int] = []
        self.gone = asyncio.Event()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self._server.sides.append(self)
        self.h2.initiate_connection()
        self.flush()

    def connection_lost(self, exc: Exception | None) -> None:
        self.gone.set()

    def data_received(self, data: bytes) -> None:
        for event in self.h2.receive_data(data):
            if isinstance(event, events.RequestReceived):
                headers = dict(event.headers)
                path = headers[":path"]
                self.requests[path], self.numbers[path] = headers, event.stream_id
                if path != "/silent":
                    status = path.removeprefix("/status/") if path.startswith("/status/") else "200"
                    self.h2.send_headers(event.stream_id, [(":status", status), ("content-type", "text/plain")])
            elif isinstance(event, events.StreamReset):
                self.reset.append(event.stream_id)
        self.flush()

    def send(self, path: str, data: bytes, end: bool = False) -> None:
        """Send a piece of an answer."""
        self.h2.send_data(self.numbers[path], data, end_stream=end)
        self.flush()

    def window(self, path: str) -> int:
        """Bytes that may be sent."""
        return self.h2.local_flow_control_window(self.numbers[path])

    def flush(self) -> None:
        """Send what waits."""
        self.transport.write(self.h2.data_to_send())


class Server:
    """The connections."""

    def __init__(self) -> None:
        self.sides: list[Side] = []

    def side(self, path: str) -> Side:
        """The connection on which something was requested."""
        return next(each for each in self.sides if path in each.numbers)


Test = Callable[[Server, httpx2.AsyncClient], Awaitable[None]]


def play(certificate: Path, test: Test, protocols: tuple[str, ...] = ("h2",)) -> Server:
    """Run a test over a client whose requests share connections."""

    async def body() -> Server:
        found = Server()
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(certificate)
        context.set_alpn_protocols(list(protocols))
        serving = await asyncio.get_running_loop().create_server(lambda: Side(found), HOST, 0, ssl=context)
        url = f"https://{HOST}:{serving.sockets[0].getsockname()[1]}"
        trust, others = ssl.create_default_context(cafile=certificate), httpx2.MockTransport(other)
        shared = Streams(trust, keeping_alive(), others)
        try:
            async with asyncio.timeout(30), httpx2.AsyncClient(base_url=url, transport=shared) as client:
                await test(found, client)
                sockets = [each._transport.get_extra_info("socket") for each in shared._connections if not each.closed]
            assert [each.fileno() for each in sockets] == [-1] * len(sockets)
        finally:
            serving.close()
            for side in found.sides:
                side.transport.abort()
                await side.gone.wait()
        return found

    return asyncio.run(body())


def other(request: httpx2.Request) -> httpx2.Response:
    """The answer of the transport that takes what cannot share a connection."""
    return httpx2.Response(200, text=f"otherwise {request.url.path}")


async def opened(client: httpx2.AsyncClient, path: str, read: float | None = None) -> httpx2.Response:
    """An answer that stays open."""
    timeout = httpx2.Timeout(10, read=read)
    return await client.send(client.build_request("GET", path, timeout=timeout, headers={"X-A": "b"}), stream=True)


async def first(answer: httpx2.Response) -> bytes:
    """Its next piece, to be used once."""
    return await anext(answer.aiter_raw())


def test_answers_share_connections_up_to_the_servers_limit(certificate: Path) -> None:
    async def test(server: Server, client: httpx2.AsyncClient) -> None:
        paths = [f"/{number}?follow=true" for number in range(2 * MOST + 1)]
        answers = await asyncio.gather(*(opened(client, each) for each in paths))
        assert [len(each.numbers) for each in server.sides] == [MOST, MOST, 1]
        assert {each.status_code for each in answers} == {200}
        assert answers[0].headers["content-type"] == "text/plain"
        sent = server.side(paths[0]).requests[paths[0]]
        assert (sent[":authority"], sent["x-a"]) == (client.base_url.netloc.decode(), "b")
        # All others are silent: none of them is waited for.
        server.side(paths[4]).send(paths[4], b"x")
        assert await first(answers[4]) == b"x"
        for each in answers:
            await each.aclose()

    play(certificate, test)


def test_an_answer_that_is_left_makes_room(certificate: Path) -> None:
    async def test(server: Server, client: httpx2.AsyncClient) -> None:
        for number in range(4 * MOST):
            await (await opened(client, f"/{number}")).aclose()
        kept = await opened(client, "/kept")
        assert len(server.sides) == 1
        assert len(server.sides[0].reset) == 4 * MOST
        await kept.aclose()

    play(certificate, test)


def test_the_end_of_an_answer_and_its_status(certificate: Path) -> None:
    async def test(server: Server, client: httpx2.AsyncClient) -> None:
        answer = await opened(client, "/status/404")
        server.side("/status/404").send("/status/404", b"no ")
        server.side("/status/404").send("/status/404", b"pod", end=True)
        assert answer.status_code == 404
        assert await answer.aread() == b"no pod"

    assert play(certificate, test).sides[0].reset == []


def test_an_answer_that_nothing_reads_holds_up_no_other(certificate: Path) -> None:
    async def test(server: Server, client: httpx2.AsyncClient) -> None:
        unread, read = await opened(client, "/unread"), await opened(client, "/read")
        side, got = server.side("/read"), 0
        side.send("/unread", bytes(side.h2.max_outbound_frame_size))
        while size := min(side.window("/unread"), side.h2.max_outbound_frame_size):
            side.send("/unread", bytes(size))
            await asyncio.sleep(0)
        pieces = read.aiter_raw()
        while got < LONG:
            while not (size := min(side.window("/read"), side.h2.max_outbound_frame_size)):
                await asyncio.sleep(0.01)
            side.send("/read", bytes(size))
            got += len(await anext(pieces))
        assert side.window("/unread") == 0  # it may not send without limit either
        assert len(await first(unread)) > 0
        await read.aclose()
        await unread.aclose()

    play(certificate, test)


def test_answers_end_with_the_connection(certificate: Path) -> None:
    async def test(server: Server, client: httpx2.AsyncClient) -> None:
        one, two = await opened(client, "/1"), await opened(client, "/2")
        server.side("/1").transport.abort()
        for each in (one, two):
            with pytest.raises(httpx2.ReadError):
                await each.aread()
        again = await opened(client, "/3")
        assert len(server.sides) == 2
        await again.aclose()

    play(certificate, test)


def test_a_server_that_leaves_is_left(certificate: Path) -> None:
    """GOAWAY: h2 reads nothing after it. What was open is requested again, on another connection."""

    async def test(server: Server, client: httpx2.AsyncClient) -> None:
        before = await opened(client, "/before")
        old = server.side("/before")
        old.h2.close_connection(last_stream_id=old.numbers["/before"])
        old.flush()
        with pytest.raises(httpx2.ReadError, match="ends"):
            await before.aread()
        after = await opened(client, "/after")
        assert server.side("/after") is not old
        await old.gone.wait()
        await after.aclose()

    play(certificate, test)


def test_a_reset_is_an_error(certificate: Path) -> None:
    async def test(server: Server, client: httpx2.AsyncClient) -> None:
        answer = await opened(client, "/1")
        side = server.side("/1")
        side.h2.reset_stream(side.numbers["/1"])
        side.flush()
        with pytest.raises(httpx2.RemoteProtocolError, match="reset"):
            await answer.aread()

    play(certificate, test)


def test_a_silent_server_is_given_up(certificate: Path) -> None:
    async def test(server: Server, client: httpx2.AsyncClient) -> None:
        with pytest.raises(httpx2.ReadTimeout):
            await opened(client, "/silent", read=0.1)
        await asyncio.sleep(0.05)
        assert server.sides[0].reset == [server.sides[0].numbers["/silent"]]

    play(certificate, test)


def test_nonsense_instead_of_http2_is_an_error(certificate: Path) -> None:
    async def test(server: Server, client: httpx2.AsyncClient) -> None:
        answer = await opened(client, "/1")
        server.side("/1").transport.write(bytes(9))  # data of no stream
        with pytest.raises(httpx2.ReadError, match="HTTP/2"):
            await answer.aread()

    play(certificate, test)


def test_a_server_without_http2_gets_a_connection_for_each_request(certificate: Path) -> None:
    async def test(server: Server, client: httpx2.AsyncClient) -> None:
        for path in ("/1", "/2"):
            assert (await client.get(path)).text == f"otherwise {path}"

    assert len(play(certificate, test, protocols=("http/1.1",)).sides) == 1  # it is tried once


def test_a_server_that_is_not_there(certificate: Path) -> None:
    async def test(server: Server, client: httpx2.AsyncClient) -> None:
        with pytest.raises(httpx2.ConnectError):
            await client.get(f"https://{HOST}:9/")

    play(certificate, test)
