"""Sessions of browsers: a signed cookie, and the token that each form carries.

Nothing is stored. The key is made when the controller starts; then logins of before have ended.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from time import time

SECONDS = 12 * 3600
"""Validity of a session."""


@dataclass(frozen=True)
class Session:
    """A browser's session, until `expires` (epoch seconds). `access_key` is that of a login; empty: there was none."""

    expires: int
    nonce: str
    access_key: str = ""

    @property
    def text(self) -> str:
        """What is signed."""
        return f"{self.expires}.{self.nonce}.{self.access_key.encode().hex()}"


class Sessions:
    """Begins and reads sessions. `keys` (access key → secret) are callers' keys; empty: no login is needed."""

    def __init__(self, keys: Mapping[str, str], now: Callable[[], float] = time) -> None:
        self._keys = keys
        self._now = now
        self._secret = secrets.token_bytes(32)

    @property
    def login_needed(self) -> bool:
        """Whether pages are for callers with keys alone."""
        return bool(self._keys)

    def known(self, access_key: str, secret: str) -> bool:
        """Whether these are a caller's keys."""
        expected = self._keys.get(access_key, "")
        return hmac.compare_digest(expected.encode(), secret.encode()) and bool(expected)

    def begin(self, access_key: str = "") -> Session:
        """A new session."""
        return Session(int(self._now()) + SECONDS, secrets.token_hex(16), access_key)

    def write(self, session: Session) -> str:
        """The cookie's value."""
        return f"{session.text}.{self._digest('session', session.text)}"

    def read(self, cookie: str) -> Session | None:
        """The session of a cookie's value; None: it is not one of this controller, or has ended."""
        text, _, digest = cookie.rpartition(".")
        if not hmac.compare_digest(digest.encode(), self._digest("session", text).encode()):
            return None
        expires, nonce, access_key = text.split(".")
        found = Session(int(expires), nonce, bytes.fromhex(access_key).decode())
        return found if found.expires > self._now() else None

    def token(self, session: Session) -> str:
        """The token that this session's forms carry."""
        return self._digest("form", session.text)

    def good(self, session: Session, token: str) -> bool:
        """Whether it is this session's token."""
        return hmac.compare_digest(token.encode(), self.token(session).encode())

    def _digest(self, use: str, text: str) -> str:
        return hmac.new(self._secret, f"{use}/{text}".encode(), hashlib.sha256).hexdigest()
