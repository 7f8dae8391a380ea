"""How the commands speak."""

import time

import botocore.exceptions
import pytest
import typer

from localemr.cli import webuis
from localemr.cli.console import columns, reported
from localemr.domain.model.application import Application, Service
from localemr.domain.model.records import CORE, MASTER, TASK
from localemr.installation.containers import Member
from localemr.problem import Problem
from localemr.settings import Settings
from localemr.webui.tickets import PARAMETER, Tickets


def test_columns_keep_every_cell_whole():
    rows = [("instance", "state"), ("ci-0123456789ABC", "RUNNING")]
    assert columns(rows) == ["  instance          state", "  ci-0123456789ABC  RUNNING"]


def cluster(cluster_id, *names):
    return {"Id": cluster_id, "Applications": [{"Name": name} for name in names]}


def test_web_pages_of_a_cluster_master_first_and_no_other_port():
    def member(instance, cluster, ports):
        return Member(instance, "running", {"localemr.cluster": cluster, "localemr.instance": instance}, ports, 0)

    members = [
        member("ci-core", "j-1", {8042: 1001, 9864: 1002}),
        member("ci-master", "j-1", {8088: 1003, 9870: 1004, 4444: 1005}),
        member("ci-other", "j-2", {8088: 1006}),
        Member("localemr-default-s3", "running", {"localemr.role": "s3"}, {9000: 4578}, 0),
    ]
    pages = "http://127.0.0.1:4577/_localemr/ui/j-1"
    assert webuis.addresses(Settings(), members, cluster("j-1")) == [
        ("HDFS NameNode", "ci-master", f"{pages}/ci-master/9870/"),
        ("YARN ResourceManager", "ci-master", f"{pages}/ci-master/8088/"),
        ("YARN NodeManager", "ci-core", f"{pages}/ci-core/8042/"),
        ("HDFS DataNode", "ci-core", f"{pages}/ci-core/9864/"),
    ]
    signed = webuis.addresses(Settings(access_keys="a:b"), members, cluster("j-1"))[0][2]
    ticket = signed.removeprefix(f"{pages}/ci-master/9870/?{PARAMETER}=")
    assert Tickets({"a": "b"}).good(ticket, "j-1", time.time())


@pytest.mark.parametrize("name", ["Presto", "Trino"])
def test_of_two_applications_with_one_port_the_clusters_own_is_shown(name):
    members = [Member("m", "running", {"localemr.cluster": "j-1", "localemr.instance": "ci-m"}, {8889: 32768}, 0)]
    pages = webuis.addresses(Settings(), members, cluster("j-1", name, "Spark"))
    assert pages == [(name, "ci-m", "http://127.0.0.1:4577/_localemr/ui/j-1/ci-m/8889/")]
    (service,) = webuis.services(members, cluster("j-1", name))
    assert service == (name, "ci-m", f"jdbc:{name.lower()}://127.0.0.1:32768/hive")


def test_services_are_shown_with_their_published_ports(monkeypatch):
    url = "jdbc:hive2://{host}:{port}/"
    subject = Application("Hive", services=(Service("HiveServer2", frozenset({MASTER}), 10000, url),))
    monkeypatch.setattr(webuis, "applications", lambda: {"Hive": subject})
    labels = {"localemr.cluster": "j-1", "localemr.instance": "ci-master"}
    members = [Member("m", "running", labels, {10000: 32768, 10001: 32769}, 0)]
    found = webuis.services(members, cluster("j-1", "Hive"))
    assert found == [("HiveServer2", "ci-master", "jdbc:hive2://127.0.0.1:32768/")]
    assert webuis.services(members, cluster("j-2", "Hive")) == []
    assert (subject.ports({MASTER}), subject.ports({CORE, TASK})) == ((10000,), ())


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (Problem("no [daemon] answers", "start it"), ["no [daemon] answers", "start it"]),
        (
            botocore.exceptions.ClientError({"Error": {"Code": "X", "Message": "does not fit"}}, "RunJobFlow"),
            ["RunJobFlow: does not fit"],
        ),
        (
            botocore.exceptions.ClientError({"Error": {"Code": "501", "Message": "<!DOCTYPE HTML>"}}, "ListClusters"),
            ["ListClusters: what answers is not LocalEMR (HTTP status 501)", "`localemr doctor`"],
        ),
        (botocore.exceptions.EndpointConnectionError(endpoint_url="http://here"), ["http://here", "localemr status"]),
    ],
)
def test_what_a_user_can_fix_is_reported_without_a_traceback(error, said, capsys):
    with pytest.raises(typer.Exit) as caught, reported():
        raise error
    assert caught.value.exit_code == 1
    text = capsys.readouterr().err
    assert [part for part in said if part not in text] == []


def test_our_own_mistakes_keep_their_traceback():
    with pytest.raises(KeyError), reported():
        raise KeyError("x")
