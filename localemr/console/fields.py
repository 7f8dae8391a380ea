"""Fields of forms, and what users write into them. Pure."""

from __future__ import annotations

import json
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from localemr.console.visits import Form


@dataclass(frozen=True)
class Field:
    """A field: `kind` is text, number, choice (one of `options`), choices (some of them), lines or check. `value` is
    what the form shows first (choices: several, by commas). `wide`: it takes the form's whole width."""

    name: str
    label: str
    kind: str = "text"
    value: str = ""
    help: str = ""
    options: Sequence[str] = ()
    required: bool = False
    wide: bool = False

    def shown(self, form: Form) -> list[str]:
        """The values of the field in a form that is shown again; those of the first time for one without fields."""
        if not list(form):
            return self.value.split(",") if self.kind == "choices" else [self.value]
        return form.all(self.name) if self.kind == "choices" else [form.text(self.name)]


def number(form: Form, name: str, label: str) -> int:
    """A whole number. Raises ValueError."""
    text = form.text(name)
    if not text.isascii() or not text.removeprefix("-").isdigit():
        raise ValueError(f"{label}: expected a number, found {text!r}.")
    return int(text)


def words(form: Form, name: str, label: str) -> list[str]:
    """Arguments as in a shell; each may be quoted. Raises ValueError."""
    try:
        return shlex.split(form.text(name))
    except ValueError as error:
        raise ValueError(f"{label}: {error}.") from None


def pairs(form: Form, name: str, label: str) -> dict[str, str]:
    """Lines `name=value`. Raises ValueError."""
    lines = [each.strip() for each in form.text(name).splitlines() if each.strip()]
    if wrong := next((each for each in lines if "=" not in each), None):
        raise ValueError(f"{label}: expected lines name=value, found {wrong!r}.")
    return {key.strip(): value.strip() for key, _, value in (each.partition("=") for each in lines)}


def document(form: Form, name: str, label: str) -> Any:
    """JSON. Raises ValueError."""
    try:
        return json.loads(form.text(name))
    except ValueError as error:
        raise ValueError(f"{label}: this is no JSON: {error}.") from None
