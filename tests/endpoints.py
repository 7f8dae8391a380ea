"""Fixtures of the folders that talk to a controller in memory: tests/contract and tests/browser."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from localemr.testing.memory import MemoryEmr
from localemr.testing.server import Server
from tests.contract.small_s3 import S3


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """One server for all controllers of a run; each test has a controller of its own behind it."""
    found = Server()
    yield found
    found.stop()


@pytest.fixture
def memory() -> Iterator[MemoryEmr]:
    with MemoryEmr(speed=0) as found:
        yield found


@pytest.fixture
def s3() -> Iterator[S3]:
    found = S3()
    yield found
    found.stop()
