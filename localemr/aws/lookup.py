"""Finding what a request names."""

from __future__ import annotations

from typing import TypeVar

from localemr.aws.errors import AwsError

T = TypeVar("T")


def known(found: T | None, error: AwsError) -> T:
    """The value that was found. Raises `error` for None."""
    if found is None:
        raise error
    return found
