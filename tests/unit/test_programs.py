"""Programs of tests that pytest does not run: benchmarks, and the small Kubernetes. Each can be started."""

from __future__ import annotations

import importlib
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
MODULES = [
    f"tests.{folder}.{path.stem}"
    for folder in ("benchmarks", "kubernetes")
    for path in sorted((TESTS / folder).glob("*.py"))
    if not path.stem.startswith("test_") and path.stem != "__init__"
]


@pytest.mark.parametrize("module", MODULES)
def test_its_imports_are_there(module: str) -> None:
    importlib.import_module(module)
