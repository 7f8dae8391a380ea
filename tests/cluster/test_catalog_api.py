"""The tests of Glue's API once more, over the shared catalog in its container."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.cluster.installation import Installation
from tests.contract.glue import (
    test_concurrency,
    test_databases,
    test_expressions,
    test_functions,
    test_indexes,
    test_partitions,
    test_tables,
    test_versions,
)
from tests.contract.glue.tables import new_database

SAME = (
    test_concurrency, test_databases, test_expressions, test_functions, test_indexes, test_partitions, test_tables,
    test_versions,
)  # fmt: skip
FIXTURES = ("named", "third")

for _module in SAME:
    _group = _module.__name__.rpartition("test_")[2]
    for _name, _what in vars(_module).items():
        if _name.startswith("test_"):
            globals()[f"test_{_group}_{_name.removeprefix('test_')}"] = _what
        elif _name in FIXTURES:
            globals()[_name] = _what


@pytest.fixture
def glue(installation: Installation) -> Any:
    return installation.glue


@pytest.fixture
def db(glue: Any) -> Iterator[str]:
    yield from new_database(glue)
