"""YARN's and HDFS's own figures, measured on the master by process 1 (docs/node-contract.md).

A look is a chain of requests to ResourceManager and NameNode. Its values are reported when it is complete, those that
changed, all with the same time; MEASURED comes last, also when nothing changed for BEAT seconds. A ResourceManager
that does not answer ends the look: without MEASURED the controller knows that what it has is old.
"""

from __future__ import annotations

import contextlib
import json
import os
import time

from localemr_node.fetching import Fetch
from localemr_node.files import read_text
from localemr_node.supervisor import now

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from typing import Any

    Values = dict[str, float]
    Register = Callable[[int, int, "Callable[[], object] | None"], None]
    """Has a descriptor watched for events, with what to call then; None: no longer."""

FILE = "measured.json"
"""The controller's file on a node that measures: `{"every": SECONDS}`."""
MEASURED = "yarn-measured"
"""localemr/domain/model/metrics.py has the names that the controller reads."""
RESOURCEMANAGER, NAMENODE = 8088, 9870
IDLE = 2
"""Looks are so many times less frequent while nothing is under way."""
BEAT = 20.0
"""Seconds between two reports of MEASURED, at most."""
BUSY_BEAT = 2
"""The same in looks, while something is under way: the controller sees that memory still waits."""
HDFS_EVERY = 30.0
PATIENCE = 10.0
"""Seconds for a look."""

CLUSTER: Mapping[str, str] = {
    "yarn-apps-pending": "appsPending",
    "yarn-apps-running": "appsRunning",
    "yarn-containers-allocated": "containersAllocated",
    "yarn-containers-pending": "containersPending",
    "yarn-containers-reserved": "containersReserved",
    "yarn-mb-total": "totalMB",
    "yarn-mb-allocated": "allocatedMB",
    "yarn-mb-available": "availableMB",
    "yarn-mb-pending": "pendingMB",
    "yarn-vcores-total": "totalVirtualCores",
    "yarn-vcores-allocated": "allocatedVirtualCores",
    "yarn-vcores-available": "availableVirtualCores",
    "yarn-vcores-pending": "pendingVirtualCores",
    "yarn-nodes-active": "activeNodes",
    "yarn-nodes-lost": "lostNodes",
    "yarn-nodes-unhealthy": "unhealthyNodes",
    "yarn-nodes-decommissioning": "decommissioningNodes",
    "yarn-nodes-decommissioned": "decommissionedNodes",
}
QUEUE: Mapping[str, str] = {
    "yarn-mb-pending": "PendingMB",
    "yarn-mb-allocated": "AllocatedMB",
    "yarn-vcores-pending": "PendingVCores",
    "yarn-vcores-allocated": "AllocatedVCores",
}
"""Of the root queue, where the cluster's metrics lack what is pending (Hadoop 3.2). JMX's values are up to 10 s old:
what is allocated is taken from there too, since the two count together."""
HDFS: Mapping[str, str] = {
    "hdfs-bytes-total": "CapacityTotal",
    "hdfs-bytes-used": "CapacityUsed",
    "hdfs-bytes-remaining": "CapacityRemaining",
    "hdfs-blocks-missing": "MissingBlocks",
    "hdfs-blocks-corrupt": "CorruptBlocks",
    "hdfs-blocks-under-replicated": "UnderReplicatedBlocks",
}
CONTAINERS, MASTERS, UNHEALTHY = "yarn-containers.", "yarn-masters.", "yarn-unhealthy."
"""Prefixes of measurements of each node: the host name without its domain follows."""
STATES: Mapping[str, int] = {"UNHEALTHY": 1, "LOST": 2}
"""YARN's states of a node that are reported, as UNHEALTHY; of all others 0 is."""

Request = tuple[int, str, "Callable[[Any], Values]"]


def _picked(document: Mapping[str, Any], names: Mapping[str, str]) -> Values:
    return {name: document[key] for name, key in names.items() if isinstance(document.get(key), int | float)}


def _queue(document: Any) -> Values:
    return _picked(document["beans"][0], QUEUE)


def _cluster(document: Any) -> Values:
    return _picked(document["clusterMetrics"], CLUSTER)


def _hdfs(document: Any) -> Values:
    return _picked(document["beans"][0], HDFS)


def _nodes(document: Any) -> Values:
    found: Values = {}
    states: Values = {}
    for each in (document["nodes"] or {}).get("node", []):  # a host is named twice when its NodeManager was restarted
        host, state = _short(each["nodeHostName"]), STATES.get(each["state"], 0)
        found[CONTAINERS + host] = found.get(CONTAINERS + host, 0) + each["numContainers"]
        states[UNHEALTHY + host] = min(states.get(UNHEALTHY + host, state), state)
    return found | {name: state for name, state in states.items() if state}


def _masters(document: Any) -> Values:
    found: Values = {}
    for each in (document["apps"] or {}).get("app", []):
        if host := _short(each.get("amHostHttpAddress") or ""):
            found[MASTERS + host] = found.get(MASTERS + host, 0) + 1
    return found


