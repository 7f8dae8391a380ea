"""HBase on a real cluster: tables by the shell, MapReduce over them, region servers that are lost or leave."""

from __future__ import annotations

import base64
import json
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest

from tests.cluster.daemons import page
from tests.cluster.groups import group, wait_running
from tests.cluster.installation import Installation, cluster_request, wait_for

MASTER_UI, SERVER_UI = 16010, 16030
REGIONS = "/jmx?qry=Hadoop:service=HBase,name=RegionServer,sub=Server"
SERVERS = "/jmx?qry=Hadoop:service=HBase,name=Master,sub=Server"
ROWS = 400
TABLE = f"""create 'numbers', 'f', SPLITS => ['3', '6']
{ROWS}.times {{ |n| put 'numbers', "#{{n % 10}}-#{{n}}", 'f:n', n.to_s }}
scan 'numbers', {{LIMIT => 1}}
"""
HANDLER = "stored by 'org.apache.hadoop.hive.hbase.HBaseStorageHandler' with serdeproperties"
HIVE = f"""
create external table numbers (key string, n int) {HANDLER} ('hbase.columns.mapping' = ':key,f:n');
create external table names (n int, name string) row format delimited fields terminated by ','
  location 's3://data/hbase/names/';
create table made (digit string, total bigint) {HANDLER} ('hbase.columns.mapping' = ':key,f:total')
  tblproperties ('hbase.table.name' = 'made');
insert into made select substr(key, 1, 1), sum(n) from numbers group by substr(key, 1, 1);
select count(*), sum(numbers.n), max(name) from numbers join names on numbers.n = names.n;
"""


@pytest.fixture(scope="module")
def cluster(installation: Installation) -> Iterator[str]:
    """Id of a cluster with HBase and Hive, two core instances and a table of three regions."""
    settings = [{"Classification": "hbase-site", "Properties": {"zookeeper.session.timeout": "15000"}}]
    applications = [{"Name": "HBase"}, {"Name": "Hive"}]
    request = cluster_request("hbase", core=2, Applications=applications, Configurations=settings)
    with installation.running(request) as cluster_id:
        assert shell(installation, cluster_id, TABLE).count("value=0") == 1
        yield cluster_id


def shell(installation: Installation, cluster: str, script: str, state: str = "COMPLETED") -> str:
    """What the shell prints for a script in a step; the step's Message where it fails."""
    installation.s3.put_object(Bucket="data", Key="hbase/script.rb", Body=script.encode())
    command = "aws s3 cp --quiet s3://data/hbase/script.rb . && hbase shell -n script.rb"
    step = installation.add_step(cluster, "bash", "-c", command)
    seen = installation.wait_step(cluster, step, state)
    return seen["FailureDetails"]["Message"] if state == "FAILED" else installation.step_log(cluster, step)


def read(installation: Installation, cluster: str, path: str) -> list[dict[str, Any]]:
    """The rows that the REST server gives for a path."""
    (master,) = installation.containers(cluster, "MASTER")
    port = wait_for("REST's port", lambda: master.ports.get("8070/tcp"))[0]["HostPort"]
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", headers={"Accept": "application/json"})
    with urllib.request.urlopen(request, timeout=300) as answer:
        return list(json.load(answer)["Row"])


def rows(installation: Installation, cluster: str, table: str = "numbers") -> int:
    """The number of a table's rows."""
    return len({each["key"] for each in read(installation, cluster, f"/{table}/*")})


def decoded(text: str) -> str:
    """What REST gives of a key or a value."""
    return base64.b64decode(text).decode()


def servers(installation: Installation, cluster: str) -> dict[str, Any]:
    """What HBase's master says of its region servers; empty while it does not."""
    (master,) = installation.containers(cluster, "MASTER")
    beans = json.loads(page(master, MASTER_UI, SERVERS) or "{}").get("beans", [])
    return dict(beans[0]) if beans else {}


def alive(installation: Installation, cluster: str) -> int:
    """The number of its live region servers."""
    return int(servers(installation, cluster).get("numRegionServers", 0))


def regions(installation: Installation, cluster: str, host: str) -> int:
    """The number of regions of the server on this host."""
    for core in installation.containers(cluster, "CORE"):
        if installation.run_in(core, "hostname", "-f").strip() == host:
            beans = json.loads(page(core, SERVER_UI, REGIONS) or "{}").get("beans", [])
            return int(beans[0]["regionCount"]) if beans else 0
    return 0


def test_mapreduce_counts_the_rows(installation: Installation, cluster: str) -> None:
    step = installation.add_step(cluster, "hbase", "rowcounter", "numbers")
    installation.wait_step(cluster, step, "COMPLETED")
    log = installation.step_log(cluster, step, "stderr")
    assert int(log.split("ROWS=")[1].split()[0]) == ROWS


def test_a_table_goes_to_s3_and_back(installation: Installation, cluster: str) -> None:
    out = installation.add_step(cluster, "hbase", "export", "numbers", "s3://data/hbase/exported")
    installation.wait_step(cluster, out, "COMPLETED")
    shell(installation, cluster, "create 'copy', 'f'")
    back = installation.add_step(cluster, "hbase", "import", "copy", "s3://data/hbase/exported")
    installation.wait_step(cluster, back, "COMPLETED")
    assert rows(installation, cluster, "copy") == ROWS


