"""Fixtures: an endpoint of one's own for each test, behind one server for all of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from localemr.testing.memory import MemoryEmr
from localemr.testing.server import Server
from tests.contract.console_visitor import Visitor
from tests.contract.endpoint import Endpoint
from tests.contract.small_s3 import S3, controller_with
from tests.endpoints import memory, s3, server

__all__ = ["memory", "s3", "server"]


@pytest.fixture
def make_endpoint(server: Server) -> Iterator[Callable[..., Endpoint]]:
    """Makes endpoints with other settings than the usual ones; the last one made is the one that is served."""
    made: list[Endpoint] = []

    def make(**settings: Any) -> Endpoint:
        made.append(Endpoint(server, **settings))
        return made[-1]

    yield make
    for endpoint in made:
        endpoint.close()


@pytest.fixture
def endpoint(make_endpoint: Callable[..., Endpoint]) -> Endpoint:
    return make_endpoint()


@pytest.fixture
def emr(endpoint: Endpoint) -> Any:
    """A boto3 client of the endpoint."""
    return endpoint.client()


@pytest.fixture
def visitor(memory: MemoryEmr) -> Iterator[Visitor]:
    found = Visitor(memory.endpoint)
    yield found
    found.close()


@pytest.fixture
def s3_visitor(server: Server, s3: S3) -> Iterator[Visitor]:
    """A visitor of a controller in memory with this S3."""
    with controller_with(server, s3):
        found = Visitor(f"http://127.0.0.1:{server.port}")
        yield found
        found.close()
