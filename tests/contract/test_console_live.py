"""What of the console's pages follows what happens: streams, charts, events, costs, YARN's nodes."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from time import monotonic
from typing import Any

import httpx
import pytest

from localemr.console import Site, console_routes
from localemr.console.charts import chart, nice
from localemr.console.stream import event
from localemr.domain.model.records import Records
from localemr.domain.model.states import StepState
from localemr.domain.model.steps import StepStatus
from localemr.releases.prices import prices
from localemr.settings import Settings
from localemr.testing.memory import MemoryEmr
from localemr.webui.directory import Directory
from tests.catalog import CATALOG
from tests.contract.console_visitor import Page, Visitor, has_no_inline_code, no_logs, run, until
from tests.contract.endpoint import Endpoint
from tests.contract.test_app_uis import ready
from tests.waiting import wait_for

ACCEPT = {"Accept": "text/event-stream"}


@contextmanager
def streamed(visitor: Visitor, path: str) -> Iterator[Iterator[str]]:
    """The events of a page's stream: the page, each time that it is sent."""
    with visitor.client.stream("GET", path, headers=ACCEPT, timeout=30) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        yield events(answer)


def events(answer: httpx.Response) -> Iterator[str]:
    lines: list[str] = []
    for line in answer.iter_lines():
        if line.startswith("data: "):
            lines.append(line.removeprefix("data: "))
        elif not line and lines:
            yield "\n".join(lines)
            lines = []


def test_a_change_is_sent_within_a_second(memory: MemoryEmr, visitor: Visitor) -> None:
    cluster_id = run(memory)
    until(memory, cluster_id, "WAITING")
    emr = memory.client()
    with streamed(visitor, f"/console/clusters/{cluster_id}") as pages:
        assert "WAITING" in next(pages)
        began = monotonic()
        emr.set_termination_protection(JobFlowIds=[cluster_id], TerminationProtected=True)
        assert f"/console/clusters/{cluster_id}/unprotect" in next(pages)
        assert monotonic() - began < 1


def test_the_list_follows_every_cluster(memory: MemoryEmr, visitor: Visitor) -> None:
    with streamed(visitor, "/") as pages:
        assert "There are no clusters yet" in next(pages)
        cluster_id = run(memory, Name="new & fast")
        found = next(page for page in pages if cluster_id in page)
        assert "new &amp; fast" in found


def test_a_page_that_does_not_change_is_not_sent_again(memory: MemoryEmr, visitor: Visitor) -> None:
    first, second = run(memory, Name="first"), run(memory, Name="second")
    until(memory, first, "WAITING")
    until(memory, second, "WAITING")
    with streamed(visitor, f"/console/clusters/{first}") as pages:
        next(pages)
        memory.client().set_termination_protection(JobFlowIds=[second], TerminationProtected=True)
        memory.client().add_tags(ResourceId=first, Tags=[{"Key": "the", "Value": "next"}])
        assert "<dt>the</dt>" in next(pages)


def test_streams_need_a_login_as_pages_do(visitor: Visitor) -> None:
    assert visitor.client.get("/console/clusters/j-AAAAAAAAAAAAA", headers={"Accept": "*/*"}).status_code == 400
    plain = httpx.get(visitor.client.base_url, headers={"Accept": "application/json"}, trust_env=False)
    assert plain.status_code == 405


def test_an_event_keeps_lines() -> None:
    assert event(b"<p>\n\n</p>") == b"data: <p>\ndata: \ndata: </p>\n\n"


def test_metrics_as_charts(memory: MemoryEmr, visitor: Visitor) -> None:
    cluster_id = run(memory)
    until(memory, cluster_id, "WAITING")
    path = f"/console/clusters/{cluster_id}/metrics"
    assert "Nothing was measured" in visitor.get(path).text
    memory.control.metrics(cluster_id, {"yarn-mb-total": 24576, "yarn-mb-allocated": 8192})
    page, shown = visitor.get(path), set[str]()
    while not any("YARN memory" in each for each in shown):
        memory.control.advance(300)
        page = visitor.get(path, hours="24")
        shown = {given["aria-label"] for _, given in page.tags if given.get("class") == "chart"}
    assert "Nodes. core: last 2; task: last 1" in shown
    assert "YARN memory. allocated: last 8,192 MB; total: last 24,576 MB" in shown
    memory.control.advance(900)

    def drawn() -> Page | None:
        page = visitor.get(path, hours="24")
        return page if any(tag == "polyline" and len(given["points"]) > 10 for tag, given in page.tags) else None

    # Pages are answered between the minutes that were left out.
    assert has_no_inline_code(wait_for("the line of a chart", drawn))
    assert f"{path}?hours=1" in page.links()