def _short(host: str) -> str:
    return host.split(":", maxsplit=1)[0].split(".", maxsplit=1)[0]


METRICS: Request = (RESOURCEMANAGER, "/ws/v1/cluster/metrics", _cluster)
ROOT: Request = (RESOURCEMANAGER, "/jmx?qry=Hadoop:service=ResourceManager,name=QueueMetrics,q0=root", _queue)
NODES: Request = (RESOURCEMANAGER, "/ws/v1/cluster/nodes", _nodes)
NODES_DIFFER = ("yarn-containers-allocated", "yarn-nodes-unhealthy", "yarn-nodes-lost")
"""Without any of these no node has a container, and all are healthy."""
APPLICATIONS: Request = (RESOURCEMANAGER, "/ws/v1/cluster/apps?states=RUNNING&deSelects=resourceRequests", _masters)
STORAGE: Request = (NAMENODE, "/jmx?qry=Hadoop:service=NameNode,name=FSNamesystem", _hdfs)


class Measuring:
    """The looks of a node. `tick` is to be called each second, `register` watches descriptors."""

    def __init__(self, every: float, measure: Callable[[str, float, float], None], register: Register) -> None:
        """`measure` reports a measurement with its time. Between two looks are `every` seconds while something is
        under way."""
        self._every, self._measure, self._register = every, measure, register
        self._reported: Values = {}
        self._found: Values = {}
        self._looks = 0
        self._in_use = False
        self._chain: Iterator[Request] = iter(())
        self._fetch: Fetch | None = None
        self._read: Callable[[Any], Values] = _cluster
        self._began = self._beat = self._hdfs_due = 0.0

    @classmethod
    def open(cls, root: str, measure: Callable[[str, float, float], None], register: Register) -> Measuring | None:
        """The looks that the controller requested. None: it requested none."""
        try:
            document = json.loads(read_text(os.path.join(root, FILE)) or "null")
            return cls(float(document["every"]), measure, register) if document else None
        except (ValueError, TypeError, KeyError):
            return None

    def tick(self, busy: bool, moment: float | None = None) -> None:
        """Begin a look when it is time, and give up one that takes too long. `busy` is whether a step runs."""
        moment = time.monotonic() if moment is None else moment
        if self._fetch is not None:
            if moment - self._began > PATIENCE:
                self._end()
            return
        applications = any(self._reported.get(name) for name in ("yarn-apps-pending", "yarn-apps-running"))
        self._in_use = busy or applications
        if self._began and moment - self._began < self._every * (1 if self._in_use else IDLE):
            return
        self._began, self._found = moment, {}
        self._chain = self._requests(moment)
        self._next()

    def _requests(self, moment: float) -> Iterator[Request]:
        yield METRICS
        if "yarn-mb-pending" not in self._found:
            self._found |= {"yarn-mb-pending": 0, "yarn-vcores-pending": 0}
            if self._found.get("yarn-containers-pending"):
                yield ROOT
        if any(self._found.get(name) for name in NODES_DIFFER):
            yield NODES
        if self._found.get("yarn-containers-allocated"):
            yield APPLICATIONS
        if moment >= self._hdfs_due:
            self._hdfs_due = moment + HDFS_EVERY
            yield STORAGE

    def _next(self) -> None:
        """Send the next request of the look, or report what it found."""
        found = next(self._chain, None)
        if found is None:
            self._report()
            return
        port, path, self._read = found
        try:
            self._fetch = Fetch(port, path)
        except OSError:
            self._fail()
            return
        self._register(self._fetch.fd, self._fetch.events, self._step)

    def _step(self) -> None:
        fetch = self._fetch
        if fetch is None:
            return
        try:
            if not fetch.step():
                self._register(fetch.fd, fetch.events, self._step)
                return
            self._found |= self._read(fetch.document())
        except (OSError, ValueError, LookupError, TypeError, AttributeError):
            self._fail()
            return
        self._end()
        self._next()

    def _fail(self) -> None:
        """A look without an answer of YARN is none. HDFS's values may be old."""
        self._end()
        if self._read is _hdfs:
            self._next()

    def _end(self) -> None:
        if self._fetch is not None:
            self._register(self._fetch.fd, 0, None)
            self._fetch.close()
            self._fetch = None

    def _report(self) -> None:
        self._looks += 1
        for name in self._reported:
            if name.startswith((CONTAINERS, MASTERS, UNHEALTHY)):
                self._found.setdefault(name, 0)  # the node has gone, has nothing more, or is healthy
        news = {name: value for name, value in self._found.items() if self._reported.get(name) != value}
        beat = min(BEAT, BUSY_BEAT * self._every) if self._in_use else BEAT
        if not news and self._began - self._beat < beat and self._beat:
            return
        self._beat = self._began
        at = now()
        with contextlib.suppress(OSError):  # a full disk
            for name, value in news.items():
                self._measure(name, value, at)
                self._reported[name] = value
            self._measure(MEASURED, self._looks, at)
