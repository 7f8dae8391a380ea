"""The note of a run for the controller. Its path is in LOCALEMR_NOTE; the supervisor reports its text."""

from __future__ import annotations

import json
import os
from typing import Any


def leave(note: str | dict[str, Any]) -> None:
    """Replace the note. Outside a run (no LOCALEMR_NOTE) nothing happens."""
    path = os.environ.get("LOCALEMR_NOTE")
    if not path:
        return
    with open(f"{path}.tmp", "w", encoding="utf-8") as file:
        file.write(note if isinstance(note, str) else json.dumps(note, ensure_ascii=False))
    os.replace(f"{path}.tmp", path)
