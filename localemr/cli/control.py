"""Calls of the control API, by commands and by the client for tests (docs/testing.md)."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from typing import Any


class ControlError(Exception):
    """The control API refused the request, or does not exist; the message has the reason."""


class NoControlError(ControlError):
    """The installation has no control API."""


def call(endpoint: str, keys: tuple[str, str] | None, method: str, what: str, document: Any = None) -> Any:
    """The answer to a request, signed with access key and secret key where there are `keys`. Raises ControlError, and
    OSError when nothing answers at the endpoint."""
    body = b"" if document is None else json.dumps(document).encode()
    url = f"{endpoint.rstrip('/')}/_localemr/{what}"
    request = urllib.request.Request(url, body or None, _headers(keys, method, url, body), method=method)
    # No proxies: the endpoint is on this host.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=60) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as error:
        with error:
            detail = _detail(error)
        if error.code == 404:
            text = "this installation has no control API: start it with LOCALEMR_CONTROL=on"
            raise NoControlError(text) from error
        raise ControlError(detail) from error


def _headers(keys: tuple[str, str] | None, method: str, url: str, body: bytes) -> dict[str, str]:
    headers = {"Content-Type": "application/json"}
    if keys is None:
        return headers
    from botocore.auth import SigV4Auth
    from botocore.awsrequest import AWSRequest
    from botocore.credentials import Credentials

    request = AWSRequest(method, url, headers, body)
    SigV4Auth(Credentials(*keys), "elasticmapreduce", "us-east-1").add_auth(request)
    return dict(request.headers.items())


def _detail(error: urllib.error.HTTPError) -> str:
    try:
        return str(json.load(error)["detail"])
    except (ValueError, KeyError, TypeError):
        return f"HTTP {error.code}"