def test_hive_reads_and_writes_its_tables(installation: Installation, cluster: str) -> None:
    names = "".join(f"{number},name {number}\n" for number in range(0, ROWS, 7))
    installation.s3.put_object(Bucket="data", Key="hbase/names/part", Body=names.encode())
    installation.s3.put_object(Bucket="data", Key="hbase/tables.q", Body=HIVE.encode())
    script = ("hive-script", "--run-hive-script", "--args", "-f", "s3://data/hbase/tables.q")
    step = installation.add_step(cluster, *script)
    installation.wait_step(cluster, step, "COMPLETED")
    named = range(0, ROWS, 7)
    assert installation.step_log(cluster, step).splitlines()[-1] == f"{len(named)}\t{sum(named)}\tname 98"
    made = {decoded(each["key"]): decoded(each["Cell"][0]["$"]) for each in read(installation, cluster, "/made/*")}
    assert made == {str(digit): str(sum(range(digit, ROWS, 10))) for digit in range(10)}


def test_a_failed_command_says_why(installation: Installation, cluster: str) -> None:
    assert "Unknown table nowhere" in shell(installation, cluster, "scan 'nowhere'", "FAILED")


def test_rest_answers_the_host(installation: Installation, cluster: str) -> None:
    (row,) = read(installation, cluster, "/numbers/7-7")
    assert row["Cell"][0]["$"] == "Nw=="


def test_a_lost_region_server_loses_no_rows(installation: Installation, cluster: str) -> None:
    wait_for("two region servers", lambda: alive(installation, cluster) == 2)
    before = servers(installation, cluster)["tag.liveRegionServers"]
    core = installation.containers(cluster, "CORE")[0]
    installation.run_in(core, "pkill", "-KILL", "-f", "java -Dproc_regionserver", user="root")

    def other_servers() -> bool:
        seen = servers(installation, cluster)
        return seen.get("numRegionServers") == 2 and seen["tag.liveRegionServers"] != before

    wait_for("another one in its place", other_servers)
    assert rows(installation, cluster) == ROWS


def test_region_servers_come_and_go_with_instances(installation: Installation, cluster: str) -> None:
    listed = installation.emr.list_instance_groups(ClusterId=cluster)["InstanceGroups"]
    core = next(each["Id"] for each in listed if each["InstanceGroupType"] == "CORE")

    def resize(count: int) -> None:
        change = [{"InstanceGroupId": core, "InstanceCount": count}]
        installation.emr.modify_instance_groups(ClusterId=cluster, InstanceGroups=change)
        wait_running(installation, cluster, core, count)
        wait_for(f"{count} region servers", lambda: alive(installation, cluster) == count)

    resize(3)
    newest = installation.emr.list_instances(ClusterId=cluster, InstanceGroupId=core)["Instances"]
    last = max(newest, key=lambda each: each["Status"]["Timeline"]["CreationDateTime"])
    shell(installation, cluster, "balancer 'force'")
    wait_for("its regions", lambda: regions(installation, cluster, last["PrivateDnsName"]))
    resize(2)
    log = f"{cluster}/node/{last['Ec2InstanceId']}/applications/hbase/hbase-regionserver-leave.out.gz"
    installation.wait_log(log, "Moved Region")
    assert rows(installation, cluster) == ROWS


def test_a_wrong_property_is_reported_in_hbases_words(installation: Installation, cluster: str) -> None:
    listed = installation.emr.list_instance_groups(ClusterId=cluster)["InstanceGroups"]
    core = next(each["Id"] for each in listed if each["InstanceGroupType"] == "CORE")
    wrong = {"Classification": "hbase-site", "Properties": {"hbase.regionserver.port": "none"}}
    change: dict[str, Any] = {"InstanceGroupId": core, "ReconfigurationType": "MERGE", "Configurations": [wrong]}
    installation.emr.modify_instance_groups(ClusterId=cluster, InstanceGroups=[change])

    def rolled_back() -> str:
        seen = group(installation, cluster, core)["Status"]
        message = str(seen["StateChangeReason"].get("Message", ""))
        return message if seen["State"] == "RUNNING" and "rolled back" in message else ""

    message = wait_for("the former configurations", rolled_back)
    assert "hbase-regionserver on i-" in message and 'For input string: "none"' in message
    wait_for("the region servers", lambda: alive(installation, cluster) == 2)


def test_its_logs_are_sent(installation: Installation, cluster: str) -> None:
    listed = installation.emr.list_instances(ClusterId=cluster, InstanceGroupTypes=["MASTER"])["Instances"]
    folder = f"{cluster}/node/{listed[0]['Ec2InstanceId']}/applications/hbase/"
    wait_for("HBase's logs", lambda: [key for key in installation.keys(folder) if "hbase-hbase-master-" in key])


def test_zookeeper_alone(installation: Installation) -> None:
    settings = [{"Classification": "zookeeper-config", "Properties": {"maxClientCnxns": "77"}}]
    request = cluster_request("zookeeper", core=0, Applications=[{"Name": "ZooKeeper"}], Configurations=settings)
    with installation.running(request) as cluster_id:
        (master,) = installation.containers(cluster_id, "MASTER")
        installation.run_in(master, "zookeeper-client", "-server", "localhost:2181", "create", "/made", "here")
        seen = installation.run_in(master, "zookeeper-client", "-server", "localhost:2181", "get", "/made")
        assert "here" in seen
        assert "maxClientCnxns=77\n" in installation.run_in(master, "cat", "/etc/zookeeper/conf/zoo.cfg")
