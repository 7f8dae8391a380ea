"""Fixtures: boto3's client of Glue over the catalog in memory. tests/cluster/test_catalog_api.py has the same over the
real one, and runs these tests again."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.contract.endpoint import Endpoint
from tests.contract.glue.tables import new_database


@pytest.fixture
def glue(endpoint: Endpoint) -> Any:
    return endpoint.client(service="glue")


@pytest.fixture
def db(glue: Any) -> Iterator[str]:
    """A database of the test's own."""
    yield from new_database(glue)
