"""Values as the pages show them. Pure."""

from __future__ import annotations

import re
from datetime import UTC, datetime

_TERMINAL = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[ -/]*[0-~])")
"""Codes for terminals: CSI and OSC sequences and short ones (ECMA-48, 5.3 to 5.6)."""
_CONTROLS = {code: chr(0x2400 + code) for code in range(32) if chr(code) not in "\n\t"} | {0x7F: "\u2421"}
_OTHERS = (*range(0x80, 0xA0), *range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200E, 0x200F)
"""Further controls, and characters that let text run in another direction, so that it reads as another one."""
_SHOWN = _CONTROLS | dict.fromkeys(_OTHERS, "\N{REPLACEMENT CHARACTER}")
_SIZES = ("KiB", "MiB", "GiB", "TiB")
_UNITS = ((86400, "d"), (3600, "h"), (60, "min"), (1, "s"))


def plain(text: str) -> str:
    """The text without codes for terminals; other control characters are visible."""
    return _TERMINAL.sub("", text).replace("\r\n", "\n").replace("\r", "\n").translate(_SHOWN)


def duration(seconds: float | None) -> str:
    """In the two largest units: `2 h 5 min`.

    >>> duration(7510), duration(59.6), duration(None)
    ('2 h 5 min', '59 s', '')
    """
    if seconds is None:
        return ""
    left = max(int(seconds), 0)
    parts: list[str] = []
    for size, name in _UNITS:
        number, left = divmod(left, size)
        if number or parts:
            parts.append(f"{number} {name}")
    shown = [each for each in parts[:2] if not each.startswith("0 ")]
    return " ".join(shown) or "0 s"


def moment(seconds: float | None) -> str:
    """Date and time in UTC."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S UTC") if seconds else ""


def size(count: int) -> str:
    """A number of bytes.

    >>> size(900), size(2048), size(3 << 30)
    ('900 B', '2.0 KiB', '3.0 GiB')
    """
    if count < 1024:
        return f"{count} B"
    power = min((count.bit_length() - 1) // 10, len(_SIZES))
    return f"{count / 1024**power:.1f} {_SIZES[power - 1]}"


def s3_parts(uri: str) -> tuple[str, str]:
    """Bucket and key of `s3://bucket/key`, in any of the schemes of S3; empty ones for other addresses."""
    scheme, _, rest = uri.partition("://")
    bucket, _, key = rest.partition("/") if scheme in ("s3", "s3n", "s3a") else ("", "", "")
    return bucket, key
