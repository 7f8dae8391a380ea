"""Fields of forms, and what users write into them. Pure."""

from __future__ import annotations

import json
import shlex
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from localemr.console.visits import Form

MOST_ROWS = 20
"""Lines of a field that are seen at once."""


@dataclass(frozen=True)
class Field:
    """A field: `kind` is text, number, choice (one of `options`), choices (some of them), lines (`rows` of them are
    seen), check or hidden. `value` is what the form shows first (choices: several, by commas). `wide`: it takes the
    form's whole width. A text with `offers` has the list of this name beside it, which is made of the `options` of the
    form's field that has both."""

    name: str
    label: str
    kind: str = "text"
    value: str = ""
    help: str = ""
    options: Sequence[str] = ()
    required: bool = False
    wide: bool = False
    rows: int = 3
    offers: str = ""

    def with_value(self, value: str) -> Field:
        """The field with another first value, and lines enough for it."""
        return replace(self, value=value, rows=min(max(self.rows, value.count("\n") + 1), MOST_ROWS))

    def shown(self, form: Form) -> list[str]:
        """The values of the field in a form that is shown again; those of the first time for one without fields."""
        if not list(form):
            return self.value.split(",") if self.kind == "choices" else [self.value]
        if self.kind == "hidden":
            return [form.whole(self.name)]
        return form.all(self.name) if self.kind == "choices" else [form.text(self.name)]


def number(form: Form, name: str, label: str) -> int:
    """A whole number. Raises ValueError."""
    text = form.text(name)
    if not text.isascii() or not text.removeprefix("-").isdigit():
        raise ValueError(f"{label}: expected a number, found {text!r}.")
    return int(text)


def words(form: Form, name: str, label: str) -> list[str]:
    """Arguments as in a shell; each may be quoted. Raises ValueError."""
    return words_of(form.text(name), label)


def words_of(text: str, label: str) -> list[str]:
    """The words of a text as in a shell. Raises ValueError."""
    try:
        return shlex.split(text)
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