def test_lines_break_where_nothing_was_measured() -> None:
    found = chart("Nodes", "", {"core": [(0, 1), (60, 2), (600, 4)], "task": []}, (0, 600), 60)
    line = found.lines[0]
    assert (line.pieces, line.dots, len(found.lines)) == (("0.0,112.0 60.0,84.0",), ((600.0, 28.0),), 1)
    assert (line.last, line.lowest, line.highest, found.top) == (4, 1, 4, 5)
    assert [nice(each) for each in (0, 0.3, 1, 1.5, 2400, 9e6)] == pytest.approx([1, 0.5, 1, 2, 2500, 1e7])


def test_events_as_a_timeline(memory: MemoryEmr, visitor: Visitor) -> None:
    memory.control.fail_step("broken*", reason="No <b>input</b>.")
    cluster_id = run(memory, Steps=[{"Name": "broken", "ActionOnFailure": "CONTINUE",
                                     "HadoopJarStep": {"Jar": "command-runner.jar", "Args": ["true"]}}])  # fmt: skip
    until(memory, cluster_id, "WAITING")
    path = f"/console/clusters/{cluster_id}/events"
    page = visitor.get(path)
    assert "cluster ● WAITING".replace("● ", "") in page.text and "instance RUNNING" in page.text
    step_id = memory.client().list_steps(ClusterId=cluster_id)["Steps"][0]["Id"]
    steps = visitor.get(path, kind="step")
    assert [f"step {each}" in steps.text for each in ("FAILED", "RUNNING", "PENDING")] == [True] * 3
    assert steps.text.index("step FAILED") < steps.text.index("step PENDING") and "instance " not in steps.text
    assert f"/console/clusters/{cluster_id}/steps/{step_id}" in steps.links()
    assert visitor.get(path, before="1").text.count("There are none") == 1
    assert visitor.get(path, before="x", kind="x").status == 200


def test_costs(memory: MemoryEmr, visitor: Visitor) -> None:
    cluster_id = run(memory)
    until(memory, cluster_id, "WAITING")
    memory.control.advance(3600 * 10)
    page = visitor.get(f"/console/clusters/{cluster_id}")
    # Ten hours of 3 m5.xlarge at 0.192 + 0.048, and an m5.2xlarge on the spot market at 0.35 × 0.384 + 0.096.
    amounts = [float(each) for each in re.findall(r"\$([0-9,]+\.\d\d)", page.text)]
    assert 9.5 < amounts[0] < 10.5 and amounts[0] == max(amounts)
    assert "Spot capacity saved $2.5" in page.text
    assert f"${amounts[0]:.2f}" in visitor.get("/").text
    memory.client().terminate_job_flows(JobFlowIds=[cluster_id])
    until(memory, cluster_id, "TERMINATED")
    memory.control.advance(3600 * 10)
    assert "until its end" in visitor.get(f"/console/clusters/{cluster_id}").text


NODES = {"nodes": {"node": [{
    "nodeHostName": "ip-10-213-0-11.ec2.internal", "state": "RUNNING", "numContainers": 3, "usedMemoryMB": 6144,
    "availMemoryMB": 6144, "usedVirtualCores": 3, "availableVirtualCores": 1,
}]}}  # fmt: skip


