"""The end of a log on S3. Calls block."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator
from contextlib import closing
from functools import lru_cache

from localemr.console import texts
from localemr.installation.objects import Objects

NAMES = ("controller", "syslog", "stdout", "stderr")
"""The logs of a step."""
SHOWN = 128 << 10
"""Bytes of a text that a page shows."""
STEP = 1 << 20
MOST = 256 << 20
"""Bytes of an unpacked log that are read for its end."""


def tail(objects: Objects, uri: str) -> tuple[str, str]:
    """The end of a log, and a remark where its beginning is left out. Raises OSError, FileNotFoundError."""
    bucket, key = texts.s3_parts(uri)
    _, etag = objects.version(bucket, key)
    return _tail(objects, bucket, key, etag)


@lru_cache(16)
def _tail(objects: Objects, bucket: str, key: str, etag: str) -> tuple[str, str]:
    """A log is read again only when it has changed: then its ETag is another."""
    kept, length = b"", 0
    with closing(objects.read(bucket, key)) as packed:
        for piece in unpacked(packed):
            kept, length = (kept + piece)[-SHOWN:], length + len(piece)
            if length > MOST:
                return decoded(kept), f"The end of the first {texts.size(length)}; the log is longer."
    return decoded(kept), f"The last {texts.size(SHOWN)} of {texts.size(length)}." if length > SHOWN else ""


def unpacked(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """A gzip'ed text in pieces of at most STEP bytes. Raises OSError for other data."""
    unpack = zlib.decompressobj(wbits=31)
    try:
        for piece in pieces:
            rest = piece
            while rest:
                yield unpack.decompress(rest, STEP)
                rest = unpack.unconsumed_tail
        yield unpack.flush()
    except zlib.error as error:
        raise OSError(f"The object is not gzip'ed: {error}") from error


def decoded(data: bytes) -> str:
    """Bytes as text, as far as they are."""
    return data.decode(errors="replace")
