"""What the master measures of YARN and HDFS, from a small server in their place."""

from __future__ import annotations

import json
import select
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from localemr_node import measuring, shuffle
from localemr_node.fetching import Fetch
from localemr_node.measuring import BEAT, HDFS_EVERY, PATIENCE, Measuring

from localemr.domain.model import metrics
from localemr.domain.node.instance_files import MEASURED as FILE
from tests.unit.test_supervisor import Node

NODE: dict[str, Any] = {"nodeHostName": "ip-10-0-0-3.ec2.internal", "numContainers": 2, "state": "RUNNING"}


class Hadoop:
    """ResourceManager and NameNode: their answers, and the paths of the requests."""

    def __init__(self) -> None:
        self.queue = {"PendingMB": 4096, "AllocatedMB": 1024}
        self.cluster: dict[str, Any] = {
            "totalMB": 12288,
            "pendingMB": 0,
            "activeNodes": 1,
            "appsRunning": 0,
            "containersAllocated": 0,
        }
        self.nodes: list[dict[str, Any]] = [NODE]
        self.apps: list[dict[str, str]] = []
        self.hdfs: dict[str, Any] | None = {"CapacityTotal": 10**12, "CapacityUsed": 5, "MissingBlocks": 0}
        self.requests: list[str] = []
        self.silent = threading.Event()
        self.down = False

    def answer(self, path: str) -> Any:
        bean = path.partition("name=")[2]
        self.requests.append(bean or path.partition("?")[0].rpartition("/")[2])
        if self.silent.is_set():
            time.sleep(0.3)
        if self.down:
            return None
        if "QueueMetrics" in path:
            return {"beans": [self.queue]}
        if "FSNamesystem" in path:
            return self.hdfs and {"beans": [self.hdfs]}
        if path.endswith("/metrics"):
            return {"clusterMetrics": self.cluster}
        return {"nodes": {"node": self.nodes}} if path.endswith("/nodes") else {"apps": {"app": self.apps}}


class Bench:
    """A node's looks, second by second."""

    def __init__(self, hadoop: Hadoop) -> None:
        self.hadoop = hadoop
        self.poll = select.poll()
        self.calls: dict[int, Callable[[], object]] = {}
        self.entries: list[tuple[str, float, float]] = []
        self.measuring = Measuring(5, lambda *entry: self.entries.append(entry), self.register)
        self.time = 100.0

    def register(self, fd: int, events: int, call: Callable[[], object] | None) -> None:
        if call is None:
            self.poll.unregister(fd)
            del self.calls[fd]
        else:
            self.poll.register(fd, events)
            self.calls[fd] = call

    def go(self, seconds: float = 1, busy: bool = False) -> dict[str, float]:
        """So much later; what was reported."""
        self.entries.clear()
        self.hadoop.requests.clear()
        for _ in range(int(seconds)):
            self.time += 1
            self.measuring.tick(busy, self.time)
            while self.calls and (ready := self.poll.poll(2000)):
                for fd, _ in ready:
                    self.calls[fd]()
        return {name: value for name, value, _ in self.entries}


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    hadoop = Hadoop()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            document = hadoop.answer(self.path)
            self.send_response(200 if document else 503)
            self.end_headers()
            self.wfile.write(json.dumps(document).encode())

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setattr(measuring, "Fetch", lambda _, path: Fetch(server.server_port, path))
    yield Bench(hadoop)
    server.shutdown()
    server.server_close()


def test_a_look_reports_everything_and_its_end_last(bench: Bench) -> None:
    found = bench.go()
    assert found["yarn-mb-total"] == 12288 and found["hdfs-bytes-total"] == 10**12
    assert bench.entries[-1][:2] == ("yarn-measured", 1)
    assert len({at for _, _, at in bench.entries}) == 1
    assert bench.hadoop.requests == ["metrics", "FSNamesystem"]


def test_only_changes_are_reported_and_a_beat(bench: Bench) -> None:
    bench.go()
    assert bench.go(BEAT - 2) == {}
    assert bench.go(10) == {"yarn-measured": 3}
    bench.hadoop.cluster["pendingMB"] = 4096
    bench.hadoop.cluster["activeNodes"] = 2
    assert bench.go(10) == {"yarn-mb-pending": 4096, "yarn-nodes-active": 2, "yarn-measured": 4}


def test_looks_are_more_frequent_while_something_is_under_way(bench: Bench) -> None:
    bench.go()
    assert len([each for each in bench.go(20) and bench.hadoop.requests if each == "metrics"]) == 2
    bench.go(20, busy=True)
    assert bench.hadoop.requests.count("metrics") == 4
    bench.hadoop.cluster["appsRunning"] = 1
    bench.go(10)
    bench.go(20)
    assert bench.hadoop.requests.count("metrics") == 4
    assert bench.hadoop.requests.count("FSNamesystem") <= 20 // HDFS_EVERY + 1


def test_the_beat_is_faster_while_something_is_under_way(bench: Bench) -> None:
    bench.hadoop.cluster |= {"appsRunning": 1, "pendingMB": 4096}
    bench.go()
    assert bench.go(9) == {}
    assert bench.go(1) == {"yarn-measured": 3}


