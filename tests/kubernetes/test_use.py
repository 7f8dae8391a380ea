"""What people and programs use of a cluster on Kubernetes: commands, web pages, AWS's services, the metadata service.

It shares the cluster of test_installation.py.
"""

from __future__ import annotations

import json
import os
import urllib.request
from typing import Any

import pytest

from tests.kubernetes.installation import localemr
from tests.kubernetes.whole import Whole

pytestmark = [
    pytest.mark.skipif("LOCALEMR_TEST_KUBECONFIG" not in os.environ, reason="it names no Kubernetes"),
    pytest.mark.timeout(600),
]
NOTICE = "/latest/meta-data/spot/instance-action"
CREDENTIALS = "import boto3; print(boto3.Session().get_credentials().method)"
WITHOUT_KEYS = "env -u AWS_ACCESS_KEY_ID -u AWS_SECRET_ACCESS_KEY python3 -c"
"""A program whose environment has no keys, as with `sudo -i`."""


def inside(whole: Whole, command: str, *options: str) -> str:
    """What a command prints on an instance, without blanks around it."""
    return localemr("ssh", whole.cluster, *options, "--", command).strip()


def get(url: str) -> Any:
    """A JSON document."""
    # A page's ticket becomes a cookie.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), urllib.request.HTTPCookieProcessor())
    with opener.open(url, timeout=30) as answer:
        return json.load(answer)


def test_status_and_pages(whole: Whole) -> None:
    shown = localemr("status")
    assert whole.cluster in shown and "3 of 3 pods of instances running" in shown
    (page,) = [word for word in shown.split() if "/8088/" in word]
    metrics = get(page.replace("/8088/", "/8088/ws/v1/cluster/metrics"))
    assert metrics["clusterMetrics"]["activeNodes"] == 2


def test_a_shell_and_logs(whole: Whole) -> None:
    assert inside(whole, "hostname -f").endswith(".ec2.internal")
    assert inside(whole, "hdfs dfsadmin -report -live").count("Decommission Status : Normal") == 2
    whole.step(7)
    step = whole.emr.list_steps(ClusterId=whole.cluster)["Steps"][0]["Id"]
    assert "SUCCEEDED" in localemr("logs", whole.cluster, step)
    assert localemr("logs", "--controller")
    assert "ready on" in localemr("doctor")


def test_emr_is_reached_from_inside(whole: Whole) -> None:
    found = inside(whole, "aws emr list-clusters --active --query 'Clusters[].Id' --output text")
    assert found == whole.cluster


def test_a_spot_notice_reaches_its_instance(whole: Whole) -> None:
    group = {"InstanceRole": "TASK", "InstanceType": "m5.xlarge", "InstanceCount": 1, "Market": "SPOT"}
    whole.emr.add_instance_groups(JobFlowId=whole.cluster, InstanceGroups=[group])
    (found,) = whole.until(lambda: spot(whole), "a spot instance runs")
    read = f"curl -s -o /dev/null -w '%{{http_code}}' $AWS_EC2_METADATA_SERVICE_ENDPOINT{NOTICE}"
    assert inside(whole, read, "--instance", found["Id"]) == "404"
    assert inside(whole, f"{WITHOUT_KEYS} '{CREDENTIALS}'", "--instance", found["Id"]) == "iam-role"
    localemr("interrupt", whole.cluster, "--instance", found["Id"], "--notice", "60")
    read = f"curl -s $AWS_EC2_METADATA_SERVICE_ENDPOINT{NOTICE}"
    whole.until(lambda: '"terminate"' in inside(whole, read, "--instance", found["Id"]), "it has the notice")
    whole.until(lambda: [each for each in spot(whole) if each["Id"] != found["Id"]], "another one runs in its place")
    (ended,) = [each for each in whole.instances("TERMINATED") if each["Id"] == found["Id"]]
    assert "Server.SpotInstanceTermination" in ended["Status"]["StateChangeReason"]["Message"]
    groups = whole.emr.list_instance_groups(ClusterId=whole.cluster)["InstanceGroups"]
    (task,) = [each["Id"] for each in groups if each["InstanceGroupType"] == "TASK"]
    change = {"InstanceGroupId": task, "InstanceCount": 0}
    whole.emr.modify_instance_groups(ClusterId=whole.cluster, InstanceGroups=[change])
    whole.until(lambda: not spot(whole), "none is left")


def spot(whole: Whole) -> list[Any]:
    """The spot instances that run."""
    return [each for each in whole.instances("RUNNING") if each.get("Market") == "SPOT"]
