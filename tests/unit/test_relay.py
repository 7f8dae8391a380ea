"""The node's certificate authority, and its relay for AWS's host names and the shared catalog."""

from __future__ import annotations

import asyncio
import hashlib
import http.server
import ssl
import struct
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from localemr_node import relay
from localemr_node.authority import Authority, der, trust, with_certificate
from localemr_node.awsnames import Names

DOMAINS = ["amazonaws.com", "api.aws"]


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    made = Authority(str(tmp_path_factory.mktemp("authority") / "folder"))
    made.make(DOMAINS)
    return made


@pytest.fixture
def upstream() -> Iterator[str]:
    """A service that answers with the request line, the host and the body that reached it."""

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_PUT(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            answer = f"{self.path} {self.headers['Host']} {hashlib.sha256(body).hexdigest()}".encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *arguments: Any) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


def names(s3: str, others: str = "") -> Names:
    return Names({"services": {"s3": s3}, "domains": DOMAINS, "others": others, "outside": False})


async def put(port: int, host: str, body: bytes, context: ssl.SSLContext | None, times: int = 1) -> list[str]:
    """The bodies of the answers to requests on one connection, or the first line of one that is no success."""
    name = host if context else None
    reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=context, server_hostname=name)
    found = []
    for number in range(times):
        head = f"PUT /{number} HTTP/1.1\r\nHost: {host}:443\r\nContent-Length: {len(body)}\r\n\r\n"
        writer.write(head.encode() + body)
        await writer.drain()
        status, *headers = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        length = int(next(line for line in headers if line.startswith("Content-Length")).split()[1])
        answer = (await reader.readexactly(length)).decode()
        found.append(answer if " 200 " in status else f"{status}: {answer}")
    writer.close()
    return found


async def idle(passing: relay.Relay) -> None:
    """Return when the relay has no connection."""
    async with asyncio.timeout(20):
        while passing._open:
            await asyncio.sleep(0.01)


def relayed(
    known: Names, authority: Authority, host: str, secure: bool, body: bytes = b"x", times: int = 1
) -> list[str]:
    async def run() -> list[str]:
        context = authority.context() if secure else None
        passing = relay.Relay(known)
        server = await asyncio.start_server(passing.counted(passing.http), "127.0.0.1", 0, ssl=context)
        port = server.sockets[0].getsockname()[1]
        client = ssl.create_default_context(cafile=authority.certificate) if secure else None
        async with server:
            found = await put(port, host, body, client, times)
            await idle(passing)
            return found

    return asyncio.run(run())


@pytest.mark.parametrize("secure", [True, False])
@pytest.mark.parametrize(
    "host", ["s3.amazonaws.com", "b.s3.eu-west-1.amazonaws.com", "s3.dualstack.us-east-1.amazonaws.com"]
)
def test_requests_reach_s3_as_they_were_sent(authority: Authority, upstream: str, host: str, secure: bool) -> None:
    body = bytes(range(256)) * 8192  # 2 MiB: more than any buffer
    digest = hashlib.sha256(body).hexdigest()
    expected = [f"/{number} {host}:443 {digest}" for number in range(3)]
    assert relayed(names(upstream), authority, host, secure, body, times=3) == expected


def test_what_nothing_answers_is_refused_with_the_reason(authority: Authority) -> None:
    (answer,) = relayed(names("http://127.0.0.1:9"), authority, "sqs.us-east-1.amazonaws.com", secure=True)
    assert answer.startswith("HTTP/1.1 400 ")
    assert "sqs.us-east-1.amazonaws.com: this cluster reaches no such service of AWS" in answer
    (answer,) = relayed(names("http://127.0.0.1:9"), authority, "s3.amazonaws.com", secure=False)
    assert "http://127.0.0.1:9 does not answer" in answer


def test_the_authority_is_believed_for_awss_names_alone(authority: Authority) -> None:
    with pytest.raises(ssl.SSLCertVerificationError, match="permitted subtree violation"):
        relayed(names("http://127.0.0.1:9"), authority, "www.example.com", secure=True)


def test_the_authority_is_made_once(authority: Authority) -> None:
    before = Path(authority.certificate).read_bytes()
    authority.make(["example.com"])
    assert Path(authority.certificate).read_bytes() == before
    assert Path(authority.certificate).parent.stat().st_mode & 0o777 == 0o700


def test_the_catalog_is_requested_until_it_is_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A client's connection is accepted before the catalog exists, and loses nothing."""
    monkeypatch.setattr(relay, "MEASURES", str(tmp_path))
    monkeypatch.setattr(relay, "LOOK_EVERY", 0.01)

    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"echo " + await reader.read(100))
        writer.close()

    async def run() -> bytes:
        reserved = await asyncio.start_server(echo, "127.0.0.1", 0)
        port = reserved.sockets[0].getsockname()[1]
        reserved.close()
        await reserved.wait_closed()
        passing = relay.Relay(names(""))
        handler = passing.counted(relay._bound(f"127.0.0.1:{port}", "catalog"))
        async with await asyncio.start_server(handler, "127.0.0.1", 0) as server:
            reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
            writer.write(b"hello")
            async with asyncio.timeout(20):
                while not (tmp_path / "catalog").exists():
                    await asyncio.sleep(0.01)
            assert not passing.ended
            async with await asyncio.start_server(echo, "127.0.0.1", port):
                answer = await reader.read(100)
            writer.close()
            await idle(passing)
            return answer

    assert asyncio.run(run()) == b"echo hello"
    assert (tmp_path / "catalog").read_text() == "1"


def test_without_a_measurement_nothing_is_waited_for() -> None:
    async def run() -> bytes:
        passing = relay.Relay(names(""))
        handler = passing.counted(relay._bound("127.0.0.1:9", ""))
        async with await asyncio.start_server(handler, "127.0.0.1", 0) as server:
            reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
            found = await reader.read()
            writer.close()
            await idle(passing)
            return found

    assert asyncio.run(run()) == b""


# ---- trust stores


def keystore(*aliases: str) -> bytes:
    """Java's trust store, by the description of its format."""
    body = struct.pack("!III", 0xFEEDFEED, 2, len(aliases))
    for alias in aliases:
        body += struct.pack("!IH", 2, len(alias)) + alias.encode() + struct.pack("!QH", 0, 5) + b"X.509"
        body += struct.pack("!I", 3) + b"der"
    return body + hashlib.sha1("changeit".encode("utf-16-be") + b"Mighty Aphrodite" + body).digest()


def test_javas_trust_store() -> None:
    one = with_certificate(keystore("first"), "second", b"der")
    assert one == keystore("first", "second")
    assert with_certificate(one, "third", b"der") == keystore("first", "second", "third")
    assert with_certificate(b"0\x82 PKCS 12, which this cannot change", "x", b"der") is None
    assert with_certificate(b"", "x", b"der") is None


def test_trust_is_added_once(authority: Authority, tmp_path: Path) -> None:
    bundle, local, java = tmp_path / "bundle", tmp_path / "local", tmp_path / "cacerts"
    bundle.write_text("others\n")
    java.write_bytes(keystore("first"))
    for _ in range(2):
        trust(authority.certificate, str(bundle), str(local), str(java))
    text = Path(authority.certificate).read_text()
    assert bundle.read_text() == f"others\n{text}"
    assert local.read_text() == text
    assert java.read_bytes() == with_certificate(keystore("first"), "localemr-aws", der(text))
    assert ssl.PEM_cert_to_DER_cert(text) == der(text)
