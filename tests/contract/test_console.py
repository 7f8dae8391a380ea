"""The pages of the web console on the memory runtime."""

from __future__ import annotations

from time import time
from typing import Any

import httpx
import pytest

from localemr.console import Site, console_routes
from localemr.console.cluster import chart
from localemr.domain.model.names import private_dns
from localemr.releases.prices import prices
from localemr.settings import Settings
from localemr.testing.memory import MemoryEmr
from localemr.webui.directory import Directory
from localemr.webui.tickets import Tickets
from tests.catalog import CATALOG
from tests.contract.console_visitor import STEP, Visitor, has_no_inline_code, no_logs, run, until
from tests.contract.endpoint import Endpoint
from tests.contract.test_app_uis import ready


def test_the_address_of_the_api_shows_the_console_to_browsers_alone(memory: MemoryEmr, visitor: Visitor) -> None:
    page = visitor.get("/")
    assert (page.status, "There are no clusters yet" in page.text) == (200, True)
    plain = httpx.get(f"{memory.endpoint}/", trust_env=False)
    assert (plain.status_code, plain.headers["allow"], plain.json()) == (405, "POST", {"detail": "Method Not Allowed"})
    assert "set-cookie" not in plain.headers
    assert memory.client().list_clusters()["Clusters"] == []
    assert visitor.get("/console").answer.status_code == 307


def test_clusters_by_state_and_name(memory: MemoryEmr, visitor: Visitor) -> None:
    waiting = run(memory, Name="nightly report")
    until(memory, waiting, "WAITING")
    ended = run(memory, Name="Weekly Report")
    memory.client().terminate_job_flows(JobFlowIds=[ended])
    until(memory, ended, "TERMINATED")
    for query, shown in (
        ({}, [ended, waiting]), ({"state": "active"}, [waiting]), ({"state": "ended"}, [ended]),
        ({"state": "WAITING", "text": "report"}, [waiting]), ({"text": "WEEKLY"}, [ended]),
        ({"text": waiting.lower()}, [waiting]), ({"text": "nothing"}, []),
    ):  # fmt: skip
        page = visitor.get("/", **query)
        links = [each.rpartition("/")[2] for each in page.links() if each.startswith("/console/clusters/")]
        assert links == shown, query
    text = visitor.get("/", state="active").text
    assert "WAITING" in text and "emr-7.13.0" in text and "Spark" in text
    memory.control.advance(7200)
    assert "2 h" in visitor.get("/", state="active").text


def test_clusters_in_another_order(memory: MemoryEmr, visitor: Visitor) -> None:
    made = {}
    for name in ("b", "C", "a"):
        made[name] = run(memory, Name=name)
        until(memory, made[name], "WAITING")
        memory.control.advance(3600)
    memory.client().terminate_job_flows(JobFlowIds=[made["b"]])
    until(memory, made["b"], "TERMINATED")
    memory.control.advance(36_000)
    for sort, names in (("", "aCb"), ("oldest", "bCa"), ("name", "abC"), ("instance hours", "Cab"), ("x", "aCb")):
        links = [each.rpartition("/")[2] for each in visitor.get("/", sort=sort).links() if "/clusters/" in each]
        assert links == [made[name] for name in names], sort
    states = [each.rpartition("/")[2] for each in visitor.get("/", sort="state").links() if "/clusters/" in each]
    assert states[-1] == made["b"]


def test_more_clusters_than_a_page_has(memory: MemoryEmr, visitor: Visitor) -> None:
    made = [run(memory, Name=f"number {number}") for number in range(53)]
    first = visitor.get("/")
    older = [each for each in first.links() if "marker=" in each]
    assert len(older) == 1 and len(first.answer.content) < 300_000
    second = visitor.get(older[0])
    pages = [each.rpartition("/")[2] for page in (first, second) for each in page.links() if "/clusters/" in each]
    assert sorted(pages) == sorted(made)
    assert f"/console/clusters/{made[0]}" in visitor.get("/", text="number 0").links()
    seen, path = [], "/?sort=oldest"
    while path:
        links = visitor.get(path).links()
        seen += [each.rpartition("/")[2] for each in links if "/clusters/" in each]
        path = next((each for each in links if "marker=" in each), "")
    assert sorted(seen) == sorted(made)


