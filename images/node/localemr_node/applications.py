"""The controller's description of the release's applications: where their logs are, and how failures of their jobs are
explained (docs/node-contract.md)."""

from __future__ import annotations

import json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

FILE = "/var/lib/localemr/applications.json"


def logs() -> dict[str, str]:
    """The folders of logs by the name that they have below `applications/`."""
    return dict(_document().get("logs", {}))


def failures() -> list[dict[str, Any]]:
    """How each application explains failures: objects in the form of the controller's Failures."""
    return list(_document().get("failures", []))


def _document() -> dict[str, Any]:
    """Empty on an instance that was made before the file was introduced."""
    try:
        with open(FILE, encoding="utf-8") as file:
            found: dict[str, Any] = json.load(file)
            return found
    except FileNotFoundError:
        return {}
