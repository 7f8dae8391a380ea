"""The web console on the memory runtime: contents of pages, effects of actions, what protects it."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from time import time
from typing import Any

import httpx
import pytest

from localemr.console import Site, console_routes
from localemr.console.cluster import chart
from localemr.domain.model.names import private_dns
from localemr.settings import Settings
from localemr.testing.memory import MemoryEmr
from localemr.testing.server import Server
from localemr.webui.directory import Directory
from localemr.webui.tickets import Tickets
from tests.catalog import CATALOG
from tests.contract.console_visitor import Page, Visitor
from tests.contract.endpoint import Endpoint
from tests.contract.test_app_uis import ready

GROUPS = [
    {"InstanceRole": "MASTER", "InstanceType": "m5.xlarge", "InstanceCount": 1},
    {"InstanceRole": "CORE", "InstanceType": "m5.xlarge", "InstanceCount": 2},
    {"InstanceRole": "TASK", "InstanceType": "m5.2xlarge", "InstanceCount": 1, "Market": "SPOT"},
]
STEP = {"Name": "count <script>alert(1)</script>", "ActionOnFailure": "CONTINUE",
        "HadoopJarStep": {"Jar": "command-runner.jar", "Args": ["spark-submit", "a b"]}}  # fmt: skip
CREATED = {"name": "From the form", "release": "emr-7.13.0", "applications": ["Hadoop", "Spark"], "keep": "on",
           "master_type": "m5.xlarge", "core_type": "m5.2xlarge", "core_count": "3", "task_type": "m5.2xlarge",
           "task_count": "2", "task_market": "SPOT", "tags": "team=data\ncost=low", "idle": "600",
           "log_uri": "s3://logs/here/", "bootstrap": "s3://scripts/boot.sh 'a b'",
           "configurations": '[{"Classification": "spark-defaults", "Properties": {"spark.ui.port": "1"}}]',
           }  # fmt: skip


@pytest.fixture
def memory() -> Iterator[MemoryEmr]:
    with MemoryEmr(speed=0) as found:
        yield found


@pytest.fixture
def visitor(memory: MemoryEmr) -> Iterator[Visitor]:
    found = Visitor(memory.endpoint)
    yield found
    found.close()


def run(memory: MemoryEmr, **changes: Any) -> str:
    request = {"Name": "nightly", "ReleaseLabel": "emr-7.13.0", "Applications": [{"Name": "Spark"}],
               "Instances": {"InstanceGroups": GROUPS, "KeepJobFlowAliveWhenNoSteps": True},
               "ServiceRole": "EMR_DefaultRole", "JobFlowRole": "EMR_EC2_DefaultRole"}  # fmt: skip
    return str(memory.client().run_job_flow(**request | changes)["JobFlowId"])


def until(memory: MemoryEmr, cluster_id: str, state: str) -> None:
    for _ in range(200):
        memory.control.advance(5)
        if memory.client().describe_cluster(ClusterId=cluster_id)["Cluster"]["Status"]["State"] == state:
            return
    raise AssertionError(f"{cluster_id} does not become {state}")


def has_no_inline_code(page: Page) -> bool:
    scripts = [given for tag, given in page.tags if tag == "script"]
    styles = [tag for tag, given in page.tags if tag == "style" or "style" in given]
    handlers = [name for _, given in page.tags for name in given if name.startswith("on")]
    return all(given.get("src", "").startswith("/console/static/") for given in scripts) and not styles + handlers


# ---- pages


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


def test_more_clusters_than_a_page_has(memory: MemoryEmr, visitor: Visitor) -> None:
    made = [run(memory, Name=f"number {number}") for number in range(53)]
    first = visitor.get("/")
    older = [each for each in first.links() if "marker=" in each]
    assert len(older) == 1 and len(first.answer.content) < 300_000
    second = visitor.get(older[0])
    pages = [each.rpartition("/")[2] for page in (first, second) for each in page.links() if "/clusters/" in each]
    assert sorted(pages) == sorted(made)
    assert f"/console/clusters/{made[0]}" in visitor.get("/", text="number 0").links()


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
    assert page.text.count("1 of 1 run") == 2 and not [each for each in page.links() if each.endswith("/resize")]
    memory.client().terminate_job_flows(JobFlowIds=[cluster_id])
    until(memory, cluster_id, "TERMINATED")
    page = visitor.get(f"/console/clusters/{cluster_id}")
    assert "USER_REQUEST" in page.text and "2 ended" in page.text
    assert not [each for each in page.links() if each.endswith(("/terminate", "/add-step"))]


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
    assert "HEALTHY" in page.text and "LOCALEMR_PORT" in page.text and "localemr-secret" not in page.text
    assert "has no S3" in visitor.get("/console/s3").text


@pytest.mark.parametrize("keys", [{}, {"AKIAONE": "secret"}])
def test_the_web_pages_of_a_cluster(endpoint: Endpoint, emr: Any, keys: dict[str, str]) -> None:
    cluster_id = ready(endpoint, emr)
    gate = Tickets(keys) if keys else None
    ports = {8088: ("127.0.0.1", 1)}
    directory = Directory(endpoint.store, CATALOG, lambda cluster, instance, port: ports.get(port), gate)
    inside, now = endpoint.front.inside, lambda: endpoint.now
    site = Site(Settings(), inside, directory, lambda: endpoint.healthy, now, None, ["Spark"], "emr-7.13.0")
    endpoint.server.do(lambda: endpoint.pages.router.routes.extend(console_routes(site)))
    visitor = Visitor(endpoint.url)
    found = [each for each in visitor.get(f"/console/clusters/{cluster_id}").links() if "/_localemr/ui/" in each]
    visitor.close()
    host = private_dns("ip-10-213-0-11", "us-east-1")
    address, _, ticket = found[0].partition("?localemr-ticket=")
    assert (len(found), address) == (1, f"/_localemr/ui/{cluster_id}/{host}/8088/")
    assert not ticket if gate is None else gate.good(ticket, cluster_id, time())


# ---- actions


def test_creating_a_cluster(memory: MemoryEmr, visitor: Visitor) -> None:
    assert visitor.get("/console/create").command.startswith("aws emr create-cluster --name 'My cluster'")
    shown = visitor.send("/console/create", only="show", **CREATED)
    assert memory.client().list_clusters()["Clusters"] == []
    words = shlex.split(shown.command)
    assert words[:5] == ["aws", "emr", "create-cluster", "--name", "From the form"]
    assert words[words.index("--tags") + 1 :] == ["team=data", "cost=low"]
    assert (
        "IdleTimeout=600" in words and "--no-auto-terminate" in words and '"BidPrice":"OnDemandPrice"' in shown.command
    )
    sent = visitor.send("/console/create", **CREATED)
    assert sent.status == 303
    emr, cluster_id = memory.client(), sent.answer.headers["location"].rpartition("/")[2]
    found = emr.describe_cluster(ClusterId=cluster_id)["Cluster"]
    assert [each["Name"] for each in found["Applications"]] == ["Hadoop", "Spark"]
    assert found["Configurations"][0]["Properties"] == {"spark.ui.port": "1"} and not found["AutoTerminate"]
    groups = emr.list_instance_groups(ClusterId=cluster_id)["InstanceGroups"]
    assert [(each["RequestedInstanceCount"], each["Market"]) for each in groups] == [
        (1, "ON_DEMAND"), (3, "ON_DEMAND"), (2, "SPOT"),
    ]  # fmt: skip
    boot = emr.list_bootstrap_actions(ClusterId=cluster_id)["BootstrapActions"][0]
    assert (boot["ScriptPath"], boot["Args"]) == ("s3://scripts/boot.sh", ["a b"])


@pytest.mark.parametrize(
    ("change", "text"),
    [({"core_count": "many"}, "Core: instances: expected a number"), ({"configurations": "{"}, "this is no JSON"),
     ({"tags": "x"}, "expected lines name=value"), ({"bootstrap": "'"}, "No closing quotation"),
     ({"master_type": "m5.tiny"}, "ValidationException"), ({"idle": "1"}, "ValidationException")],
)  # fmt: skip
def test_a_form_that_is_refused_is_shown_again(
    memory: MemoryEmr, visitor: Visitor, change: dict[str, str], text: str
) -> None:
    page = visitor.send("/console/create", **CREATED | change)
    assert page.status == 400 and text in page.text
    values = {given.get("name"): given.get("value") for tag, given in page.tags if tag == "input"}
    assert values["name"] == "From the form" and memory.client().list_clusters()["Clusters"] == []


def test_steps_are_added_and_cancelled(memory: MemoryEmr, visitor: Visitor) -> None:
    memory.control.hang_step()
    cluster_id, emr = run(memory), memory.client()
    until(memory, cluster_id, "WAITING")
    path = f"/console/clusters/{cluster_id}/add-step"
    fields = {
        "name": "<script>",
        "jar": "command-runner.jar",
        "on_failure": "CONTINUE",
        "arguments": "spark-submit 'a b'",
    }
    line = visitor.send(path, only="line", **fields).answer.text
    assert line.startswith("aws emr add-steps --cluster-id") and '"Args":["spark-submit","a b"]' in line
    assert emr.list_steps(ClusterId=cluster_id)["Steps"] == []
    sent = visitor.send(path, **fields)
    step = emr.list_steps(ClusterId=cluster_id)["Steps"][0]
    assert (step["Name"], step["Config"]["Args"]) == ("<script>", ["spark-submit", "a b"])
    place = sent.answer.headers["location"]
    assert place == f"/console/clusters/{cluster_id}/steps/{step['Id']}"
    assert "<script>" in visitor.get(place).text and has_no_inline_code(visitor.get(place))
    assert "cancel-steps" in visitor.get(f"{place}/cancel").command
    until(memory, cluster_id, "RUNNING")
    assert visitor.send(f"{place}/cancel", how="SEND_INTERRUPT").answer.headers["location"] == place
    until(memory, cluster_id, "WAITING")
    assert emr.describe_step(ClusterId=cluster_id, StepId=step["Id"])["Step"]["Status"]["State"] == "CANCELLED"
    again = visitor.send(f"{place}/cancel", how="SEND_INTERRUPT")
    assert again.status == 409 and "CancelSteps" in again.text


def test_a_group_is_resized(memory: MemoryEmr, visitor: Visitor) -> None:
    cluster_id, emr = run(memory), memory.client()
    until(memory, cluster_id, "WAITING")
    paths = [each for each in visitor.get(f"/console/clusters/{cluster_id}").links() if each.endswith("/resize")]
    assert len(paths) == 2
    assert "InstanceCount=2" in visitor.get(paths[0]).command
    assert visitor.send(paths[0], count="4").status == 303
    groups = emr.list_instance_groups(ClusterId=cluster_id)["InstanceGroups"]
    assert [each["RequestedInstanceCount"] for each in groups] == [1, 4, 1]


def test_a_cluster_is_protected_and_terminated(memory: MemoryEmr, visitor: Visitor) -> None:
    cluster_id, emr = run(memory), memory.client()
    path = f"/console/clusters/{cluster_id}"
    assert visitor.send(f"{path}/protect").status == 303
    refused = visitor.send(f"{path}/terminate")
    assert refused.status == 400 and "termination protected" in refused.text
    assert visitor.send(f"{path}/unprotect").status == 303
    assert visitor.get(f"{path}/terminate").command == f"aws emr terminate-clusters --cluster-ids {cluster_id}"
    assert visitor.send(f"{path}/terminate").answer.headers["location"] == path
    until(memory, cluster_id, "TERMINATED")
    assert (
        emr.describe_cluster(ClusterId=cluster_id)["Cluster"]["Status"]["StateChangeReason"]["Code"] == "USER_REQUEST"
    )


# ---- what protects it


def test_forms_without_the_sessions_token_have_no_effect(memory: MemoryEmr, visitor: Visitor) -> None:
    other = Visitor(memory.endpoint)
    foreign = other.get("/console/create").token
    other.close()
    for token in ("", "x", "é", foreign):
        page = visitor.send("/console/create", token=token, **CREATED)
        assert (page.status, "no token" in page.text) == (403, True)
    fresh = httpx.post(f"{memory.endpoint}/console/create", data=CREATED | {"token": foreign}, trust_env=False)
    assert fresh.status_code == 403
    assert memory.client().list_clusters()["Clusters"] == []


def test_the_policy_forbids_inline_code_and_frames(visitor: Visitor) -> None:
    for path in ("/", "/console/create", "/console/s3", "/console/static/console.js", "/console/clusters/x"):
        policy = visitor.get(path).answer.headers["content-security-policy"]
        assert "unsafe-inline" not in policy and "unsafe-eval" not in policy
        parts = dict(each.strip().split(" ", 1) for each in policy.split(";"))
        assert (parts["default-src"], parts["script-src"], parts["style-src"]) == ("'none'", "'self'", "'self'")
        assert (parts["frame-ancestors"], parts["form-action"], parts["base-uri"]) == ("'none'", "'self'", "'none'")


def test_everything_comes_from_the_package(visitor: Visitor) -> None:
    page = visitor.get("/console/create")
    loaded = [given.get("src") or given["href"] for tag, given in page.tags if tag in ("script", "link")]
    answers = [visitor.client.get(each) for each in loaded]
    assert [each.status_code for each in answers] == [200] * 3
    assert sum(len(each.content) for each in answers) + len(page.answer.content) < 100_000
    assert visitor.get("/console/static/..%2froutes.py").status == 404
    assert visitor.get("/console/static/routes.py").status == 404


def test_the_cookie_is_for_this_site_and_no_script(visitor: Visitor) -> None:
    cookie = visitor.get("/").answer.headers["set-cookie"].lower()
    assert "httponly" in cookie and "samesite=strict" in cookie and "domain" not in cookie
    assert "set-cookie" not in visitor.get("/").answer.headers


def test_a_link_on_another_site_keeps_the_session(visitor: Visitor) -> None:
    followed = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}
    page = Page(visitor.client.get("/console/s3?x=%22%3E", headers=followed))
    assert "set-cookie" not in page.answer.headers
    assert ("a", {"href": "/console/s3?x=%22%3E"}) in page.tags


def with_keys(server: Server) -> Any:
    from localemr.app import Controller, behind_door, new_app
    from localemr.clock import MovableClock
    from localemr.platforms import memory_platform

    settings = Settings(runtime="memory", access_keys="AKIAONE:first-secret,AKIATWO:second-secret")

    async def begin() -> Controller:
        controller = await Controller.open(settings, memory_platform(MovableClock()))
        app = new_app()
        controller.serve(app, settings.accepted_keys)
        server.app = behind_door(app, settings, lambda: controller)
        return controller

    return server.run(begin())


@pytest.fixture
def guarded(server: Server) -> Iterator[Visitor]:
    """A visitor of a controller whose callers have keys."""
    controller = with_keys(server)
    found = Visitor(f"http://127.0.0.1:{server.port}")
    yield found
    found.close()
    server.run(controller.close())


LOGIN = "/console/login"


def test_with_keys_pages_need_a_login(guarded: Visitor) -> None:
    away = guarded.get("/console/catalog?marker=1")
    assert (away.status, away.answer.headers["location"]) == (303, f"{LOGIN}?next=%2Fconsole%2Fcatalog%3Fmarker%3D1")
    assert guarded.client.get("/console/catalog", headers={"Accept": "*/*"}).status_code == 401
    assert guarded.client.post("/console/create", data=CREATED, headers={"Accept": "*/*"}).status_code == 401
    for pair in (("AKIAONE", "second-secret"), ("AKIAONE", ""), ("", ""), ("AKIATHREE", ""), ("é", "é")):
        refused = guarded.send(LOGIN, key=pair[0], secret=pair[1])
        assert refused.status == 403 and guarded.get("/").status == 303
    assert guarded.send(LOGIN, token="x", key="AKIAONE", secret="first-secret").status == 403
    entered = guarded.send(LOGIN, key="AKIAONE", secret="first-secret", next="/console/catalog")
    assert (entered.status, entered.answer.headers["location"]) == (303, "/console/catalog")
    cookie = entered.answer.headers["set-cookie"].lower()
    assert "httponly" in cookie and "samesite=strict" in cookie and "secret" not in cookie
    assert "AKIAONE" in guarded.get("/").text
    assert guarded.send("/console/create", **CREATED).status == 303
    token = guarded.get("/").token
    assert Page(guarded.client.post("/console/logout", data={"token": token})).status == 303
    assert guarded.get("/").status == 303


@pytest.mark.parametrize("place", ["//evil.example/", "https://evil.example/", "/console/\\evil", "/x", "javascript:0"])
def test_a_login_leads_nowhere_else(guarded: Visitor, place: str) -> None:
    sent = guarded.send(LOGIN, key="AKIATWO", secret="second-secret", next=place)
    assert (sent.status, sent.answer.headers["location"]) == (303, "/")


def test_changed_cookies_are_no_login(guarded: Visitor) -> None:
    guarded.send(LOGIN, key="AKIATWO", secret="second-secret")
    name, value = next((each.name, each.value) for each in guarded.client.cookies.jar)
    assert value is not None
    expires, nonce, key, digest = value.split(".")
    other = b"AKIAONE".hex()
    for changed in (f"{expires}.{nonce}.{other}.{digest}", f"9{expires}.{nonce}.{key}.{digest}", "", "...", "x", "é"):
        headers = [(b"Accept", b"text/html"), (b"Cookie", f"{name}={changed}".encode())]
        answer = httpx.get(guarded.client.base_url, headers=headers, trust_env=False)
        assert answer.status_code == 303


def test_the_api_needs_signatures_still(guarded: Visitor) -> None:
    guarded.send(LOGIN, key="AKIATWO", secret="second-secret")
    headers = {"X-Amz-Target": "ElasticMapReduce.ListClusters", "Content-Type": "application/x-amz-json-1.1"}
    assert guarded.client.post("/", content=b"{}", headers=headers).status_code == 403


# ---- the chart of steps


def test_bars_of_steps() -> None:
    def step(name: str, begin: float | None, end: float | None) -> dict[str, Any]:
        return {"Id": name, "Status": {"Timeline": {"StartDateTime": begin, "EndDateTime": end}}}

    assert chart([step("c", None, None)], 5.0) == {}
    assert chart([step("b", 50, None), step("a", 0, 50)], 100.0) == {"b": (49, 49), "a": (0, 49)}