def test_a_cluster(memory: MemoryEmr, visitor: Visitor) -> None:
    configurations = [{"Classification": "spark-defaults", "Properties": {"spark.ui.port": "4141"}}]
    script = {"Path": "s3://scripts/boot.sh", "Args": ["--fast"]}
    actions = [{"Name": "install tools", "ScriptBootstrapAction": script}]
    cluster_id = run(memory, Steps=[STEP], Configurations=configurations, BootstrapActions=actions,
                     Tags=[{"Key": "team", "Value": "a<b"}], LogUri="s3://logs/x/",
                     AutoTerminationPolicy={"IdleTimeout": 3600})  # fmt: skip
    until(memory, cluster_id, "WAITING")
    page = visitor.get(f"/console/clusters/{cluster_id}")
    for text in ("WAITING", "Cluster ready after last step completed.", "MASTER RUNNING",
                 "CORE RUNNING", "TASK RUNNING",
                 "2 of 2 run · m5.xlarge · ON_DEMAND", "1 of 1 run · m5.2xlarge · SPOT", "COMPLETED",
                 "spark.ui.port", "4141",
                 "install tools", "--fast", "team", "a<b", "3600 s", STEP["Name"]):  # fmt: skip
        assert text in page.text, text
    addresses = [each["PrivateIpAddress"] for each in memory.client().list_instances(ClusterId=cluster_id)["Instances"]]
    assert len(addresses) == 4 and all(each in page.text for each in addresses)
    assert f"/console/s3/logs?prefix=x/{cluster_id}/" in page.links()
    assert [given for tag, given in page.tags if tag == "rect" and given["class"] == "completed"]
    assert has_no_inline_code(page)


def test_a_cluster_of_fleets_and_its_end(memory: MemoryEmr, visitor: Visitor) -> None:
    fleets = [
        {"InstanceFleetType": role, "TargetOnDemandCapacity": 1, "InstanceTypeConfigs": [{"InstanceType": "m5.xlarge"}]}
        for role in ("MASTER", "CORE")
    ]
    cluster_id = run(memory, Instances={"InstanceFleets": fleets, "KeepJobFlowAliveWhenNoSteps": True})
    until(memory, cluster_id, "WAITING")
    page = visitor.get(f"/console/clusters/{cluster_id}")
    assert page.text.count("1 of 1 run") == 2
    assert len([each for each in page.links() if each.endswith("/resize")]) == 1  # of the core fleet
    assert not [each for each in page.links() if each.endswith("/reconfigure")]
    memory.client().terminate_job_flows(JobFlowIds=[cluster_id])
    until(memory, cluster_id, "TERMINATED")
    page = visitor.get(f"/console/clusters/{cluster_id}")
    assert "USER_REQUEST" in page.text and "2 ended" in page.text
    assert not [each for each in page.links() if each.endswith(("/terminate", "/add-step/spark"))]


def test_a_step_that_failed(memory: MemoryEmr, visitor: Visitor) -> None:
    memory.control.fail_step("count*", reason="No \x1b[31mred\x1b[0m <b>input</b>.")
    cluster_id = run(memory, Steps=[STEP], LogUri="s3://logs/x/")
    until(memory, cluster_id, "WAITING")
    step_id = memory.client().list_steps(ClusterId=cluster_id)["Steps"][0]["Id"]
    page = visitor.get(f"/console/clusters/{cluster_id}/steps/{step_id}")
    assert "FAILED" in page.text and "a b" in page.text and "No red <b>input</b>." in page.text
    assert not [tag for tag, _ in page.tags if tag == "b"] and "\x1b" not in page.answer.text
    assert not [each for each in page.links() if each.endswith("/cancel")]
    chosen = [given["href"] for _, given in page.tags if given.get("aria-current") and "log=" in given.get("href", "")]
    assert chosen == [f"/console/clusters/{cluster_id}/steps/{step_id}?log=stderr"]


