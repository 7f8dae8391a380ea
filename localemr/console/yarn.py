"""What runs on a cluster's nodes now, from the ResourceManager's own API (Hadoop, "ResourceManager REST APIs")."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import quote

from localemr.console.visits import Visit
from localemr.webui.directory import Page
from localemr.webui.upstream import Connection, Unreachable

T = TypeVar("T")
RESOURCE_MANAGER = "YARN ResourceManager"
"""The name of its page in the directory."""
NODES = b"/ws/v1/cluster/nodes"
APPLICATIONS = "/ws/v1/cluster/apps"
SECONDS = 1.0
MOST = 8 << 20
"""Bytes of an answer that are read."""


@dataclass(frozen=True)
class Node:
    """A NodeManager: its state, its containers, and what they have of its memory (MiB) and its processors."""

    state: str
    containers: int
    memory: int
    memory_total: int
    vcores: int
    vcores_total: int


@dataclass(frozen=True)
class Application:
    """An application: its id, its type (SPARK, MAPREDUCE, …) and its state."""

    id: str
    kind: str
    state: str


async def nodes(visit: Visit, cluster_id: str) -> Mapping[str, Node]:
    """The cluster's nodes by the first label of their host names. None where no ResourceManager answers."""
    return await _read(visit, cluster_id, NODES, nodes_of) or {}


async def applications(visit: Visit, cluster_id: str, step_id: str) -> list[Application]:
    """The applications of a step, the oldest first, by their tag (docs/steps.md). None where no ResourceManager
    answers."""
    path = f"{APPLICATIONS}?applicationTags=step-{quote(step_id.lower())}".encode()
    return await _read(visit, cluster_id, path, applications_of) or []


async def _read(visit: Visit, cluster_id: str, path: bytes, shape: Callable[[Any], T]) -> T | None:
    """What the cluster's ResourceManager answers; None where none answers as expected."""
    directory = visit.site.directory
    cluster = directory.cluster(cluster_id)
    pages = directory.pages(cluster) if cluster else []
    page = next((each for each in pages if each.name == RESOURCE_MANAGER), None)
    if page is None:
        return None
    with suppress(Unreachable, TimeoutError, ValueError, TypeError, AttributeError, KeyError):
        return shape(await _get(page, path))
    return None


def applications_of(answer: Any) -> list[Application]:
    """The applications of the ResourceManager's answer."""
    listed = (answer.get("apps") or {}).get("app") or []
    found = [Application(str(each["id"]), str(each["applicationType"]), str(each["state"])) for each in listed]
    return sorted(found, key=lambda each: each.id)


def nodes_of(answer: Any) -> dict[str, Node]:
    """The nodes of the ResourceManager's answer."""
    listed = (answer.get("nodes") or {}).get("node") or []
    return {each["nodeHostName"].partition(".")[0]: _node(each) for each in listed}


def _node(found: Mapping[str, Any]) -> Node:
    memory, vcores = int(found["usedMemoryMB"]), int(found["usedVirtualCores"])
    return Node(
        str(found["state"]),
        int(found["numContainers"]),
        memory,
        memory + int(found["availMemoryMB"]),
        vcores,
        vcores + int(found["availableVirtualCores"]),
    )


async def _get(page: Page, path: bytes) -> Any:
    """JSON from a cluster's page. Raises Unreachable, TimeoutError, ValueError."""
    async with asyncio.timeout(SECONDS):
        connection = await Connection.open(*page.target)
        try:
            host = f"{page.host}:{page.port}".encode()
            headers = [(b"host", host), (b"accept", b"application/json"), (b"connection", b"close")]
            answer = await connection.request("GET", path, headers, _nothing())
            body = b""
            async for piece in answer.body():
                body += piece
                if len(body) > MOST:
                    raise ValueError("the answer is too long")
            return json.loads(body) if answer.status == 200 else {}
        finally:
            connection.close()


async def _nothing() -> AsyncIterator[bytes]:
    nothing: tuple[bytes, ...] = ()
    for piece in nothing:
        yield piece
