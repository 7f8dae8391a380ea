"""The user's file of prices (`LOCALEMR_PRICES`), in the place of those that come with LocalEMR."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

from localemr.domain.cost.prices import Prices, with_document
from localemr.problem import Problem
from localemr.settings import Settings


def with_file(settings: Settings, ours: Prices) -> Prices:
    """The prices; `ours` come with LocalEMR. Raises Problem, with the file's name and the member, when the user's file
    is none."""
    if not settings.prices:
        return ours
    path = Path(settings.prices).expanduser()
    try:
        return with_document(ours, _document(path))
    except (OSError, ValueError, RecursionError) as error:
        why = error.strerror if isinstance(error, OSError) and error.strerror else error
        raise Problem(
            f"LOCALEMR_PRICES={settings.prices}: {why}", "docs/cost.md has the form of the file; unset it for ours"
        ) from error


def _document(path: Path) -> dict[str, Any]:
    """The file's content: JSON by its name, else TOML. Raises ValueError."""
    text = path.read_text()
    document = json.loads(text) if path.suffix == ".json" else tomllib.loads(text)
    if not isinstance(document, dict):
        raise ValueError("expected an object with prices")
    return document
