"""Reading a request's body: not more than is reasonable, not for longer than is reasonable."""

from __future__ import annotations

import asyncio

from starlette.requests import Request

from localemr.aws.errors import AwsError

MOST_BYTES = 16 * 1024 * 1024
"""A RunJobFlow with 256 steps of the greatest length has less than 3 MB."""
READ_SECONDS = 30.0


class RequestEntityTooLargeException(AwsError):
    """The body is longer than MOST_BYTES."""

    status = 413


class RequestTimeoutException(AwsError):
    """The body did not come within READ_SECONDS."""

    status = 408


async def read(request: Request, most: int = MOST_BYTES, seconds: float = READ_SECONDS) -> bytes:
    """The body. Raises RequestEntityTooLargeException, RequestTimeoutException, or starlette's ClientDisconnect."""
    chunks: list[bytes] = []
    length = 0
    try:
        async with asyncio.timeout(seconds):
            async for chunk in request.stream():
                length += len(chunk)
                if length > most:
                    raise RequestEntityTooLargeException(f"The request is longer than {most} bytes.")
                chunks.append(chunk)
    except TimeoutError:
        raise RequestTimeoutException(f"The request did not come within {seconds:g} seconds.") from None
    return b"".join(chunks)
