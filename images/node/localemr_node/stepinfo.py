"""EMR's info file of each step, /mnt/var/lib/info/steps/<n>.json, which scripts look into (emr-behaviour §4.7)."""

from __future__ import annotations

import contextlib
import json
import os
from typing import Any

from localemr_node.specs import StepSpec

DIRECTORY = "/mnt/var/lib/info/steps"


def write(step: StepSpec, state: str, directory: str = DIRECTORY) -> None:
    """Write what the step is and its state."""
    document = {
        "id": step.id,
        "name": step.name,
        "state": state,
        "jar": step.jar,
        "mainClass": step.main_class or "",
        "args": step.args,
        "properties": step.properties,
    }
    _write(f"{directory}/{step.number}.json", document)


def change(number: int, state: str, directory: str = DIRECTORY) -> None:
    """Give the step another state; nothing happens when it never began."""
    path = f"{directory}/{number}.json"
    try:
        with open(path, encoding="utf-8") as file:
            document = json.load(file)
    except FileNotFoundError:
        return
    _write(path, document | {"state": state})


def _write(path: str, document: dict[str, Any]) -> None:
    """Whole or not at all: others read it at any time. A step does not fail because of it."""
    with contextlib.suppress(OSError):
        with open(f"{path}.new", "w", encoding="utf-8") as file:
            json.dump(document, file)
        os.chmod(file.name, 0o644)
        os.replace(file.name, path)