class ResourceManager(BaseHTTPRequestHandler):
    """The nodes of YARN's ResourceManager, or the applications of a step."""

    answer: Any = NODES

    def do_GET(self) -> None:
        body = json.dumps(self.answer).encode()
        known = self.path == "/ws/v1/cluster/nodes" or self.path.startswith(
            "/ws/v1/cluster/apps?applicationTags=step-s-"
        )
        self.send_response(200 if known else 404)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing."""


@contextmanager
def resource_manager(answer: Any) -> Iterator[int]:
    with HTTPServer(("127.0.0.1", 0), type("Handler", (ResourceManager,), {"answer": answer})) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join(10)


@contextmanager
def console_of(endpoint: Endpoint, port: int = 0) -> Iterator[Visitor]:
    """A visitor of a console over an endpoint whose clusters have ResourceManagers that answer at a port."""
    answering = {8088: ("127.0.0.1", port)}
    directory = Directory(endpoint.store, CATALOG, lambda cluster, instance, port: answering.get(port), None)
    parts = (Settings(), endpoint.front.inside, directory, lambda: endpoint.healthy, lambda: endpoint.now)
    site = Site(*parts, endpoint.changes, endpoint.store.log.of, prices, None, no_logs, ["Spark"], "emr-7.13.0")
    endpoint.server.do(lambda: endpoint.pages.router.routes.extend(console_routes(site)))
    visitor = Visitor(endpoint.url)
    yield visitor
    visitor.close()


def map_of(endpoint: Endpoint, emr: Any, port: int, path: str = "", cluster_id: str = "") -> Page:
    """The page of a cluster whose ResourceManager answers at a port, or one below it."""
    cluster_id = cluster_id or ready(endpoint, emr)
    with console_of(endpoint, port) as visitor:
        return visitor.get(f"/console/clusters/{cluster_id}{path}")


def test_what_yarn_runs_on_each_node(endpoint: Endpoint, emr: Any) -> None:
    with resource_manager(NODES) as port:
        page = map_of(endpoint, emr, port)
    assert "3 YARN containers Memory 6.0 GiB of 12.0 GiB vCores 3 of 4" in page.text
    assert ("meter", {"max": "12288", "value": "6144"}) in page.tags


@pytest.mark.parametrize("answer", [{"nodes": None}, {"nodes": {"node": [{"nodeHostName": "x"}]}}, [], "x"])
def test_a_resource_manager_without_nodes(endpoint: Endpoint, emr: Any, answer: Any) -> None:
    with resource_manager(answer) as port:
        page = map_of(endpoint, emr, port)
    assert page.status == 200 and "YARN container" not in page.text


def test_a_resource_manager_that_does_not_answer(endpoint: Endpoint, emr: Any) -> None:
    assert map_of(endpoint, emr, 1).status == 200


def _running(old: Records) -> Records:
    """The cluster with all its steps RUNNING."""
    return replace(old, steps=[replace(each, status=StepStatus(StepState.RUNNING)) for each in old.steps])


APPLICATION = {"id": "application_1_0007", "applicationType": "SPARK", "state": "RUNNING"}


@pytest.mark.parametrize(
    ("answer", "shown"),
    [({"apps": {"app": [APPLICATION]}}, "Applications on YARN application_1_0007 RUNNING"), ({"apps": None}, ""),
     ({"apps": {"app": [{"id": "x"}]}}, ""), ([], "")],
)  # fmt: skip
def test_the_applications_of_a_running_step(endpoint: Endpoint, emr: Any, answer: Any, shown: str) -> None:
    cluster_id = ready(endpoint, emr)
    step = {"Name": "one", "HadoopJarStep": {"Jar": "command-runner.jar", "Args": ["true"]}}
    step_id = emr.add_job_flow_steps(JobFlowId=cluster_id, Steps=[step])["StepIds"][0]
    endpoint.save(_running, cluster_id)
    with resource_manager(answer) as port:
        page = map_of(endpoint, emr, port, f"/steps/{step_id}", cluster_id)
    assert page.status == 200 and ("Applications on YARN" in page.text) == bool(shown)
    assert shown in page.text
    links = [each for each in page.links() if "application_1_0007" in each]
    ends = [":8088/cluster/app/application_1_0007", ":8088/proxy/application_1_0007/"]
    assert [each[-len(end) :] for each, end in zip(links, ends, strict=False)] == (ends if shown else [])
    assert not [each for each in links if not each.startswith("/")]