def test_the_use_of_nodes(bench: Bench) -> None:
    bench.hadoop.cluster |= {"containersAllocated": 3, "appsRunning": 1}
    other = NODE | {"nodeHostName": "ip-10-0-0-4.ec2.internal", "numContainers": 1}
    bench.hadoop.nodes = [NODE, other]
    bench.hadoop.apps = [{"amHostHttpAddress": "ip-10-0-0-4.ec2.internal:8042"}, {"id": "not yet"}]
    found = bench.go()
    use = {name: value for name, value in found.items() if "ip-" in name}
    assert use == {
        "yarn-containers.ip-10-0-0-3": 2,
        "yarn-containers.ip-10-0-0-4": 1,
        "yarn-masters.ip-10-0-0-4": 1,
    }
    bench.hadoop.cluster |= {"containersAllocated": 0, "appsRunning": 0}
    found = bench.go(5)
    assert {found[name] for name in use} == {0}


@pytest.mark.parametrize(("state", "counted", "value"), [("UNHEALTHY", "unhealthyNodes", 1), ("LOST", "lostNodes", 2)])
def test_nodes_that_are_unhealthy(bench: Bench, state: str, counted: str, value: int) -> None:
    lost = NODE | {"nodeHostName": "ip-10-0-0-4.ec2.internal", "numContainers": 0}
    bench.go()
    assert "nodes" not in bench.hadoop.requests
    bench.hadoop.cluster[counted] = 1
    bench.hadoop.nodes = [NODE, lost | {"state": state}]
    found = bench.go(10)
    assert {name: each for name, each in found.items() if "unhealthy." in name} == {"yarn-unhealthy.ip-10-0-0-4": value}
    assert bench.hadoop.requests == ["metrics", "nodes"]
    # Its NodeManager came again; YARN remembers the earlier one.
    bench.hadoop.nodes.append(lost | {"state": "RUNNING"})
    assert bench.go(10)["yarn-unhealthy.ip-10-0-0-4"] == 0


def test_what_is_pending_on_older_releases(bench: Bench) -> None:
    del bench.hadoop.cluster["pendingMB"]
    assert bench.go()["yarn-mb-pending"] == 0
    assert bench.hadoop.requests == ["metrics", "FSNamesystem"]
    bench.hadoop.cluster |= {"containersPending": 2, "allocatedMB": 9}
    found = bench.go(10)
    assert (found["yarn-mb-pending"], found["yarn-mb-allocated"]) == (4096, 1024)
    assert bench.hadoop.requests == ["metrics", "QueueMetrics,q0=root"]


def test_without_an_answer_of_yarn_there_is_no_look(bench: Bench) -> None:
    bench.go()
    bench.hadoop.down = True
    assert bench.go(60) == {}
    bench.hadoop.down = False
    assert bench.go(10)["yarn-measured"] == 2


def test_hdfs_may_be_silent(bench: Bench) -> None:
    bench.hadoop.hdfs = None
    found = bench.go()
    assert found["yarn-measured"] == 1 and "hdfs-bytes-total" not in found


def test_a_daemon_that_hangs_holds_nothing_up(bench: Bench) -> None:
    bench.go()
    bench.hadoop.silent.set()
    bench.time += 20
    bench.measuring.tick(False, bench.time)
    began = time.monotonic()
    for _ in range(3):
        bench.measuring.tick(False, bench.time + 1)
    assert time.monotonic() - began < 0.2
    assert bench.calls
    bench.measuring.tick(False, bench.time + PATIENCE + 1)
    assert not bench.calls


def test_a_node_without_the_file_measures_nothing(tmp_path: Path) -> None:
    assert Measuring.open(str(tmp_path), lambda *_: None, lambda *_: None) is None
    (tmp_path / measuring.FILE).write_text('{"every": 5.0}')
    assert Measuring.open(str(tmp_path), lambda *_: None, lambda *_: None)
    (tmp_path / measuring.FILE).write_text("[]")
    assert Measuring.open(str(tmp_path), lambda *_: None, lambda *_: None) is None


def test_the_supervisor_of_a_master_goes_on_without_hadoop(tmp_path: Path) -> None:
    (tmp_path / measuring.FILE).write_text('{"every": 0.2}')
    node = Node(tmp_path)
    node.boot()
    try:
        node.run("a", "sleep", "2")
        assert [node.next()["state"] for _ in range(2)] == ["running", "exited"]
        assert node.errors.read_text() == ""
    finally:
        node.end()


def test_both_sides_have_the_same_names() -> None:
    assert FILE.endswith(measuring.FILE)
    assert (measuring.MEASURED, measuring.CONTAINERS, measuring.MASTERS, measuring.UNHEALTHY) == (
        metrics.MEASURED,
        metrics.CONTAINERS,
        metrics.MASTERS,
        metrics.UNHEALTHY,
    )
    assert set(measuring.STATES.values()) == set(metrics.WRONG) and shuffle.SHUFFLE == metrics.SHUFFLE
    names = {*measuring.CLUSTER, *measuring.HDFS}
    assert set(measuring.QUEUE) <= names
    assert {metrics.PENDING_MB, metrics.ALLOCATED_MB, metrics.TOTAL_MB, metrics.HDFS_USED, metrics.HDFS_TOTAL} <= names
    assert all(not metrics.wakes(name) for name in names) and metrics.wakes(metrics.MEASURED)
