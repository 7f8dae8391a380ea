"""docs/architecture.md describes every layer, with the imports that tests/unit/test_layers.py allows."""

from __future__ import annotations

from tests.layers_page import PAGE, layers, with_layers
from tests.unit.test_layers import ALLOWED


def test_every_layer_is_described_once() -> None:
    assert sorted(layers(PAGE.read_text())) == sorted(set(ALLOWED) - {"__init__"})


def test_the_page_has_the_imports_that_are_allowed() -> None:
    """A change of the rules: `make docs`."""
    assert PAGE.read_text() == with_layers(PAGE.read_text())
