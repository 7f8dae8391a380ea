"""docs/kubernetes.md on the Kubernetes of LOCALEMR_TEST_KUBECONFIG: apply, boto3, upgrade, a machine lost, delete.

It is no part of `make test`: README.md has the commands. With LOCALEMR_TEST_SMALL, the folder of a small Kubernetes
with three machines, one of them is switched off.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from tests.kubernetes.installation import NAMESPACE, in_namespace, kubectl, machine_of, replace_controller
from tests.kubernetes.whole import BUCKET, Whole

KUBECONFIG = os.environ.get("LOCALEMR_TEST_KUBECONFIG", "")
SMALL = os.environ.get("LOCALEMR_TEST_SMALL", "")
GRACE = 16.0
"""The small Kubernetes' node-monitor-grace-period, in seconds (servers.py)."""
NOTICED = 5.0
ROLE = "localemr.note/role"
MANY, BATCHES = 30, 6
"""Steps, of which some batches fill a log (machines.py)."""
QUERIES = """\
create external table numbers (name string, value int) row format delimited fields terminated by ','
  location 's3://{bucket}/numbers/';
insert into numbers values ('a', 1), ('b', 3), ('a', 2);
insert overwrite directory 's3://{bucket}/totals/' row format delimited fields terminated by ','
  select name, sum(value) from numbers group by name;
"""

pytestmark = [
    pytest.mark.skipif(not KUBECONFIG, reason="LOCALEMR_TEST_KUBECONFIG names no Kubernetes"),
    pytest.mark.timeout(1200),
]


def pods(cluster: str) -> list[Any]:
    """The pods of a cluster."""
    found: list[Any] = json.loads(in_namespace("get", "pods", "-l", f"localemr.cluster={cluster}", "-o", "json"))[
        "items"
    ]
    return found


def test_a_step_runs_on_all_machines(whole: Whole) -> None:
    whole.step(1)
    machines = {each["spec"]["nodeName"] for each in pods(whole.cluster)}
    assert len(machines) == min(3, len(kubectl("get", "nodes", "-o", "name").split()))


def test_a_group_grows_and_shrinks(whole: Whole) -> None:
    groups = whole.emr.list_instance_groups(ClusterId=whole.cluster)["InstanceGroups"]
    (core,) = [each["Id"] for each in groups if each["InstanceGroupType"] == "CORE"]
    for count in (3, 2):
        change = {"InstanceGroupId": core, "InstanceCount": count}
        whole.emr.modify_instance_groups(ClusterId=whole.cluster, InstanceGroups=[change])
        whole.until(lambda count=count: len(whole.instances("RUNNING")) == count + 1, f"{count} core instances run")


def test_the_controller_is_replaced_while_a_step_runs(whole: Whole) -> None:
    step = whole.begin(2, pause=2.0)
    before = {each["metadata"]["uid"] for each in pods(whole.cluster)}
    in_namespace("rollout", "restart", "deployment/controller")
    in_namespace("rollout", "status", "deployment/controller", "--timeout=300s")
    assert whole.state_of(step) == "RUNNING"
    whole.ended(2, step)
    assert {each["metadata"]["uid"] for each in pods(whole.cluster)} == before


def test_the_controller_is_killed_while_a_step_runs(whole: Whole) -> None:
    step = whole.begin(3, pause=2.0)
    in_namespace("delete", "pod", "-l", "app=controller", "--grace-period=0", "--force")
    whole.ended(3, step)


def test_hive_reads_and_writes_a_table(whole: Whole) -> None:
    whole.hive("table", QUERIES.format(bucket=BUCKET))
    assert sorted(whole.text("totals/").split()) == ["a,3", "b,3"]


@pytest.mark.skipif(not SMALL, reason="LOCALEMR_TEST_SMALL names no small Kubernetes")
def test_a_log_that_the_kubelet_rotated_loses_nothing(whole: Whole) -> None:
    (master,) = [each for each in pods(whole.cluster) if each["metadata"]["annotations"][ROLE] == "MASTER"]
    name, machine = master["metadata"]["name"], master["spec"]["nodeName"]

    def files() -> set[str]:
        found = Path(SMALL, machine, "logs").glob(f"{NAMESPACE}_{name}_*/node/0.log*")
        return {f"{each.name} {each.stat().st_ino}" for each in found}

    before = files()
    for batch in range(BATCHES):  # how full the log was is not known
        whole.commands(f"many-{batch}", [["true"]] * MANY)
        if rotated := len(before & files()) < len(before):
            break
    assert rotated
    in_namespace("rollout", "restart", "deployment/controller")
    in_namespace("rollout", "status", "deployment/controller", "--timeout=300s")
    whole.commands("after", [["true"]] * 3)
    assert whole.state() == "WAITING" and len(whole.instances("RUNNING")) == 3


@pytest.mark.skipif(not SMALL, reason="LOCALEMR_TEST_SMALL names no small Kubernetes")
def test_a_machine_is_switched_off_while_a_step_runs(whole: Whole) -> None:
    # Not one of those without which no test goes on.
    replace_controller()
    kept = in_namespace("get", "pods", "-l", "app in (controller,s3)", "-o", "name").split()
    own = {machine_of(each.removeprefix("pod/")) for each in kept}
    victim = next(
        each
        for each in pods(whole.cluster)
        if each["metadata"]["annotations"][ROLE] == "CORE" and each["spec"]["nodeName"] not in own
    )
    lost, machine = victim["metadata"]["labels"]["localemr.instance"], victim["spec"]["nodeName"]
    step = whole.begin(4, pause=2.0)
    switch("off", machine)
    start = time.monotonic()
    whole.until(lambda: lost not in {each["Id"] for each in whole.instances("RUNNING")}, f"{machine}: instance lost")
    assert time.monotonic() - start < GRACE + NOTICED
    (ended,) = [each for each in whole.instances("TERMINATED") if each["Id"] == lost]
    assert f"its machine {machine} stopped answering" in ended["Status"]["StateChangeReason"]["Message"]
    whole.until(lambda: len(whole.instances("RUNNING")) == 3, "another instance runs in its place")
    whole.ended(4, step)
    switch("on", machine)
    kubectl("wait", "--for=condition=Ready", f"node/{machine}", "--timeout=120s")
    whole.step(5)


def switch(how: str, machine: str) -> None:
    """Switch a machine of the small Kubernetes."""
    command = [sys.executable, "-m", "tests.kubernetes", how, SMALL, "--machine", machine.removeprefix("m")]
    subprocess.run(command, cwd=Path(__file__).parents[2], check=True)
