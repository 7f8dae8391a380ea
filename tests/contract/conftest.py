"""Fixtures: an endpoint of one's own for each test, behind one server for all of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from localemr.testing.memory import MemoryEmr
from localemr.testing.server import Server
from tests.contract.console_visitor import Visitor
from tests.contract.endpoint import Endpoint


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    server = Server()
    yield server
    server.stop()


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
def memory() -> Iterator[MemoryEmr]:
    with MemoryEmr(speed=0) as found:
        yield found


@pytest.fixture
def visitor(memory: MemoryEmr) -> Iterator[Visitor]:
    found = Visitor(memory.endpoint)
    yield found
    found.close()