def test_errors_of_the_operations_are_shown_as_they_are(memory: MemoryEmr, visitor: Visitor) -> None:
    emr = memory.client()
    with pytest.raises(emr.exceptions.InvalidRequestException) as found:
        emr.describe_cluster(ClusterId="j-AAAAAAAAAAAAA")
    page = visitor.get("/console/clusters/j-AAAAAAAAAAAAA")
    assert page.status == 400
    assert "InvalidRequestException" in page.text and found.value.response["Error"]["Message"] in page.text
    assert visitor.get("/", marker="x").status == 400


def test_the_catalog(memory: MemoryEmr, visitor: Visitor) -> None:
    glue = memory.client("glue")
    glue.create_database(DatabaseInput={"Name": "sales", "Description": "all <i>sales</i>"})
    columns = [{"Name": "id", "Type": "bigint", "Comment": "the key"}]
    place = {"Columns": columns, "Location": "s3://data/orders/"}
    table = {"Name": "orders", "StorageDescriptor": place, "PartitionKeys": [{"Name": "day", "Type": "date"}]}
    glue.create_table(DatabaseName="sales", TableInput=table)
    part = {"Values": ["2026-01-02"], "StorageDescriptor": place | {"Location": "s3://data/orders/day=2026-01-02"}}
    glue.create_partition(DatabaseName="sales", TableName="orders", PartitionInput=part)
    assert "all <i>sales</i>" in visitor.get("/console/catalog").text
    assert "/console/catalog/sales/orders" in visitor.get("/console/catalog/sales").links()
    page = visitor.get("/console/catalog/sales/orders")
    for text in ("bigint", "the key", "day (partition key)", "2026-01-02"):
        assert text in page.text
    assert "/console/s3/data?prefix=orders/" in page.links()
    assert "EntityNotFoundException" in visitor.get("/console/catalog/nothing").text


def test_the_installation(visitor: Visitor) -> None:
    page = visitor.get("/console/installation")
    assert ("span", {"class": "state ok"}) in page.tags and "This machine" in page.text
    assert "HEALTHY" in page.text and "LOCALEMR_PORT" in page.text and "localemr-secret" not in page.text
    assert "has no S3" in visitor.get("/console/s3").text


@pytest.mark.parametrize("keys", [{}, {"AKIAONE": "secret"}])
def test_the_web_pages_of_a_cluster(endpoint: Endpoint, emr: Any, keys: dict[str, str]) -> None:
    cluster_id = ready(endpoint, emr)
    gate = Tickets(keys) if keys else None
    ports = {8088: ("127.0.0.1", 1)}
    directory = Directory(endpoint.store, CATALOG, lambda cluster, instance, port: ports.get(port), gate)
    inside, now = endpoint.front.inside, lambda: endpoint.now
    site = Site(
        Settings(),
        inside,
        directory,
        lambda: endpoint.healthy,
        now,
        endpoint.changes,
        endpoint.store.log.of,
        prices,
        None,
        no_logs,
        ["Spark"],
        "emr-7.13.0",
    )
    endpoint.server.do(lambda: endpoint.pages.router.routes.extend(console_routes(site)))
    visitor = Visitor(endpoint.url)
    found = [each for each in visitor.get(f"/console/clusters/{cluster_id}").links() if "/_localemr/ui/" in each]
    visitor.close()
    host = private_dns("ip-10-213-0-11", "us-east-1")
    address, _, ticket = found[0].partition("?localemr-ticket=")
    assert (len(found), address) == (1, f"/_localemr/ui/{cluster_id}/{host}/8088/")
    assert not ticket if gate is None else gate.good(ticket, cluster_id, time())


def test_bars_of_steps() -> None:
    def step(name: str, begin: float | None, end: float | None) -> dict[str, Any]:
        return {"Id": name, "Status": {"Timeline": {"StartDateTime": begin, "EndDateTime": end}}}

    assert chart([step("c", None, None)], 5.0) == {}
    assert chart([step("b", 50, None), step("a", 0, 50)], 100.0) == {"b": (49, 49), "a": (0, 49)}
