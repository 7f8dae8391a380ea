"""Web pages of a real cluster, and of its applications, seen from the host through the controller only."""

from __future__ import annotations

import json
import re
import urllib.request
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.cluster.crawler import Crawl
from tests.cluster.installation import Installation, wait_for

INSIDE = re.compile(r"//(ip-\d+-\d+-\d+-\d+|10\.214\.|localhost|0\.0\.0\.0)")


@pytest.fixture(scope="module")
def jobs(installation: Installation, shared: str) -> Iterator[dict[str, str]]:
    """Ids of a finished and of a running Spark application and of a MapReduce job, on the shared cluster."""
    installation.emr.modify_cluster(ClusterId=shared, StepConcurrencyLevel=3)
    submit = ("spark-submit", "--deploy-mode", "cluster", "s3://data/scripts/linger.py")
    jar = "/usr/lib/hadoop-mapreduce/hadoop-mapreduce-examples.jar"
    done = installation.add_step(shared, *submit, "0")
    installation.wait_step(shared, done, "COMPLETED")
    counted = installation.add_step(shared, "pi", "2", "10", jar=jar)
    installation.wait_step(shared, counted, "COMPLETED")
    going = installation.add_step(shared, *submit, "600")
    found = wait_for("a running application", lambda: _applications(installation, shared))
    yield found
    master = installation.containers(shared, "MASTER")[0]
    installation.run_in(master, "yarn", "application", "-kill", found["running"])
    installation.wait_step(shared, going, "FAILED", "CANCELLED")
    installation.emr.modify_cluster(ClusterId=shared, StepConcurrencyLevel=1)


def _applications(installation: Installation, cluster_id: str) -> dict[str, str] | None:
    """Application ids by what they are; None until the last one has a page."""
    url = presigned(installation, cluster_id, "ResourceManager")
    apps = json.loads(get(url + "ws/v1/cluster/apps"))["apps"]["app"]
    found = {
        ("running" if app["state"] == "RUNNING" else app["applicationType"].lower()): app["id"]
        for app in sorted(apps, key=lambda app: app["startedTime"])
    }
    if "running" not in found:
        return None
    pages = json.loads(get(url + f"proxy/{found['running']}/api/v1/applications/{found['running']}/executors"))
    return found if len(pages) > 1 else None


def presigned(installation: Installation, cluster_id: str, kind: str, **options: Any) -> str:
    requested = {"ClusterId": cluster_id, "OnClusterAppUIType": kind} | options
    return str(installation.emr.get_on_cluster_app_ui_presigned_url(**requested)["PresignedURL"])


def get(url: str) -> str:
    with urllib.request.urlopen(url, timeout=30) as answer:
        return str(answer.read().decode())


def ui(installation: Installation, cluster_id: str) -> str:
    return f"{installation.emr.meta.endpoint_url}/_localemr/ui/{cluster_id}/"


def test_every_link_of_every_page_leads_to_a_page_of_the_cluster(
    installation: Installation, shared: str, jobs: dict[str, str]
) -> None:
    home = ui(installation, shared)
    crawl = Crawl(home)
    # From the list: the pages themselves are one step away, their links are followed twice.
    crawl.follow(home, depth=3)
    for app in (jobs["running"], jobs["spark"]):
        crawl.follow(presigned(installation, shared, "ApplicationMaster", ApplicationId=app), depth=2)
    crawl.follow(presigned(installation, shared, "SparkHistoryServer", ApplicationId=jobs["spark"]), depth=2)
    assert not crawl.broken
    assert not {address: page for address, page in crawl.elsewhere.items() if INSIDE.search(address)}
    seen = "\n".join(crawl.reached.values())
    port = urlsplit(home).port
    for page in (
        ":9870/dfshealth.html", ":9870/explorer.html", ":8088/cluster/apps", ":8088/cluster/nodes",
        ":19888/jobhistory/job/job_", ":8042/node", ":9864/datanode.html",
        f":8088/proxy/{jobs['running']}/executors/", f":18080/history/{jobs['spark']}/1/jobs/",
        f":8088/cluster/app/{jobs['running']}",
    ):  # fmt: skip
        of_daemon, slash, path = page.partition("/")
        assert f"--{of_daemon[1:]}.localhost:{port}{slash}{path}" in seen, page
    assert len(crawl.answers) > 200


@pytest.mark.shows("emr", "GetOnClusterAppUIPresignedURL")
def test_the_pages_are_what_they_should_be(installation: Installation, shared: str, jobs: dict[str, str]) -> None:
    for kind, options, words in (
        ("ResourceManager", {}, "All Applications"),
        ("ResourceManager", {"ApplicationId": jobs["running"]}, jobs["running"]),
        ("ApplicationMaster", {"ApplicationId": jobs["running"]}, "linger - Spark Jobs"),
        ("SparkHistoryServer", {"ApplicationId": jobs["spark"]}, "linger - Spark Jobs"),
        ("JobHistoryServer", {}, "JobHistory"),
    ):
        assert words in get(presigned(installation, shared, kind, **options)), (kind, options)


def test_logs_of_running_executors_open(installation: Installation, shared: str, jobs: dict[str, str]) -> None:
    running = jobs["running"]
    page = presigned(installation, shared, "ApplicationMaster", ApplicationId=running)
    executors = json.loads(get(f"{page}api/v1/applications/{running}/allexecutors"))
    logs = [url for each in executors for url in each["executorLogs"].values()]
    assert len(logs) >= 4
    for url in logs:
        assert url.startswith(ui(installation, shared))
    driver = next(each for each in executors if each["id"] == "driver")
    assert "lingering" in get(driver["executorLogs"]["stdout"])


def test_history_servers_know_what_ran(installation: Installation, shared: str, jobs: dict[str, str]) -> None:
    spark = presigned(installation, shared, "SparkHistoryServer")

    def known() -> bool:
        apps = {each["id"]: each["attempts"][0] for each in json.loads(get(spark + "api/v1/applications"))}
        return jobs["spark"] in apps and bool(apps[jobs["spark"]]["completed"])

    wait_for("the finished application", known)
    assert json.loads(get(f"{spark}api/v1/applications/{jobs['spark']}/1/jobs"))[0]["status"] == "SUCCEEDED"
    history = presigned(installation, shared, "JobHistoryServer")
    job = jobs["mapreduce"].replace("application", "job")
    found = json.loads(get(f"{history}ws/v1/history/mapreduce/jobs/{job}"))["job"]
    assert (found["state"], found["mapsCompleted"]) == ("SUCCEEDED", 2)


def test_files_in_hdfs_are_listed_and_read(installation: Installation, shared: str) -> None:
    master = installation.containers(shared, "MASTER")[0]
    installation.run_in(master, "bash", "-c", "echo from hdfs | hdfs dfs -put -f - /tmp/seen.txt")
    listed = get(ui(installation, shared))
    name_node = re.search(r'href="([^"]+/9870/)"', listed)
    assert name_node
    base = installation.emr.meta.endpoint_url + name_node[1]
    assert "seen.txt" in get(base + "webhdfs/v1/tmp?op=LISTSTATUS")
    # The NameNode sends the reader to a DataNode.
    assert get(base + "webhdfs/v1/tmp/seen.txt?op=OPEN") == "from hdfs\n"
