"""Requests to ResourceManager and NameNode on this host. Of three ResourceManagers the one here may be on standby: it
names the active one, which is then requested (docs/node-contract.md)."""

from __future__ import annotations

import http.client
from urllib.parse import urlsplit

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

HERE = "127.0.0.1"
REDIRECTED = 307


def request(
    port: int, method: str, path: str, headers: Mapping[str, str], content: str | None = None, timeout: float = 60
) -> tuple[int, bytes]:
    """Status and body of the answer. Raises OSError."""
    status, body, elsewhere = _request(HERE, port, method, path, headers, content, timeout)
    if status == REDIRECTED and elsewhere:
        status, body, _ = _request(elsewhere, port, method, path, headers, content, timeout)
    return status, body


def _request(
    host: str, port: int, method: str, path: str, headers: Mapping[str, str], content: str | None, timeout: float
) -> tuple[int, bytes, str]:
    connection = http.client.HTTPConnection(host, port, timeout=timeout)
    try:
        connection.request(method, path, content, dict(headers))
        answer = connection.getresponse()
        return answer.status, answer.read(), urlsplit(answer.headers.get("Location") or "").hostname or ""
    except http.client.HTTPException as error:
        raise OSError(f"port {port} does not answer: {error!r}") from error
    finally:
        connection.close()
