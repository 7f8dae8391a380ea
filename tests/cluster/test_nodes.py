"""What docs/nodes.md says of a node, on the shared cluster."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from tests.cluster.installation import Installation

PAGE = Path(__file__).parents[2] / "docs/nodes.md"
BARE = ["env", "-i", "PATH=/usr/local/bin:/usr/bin:/bin"]


def documented_paths() -> list[str]:
    """The paths in the first column of the page's first table."""
    table = PAGE.read_text().partition("## Paths")[2].partition("In HDFS:")[0]
    return [
        path
        for line in table.splitlines()
        for path in re.findall(r"`(/[^`]+)`", line.split("|")[1] if "|" in line else "")
    ]


def fetch(installation: Installation, container: Any, path: str, *options: str) -> str:
    url = f"http://169.254.169.254/latest/{path}"
    return installation.run_in(container, "curl", "-sS", "--max-time", "5", *options, url)


def test_every_documented_path_is_on_every_node(installation: Installation, shared: str) -> None:
    paths = documented_paths()
    assert len(paths) > 40
    for container in installation.containers(shared):
        look = "for path; do [ -e $path ] || echo $path; done"
        assert installation.run_in(container, "bash", "-c", look, "look", *paths, user="root") == ""


def test_hdfs_has_emrs_folders(installation: Installation, shared: str) -> None:
    folders = re.findall(r"`(/[^`]+)`", PAGE.read_text().partition("In HDFS:")[2].partition("\n\n")[0])
    master = installation.containers(shared, "MASTER")[0]
    assert len(folders) == 6
    installation.run_in(master, "hdfs", "dfs", "-ls", "-d", *folders)


def test_the_metadata_service_tells_each_node_who_it_is(installation: Installation, shared: str) -> None:
    listed = {each["PrivateIpAddress"]: each for each in installation.emr.list_instances(ClusterId=shared)["Instances"]}
    for container in installation.containers(shared):
        instance = listed[fetch(installation, container, "meta-data/local-ipv4")]
        assert fetch(installation, container, "meta-data/instance-id") == instance["Ec2InstanceId"]
        assert fetch(installation, container, "meta-data/instance-type") == instance["InstanceType"]
        assert fetch(installation, container, "meta-data/local-hostname") == instance["PrivateDnsName"]
        assert fetch(installation, container, "meta-data/placement/region") == "us-east-1"
        identity = json.loads(fetch(installation, container, "dynamic/instance-identity/document"))
        assert (identity["instanceId"], identity["availabilityZone"]) == (instance["Ec2InstanceId"], "us-east-1a")
        assert json.loads(fetch(installation, container, "user-data"))["clusterId"] == shared


def test_tokens_work_as_imdsv2_has_them(installation: Installation, shared: str) -> None:
    core = installation.containers(shared, "CORE")[0]
    token = fetch(installation, core, "api/token", "-X", "PUT", "-H", "X-aws-ec2-metadata-token-ttl-seconds: 60")
    header = f"X-aws-ec2-metadata-token: {token}"
    assert fetch(installation, core, "meta-data/iam/security-credentials/", "-H", header) == "EMR_EC2_DefaultRole"
    code = fetch(
        installation,
        core,
        "meta-data/ami-id",
        "-H",
        "X-aws-ec2-metadata-token: x",
        "-o",
        "/dev/null",
        "-w",
        "%{http_code}",
    )
    assert code == "401"


def test_boto3_and_the_cli_need_no_configuration(installation: Installation, shared: str) -> None:
    master = installation.containers(shared, "MASTER")[0]
    code = """import boto3
session = boto3.Session()
print(session.get_credentials().method, session.region_name, session.client("s3").list_buckets()["Buckets"])"""
    for user, home in (("hadoop", "/home/hadoop"), ("root", "/root")):
        said = installation.run_in(master, *BARE, f"HOME={home}", "python3", "-c", code, user=user)
        assert said.startswith("iam-role us-east-1 ") and "'data'" in said
    assert "data" in installation.run_in(master, "sudo", "aws", "s3", "ls")


def test_boto3_in_yarn_containers_finds_s3(installation: Installation, shared: str) -> None:
    script = """import boto3
from pyspark.sql import SparkSession
spark = SparkSession.builder.getOrCreate()
look = lambda _: [each["Name"] for each in boto3.client("s3").list_buckets()["Buckets"]]
print("seen", spark.sparkContext.parallelize([1], 1).flatMap(look).collect())
"""
    installation.s3.put_object(Bucket="data", Key="scripts/buckets.py", Body=script.encode())
    step_id = installation.add_step(shared, "spark-submit", "s3://data/scripts/buckets.py")
    installation.wait_step(shared, step_id, "COMPLETED")
    out = installation.step_log(shared, step_id)
    assert "seen [" in out and "'data'" in out


def test_provisioning_is_shown_as_scripts_look_for_it(installation: Installation, shared: str) -> None:
    """The loop of AWS's recipe for work after provisioning."""
    file = "/emr/instance-controller/lib/info/job-flow-state.txt"
    recipe = (
        f"sed '/localInstance {{/{{:1; /}}/!{{N; b1}}; /nodeProvision/p}}; d' {file}"
        " | sed '/nodeProvisionCheckinRecord {/{:1; /}/!{N; b1}; /status/p}; d' | awk '/SUCCESSFUL/' | xargs"
    )
    for container in installation.containers(shared):
        assert installation.run_in(container, "bash", "-c", recipe).strip() == "status: SUCCESSFUL"
        role = json.loads(
            installation.run_in(container, "cat", "/mnt/var/lib/instance-controller/extraInstanceData.json")
        )
        assert role["instanceRole"].upper() == container.labels["localemr.role"]


def test_scripts_may_call_the_jars_themselves(installation: Installation, shared: str) -> None:
    master = installation.containers(shared, "MASTER")[0]
    runner = "/var/lib/aws/emr/step-runner/hadoop-jars/command-runner.jar"
    assert installation.run_in(master, "hadoop", "jar", runner, "bash", "-c", "echo $0 ran", "it") == "it ran\n"
    code, _ = master.exec_run(["hadoop", "jar", runner, "bash", "-c", "exit 7"], user="hadoop")
    assert code == 7
    assert "--srcPattern" in installation.run_in(
        master, "hadoop", "jar", "/home/hadoop/lib/emr-s3distcp-1.0.jar", "--help"
    )


def test_the_aws_tools_are_compiled(installation: Installation, shared: str) -> None:
    core = installation.containers(shared, "CORE")[0]
    shown = installation.run_in(core, "bash", "-c", "python3 -B -v -c 'import awscli.clidriver, boto3, minio' 2>&1")
    loaded = re.findall(r"^# code object from '?(.+?)'?$", shown, re.MULTILINE)
    packages = [path for path in loaded if "/dist-packages/" in path]
    assert len(packages) > 100
    assert not [path for path in packages if not path.endswith(".pyc")]


def test_others_know_the_master_by_their_own_hosts_file(installation: Installation, shared: str) -> None:
    (master,) = installation.emr.list_instances(ClusterId=shared, InstanceGroupTypes=["MASTER"])["Instances"]
    hosts = installation.run_in(installation.containers(shared, "CORE")[0], "cat", "/etc/hosts").splitlines()
    assert [master["PrivateIpAddress"], master["PrivateDnsName"]] in [line.split() for line in hosts]
