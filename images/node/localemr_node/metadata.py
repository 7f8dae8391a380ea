"""The instance metadata service: answers from a file of documents, as EC2's does (IMDSv1 and IMDSv2).

The file maps paths below /latest/ to texts. A document that is no text is the role's keys: their times are
written for each request, since clients fetch them again before they expire. Another file of the same form has the
interruption notice of a spot instance, once it was given (tools/notice.py).
"""

from __future__ import annotations

import json
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    Documents = Mapping[str, Any]
    Headers = Mapping[str, str]
    Answer = tuple[int, str]
    """Status and text."""

DOCUMENTS, NOTICE = "/var/lib/localemr/metadata.json", "/var/lib/localemr/notice.json"
TOKEN_PATH = "api/token"
TTL_HEADER, TOKEN_HEADER = "x-aws-ec2-metadata-token-ttl-seconds", "x-aws-ec2-metadata-token"
LONGEST_TTL = 21600
KEYS_LAST = 6 * 3600
"""Seconds. The keys do not expire."""
PHRASES = {
    200: "OK",
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
}


def respond(request: bytes, documents_file: str = DOCUMENTS, notice_file: str = NOTICE) -> bytes:
    """The whole HTTP answer to a request."""
    with open(documents_file, encoding="utf-8") as file:
        text = file.read()
    first, *lines = request.decode("latin-1").split("\r\n")
    method, _, rest = first.partition(" ")
    headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    # The file is the secret: every answer comes from another process, and all read the file.
    documents = {**json.loads(text), **_notice(notice_file)}
    status, content = answer(documents, text, method, rest.partition(" ")[0], headers, time.time())
    body = content.encode()
    head = [
        f"HTTP/1.1 {status} {PHRASES[status]}",
        "Server: EC2ws",
        "Content-Type: text/plain",
        f"Content-Length: {len(body)}",
        "Connection: close",
    ]
    if method == "PUT" and status == 200:
        head.append(f"{TTL_HEADER}: {headers[TTL_HEADER]}")
    return "\r\n".join([*head, "", ""]).encode() + (b"" if method == "HEAD" else body)


def _notice(file: str) -> Documents:
    """The documents of the interruption notice; none before it."""
    try:
        with open(file, encoding="utf-8") as found:
            documents: Documents = json.load(found)
            return documents
    except FileNotFoundError:
        return {}


def answer(documents: Documents, secret: str, method: str, path: str, headers: Headers, now: float) -> Answer:
    """The answer to a request. `headers` have names in small letters; `secret` signs tokens."""
    version, _, rest = path.partition("?")[0].strip("/").partition("/")
    if method == "PUT":
        return _token(secret, headers, now) if rest == TOKEN_PATH else (405, "")
    if method not in ("GET", "HEAD"):
        return 405, ""
    token = headers.get(TOKEN_HEADER)
    if token is not None and not _holds(secret, token, now):
        return 401, ""
    if not version:
        return 200, "latest"
    if rest in documents:
        found = documents[rest]
        return 200, found if isinstance(found, str) else _keys(found, now)
    return _listing(documents, rest)


def _listing(documents: Documents, folder: str) -> Answer:
    """The names in a folder, one a line; folders in it end with a slash."""
    prefix = f"{folder}/" if folder else ""
    below = [path.removeprefix(prefix) for path in documents if path.startswith(prefix)]
    names = sorted({name.partition("/")[0] + ("/" if "/" in name else "") for name in below})
    return (200, "\n".join(names)) if names else (404, "")


def _token(secret: str, headers: Headers, now: float) -> Answer:
    ttl = headers.get(TTL_HEADER, "")
    if "x-forwarded-for" in headers:
        return 403, ""
    if not ttl.isdecimal() or not 1 <= int(ttl) <= LONGEST_TTL:
        return 400, ""
    ends = int(now) + int(ttl)
    return 200, f"{ends}-{_sign(secret, ends)}"


def _holds(secret: str, token: str, now: float) -> bool:
    ends, _, signature = token.partition("-")
    return ends.isdecimal() and now < int(ends) and _sign(secret, int(ends)) == signature


def _sign(secret: str, ends: int) -> str:
    import hashlib  # by the children alone: it loads OpenSSL

    return hashlib.sha256(f"{ends} {secret}".encode()).hexdigest()


def _keys(keys: Mapping[str, str], now: float) -> str:
    times = {"LastUpdated": _time(now), "Expiration": _time(now + KEYS_LAST)}
    return json.dumps({"Code": "Success", "Type": "AWS-HMAC", **keys, **times}, indent=2)


def _time(seconds: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))
