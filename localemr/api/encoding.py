"""Compressed bodies: SDKs compress those of some operations with gzip (CloudWatch's PutMetricData)."""

from __future__ import annotations

import zlib
from dataclasses import replace

from localemr.api.calls import Call
from localemr.aws.errors import SerializationException

MOST = 16 << 20
"""Bytes of a body once it is unpacked."""
_GZIP = 16 + zlib.MAX_WBITS


def unpacked(call: Call) -> Call:
    """The call with its body as the caller wrote it; the signature remains that of `sent`. Raises
    SerializationException for a body that is not what Content-Encoding says, or larger than MOST."""
    if call.headers.get("content-encoding", "").strip().lower() != "gzip":
        return call
    stream = zlib.decompressobj(_GZIP)
    try:
        body = stream.decompress(call.body, MOST)
    except zlib.error:
        raise SerializationException("The request body is not compressed with gzip.") from None
    if not stream.eof:
        raise SerializationException("The compressed request body is incomplete or too large.")
    return replace(call, body=body, packed=call.body)
