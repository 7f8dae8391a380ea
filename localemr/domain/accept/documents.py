"""JSON documents that requests carry as text. Pure."""

from __future__ import annotations

import json
from typing import Any, NoReturn


def json_object(text: str) -> dict[str, Any] | None:
    """The JSON object in `text`. None for anything else."""
    try:
        document = json.loads(text, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        return None
    return document if isinstance(document, dict) else None


def _no_constant(name: str) -> NoReturn:
    """Only Python's JSON has NaN and Infinity."""
    raise ValueError(name)
