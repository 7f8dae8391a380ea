"""Livy on a real cluster: batches, sessions in Python, Scala and SQL, and that nothing of them stays on YARN."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from tests.cluster.daemons import RESOURCEMANAGER, page
from tests.cluster.installation import Installation, cluster_request, wait_for
from tests.livy.server import Client

PORT = 8998
GOOD = """import sys
from pyspark.sql import SparkSession

spark = SparkSession.builder.getOrCreate()
spark.range(int(sys.argv[1])).write.parquet("s3://data/livy/made")
"""
CONFIGURATIONS = [{"Classification": "livy-conf", "Properties": {"livy.server.session.state-retain.sec": "60s"}}]


@pytest.fixture(scope="module")
def cluster(installation: Installation) -> Iterator[str]:
    """Id of a cluster with two workers: a driver in cluster mode takes the room for masters of one."""
    applications = [{"Name": name} for name in ("Hadoop", "Spark", "Livy")]
    request = cluster_request("livy", core=2, Applications=applications, Configurations=CONFIGURATIONS)
    with installation.running(request) as cluster_id:
        yield cluster_id


@pytest.fixture(scope="module")
def livy(installation: Installation, cluster: str) -> Client:
    """A client at the port that the master publishes on the host."""
    (master,) = installation.containers(cluster, "MASTER")
    return Client(f"http://127.0.0.1:{master.ports[f'{PORT}/tcp'][0]['HostPort']}")


@pytest.fixture(scope="module")
def session(livy: Client) -> Iterator[int]:
    made = livy.make("sessions", kind="pyspark", name="tests", executorMemory="600m", driverMemory="600m")
    livy.wait(f"/sessions/{made}", "idle")
    yield made
    livy.call("DELETE", f"/sessions/{made}")


def living(installation: Installation, cluster: str) -> list[str]:
    """Ids of all applications that run on the cluster's YARN."""
    (master,) = installation.containers(cluster, "MASTER")
    text = page(master, RESOURCEMANAGER, "/ws/v1/cluster/apps?states=NEW,NEW_SAVING,SUBMITTED,ACCEPTED,RUNNING")
    return [each["id"] for each in (json.loads(text)["apps"] or {}).get("app", [])]


def test_it_has_the_labels_api(livy: Client) -> None:
    assert livy.call("GET", "/version")[1]["version"] == "0.8.0-incubating"


def test_python(installation: Installation, cluster: str, livy: Client, session: int) -> None:
    seen = livy.call("GET", f"/sessions/{session}")[1]
    assert seen["appId"] in living(installation, cluster)
    assert livy.text(session, "sc._jsc.sc().deployMode(), sc.applicationId") == f"('cluster', '{seen['appId']}')"
    assert livy.text(session, "def f(n):\n    return n + 1\nsc.parallelize(range(3)).map(f).collect()") == "[1, 2, 3]"
    wrong = livy.run(session, "spark.read.text('s3://data/nowhere')")
    assert (wrong["status"], wrong["ename"]) == ("error", "AnalysisException") and "PATH_NOT_FOUND" in wrong["evalue"]


def test_scala_and_sql_share_its_session(livy: Client, session: int) -> None:
    livy.run(session, "spark.range(5).createOrReplaceTempView('numbers')")
    code = (
        'case class N(n: Long)\nval sum = spark.table("numbers").as[Long]\n  .map(n => N(n))\n  .map(_.n).reduce(_ + _)'
    )
    assert livy.text(session, code, "spark").strip().endswith("sum: Long = 10")
    assert livy.text(session, 'println("hi")', "spark") == "hi\n"
    wrong = livy.run(session, "nowhere", "spark")
    assert wrong["status"] == "error" and "not found: value nowhere" in wrong["evalue"]
    rows = livy.run(session, 'val rows = Seq(Map("a" -> 1))\n%json rows', "spark")
    assert rows["data"]["application/json"] == [{"a": 1}]
    answer = livy.run(session, "select max(id) m, 'x' s from numbers", "sql")["data"]["application/json"]
    assert answer["data"] == [[4, "x"]] and [each["name"] for each in answer["schema"]["fields"]] == ["m", "s"]
    found = livy.call("POST", f"/sessions/{session}/completion", {"code": "spark.ran", "kind": "spark", "cursor": 9})[1]
    assert any("range" in each for each in found["candidates"])


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        ("pyspark", "sc.parallelize(range(2), 2).map(lambda n: __import__('time').sleep(3000)).count()"),
        ("pyspark", "__import__('time').sleep(3000)"),
        ("spark", "sc.parallelize(1 to 2, 2).map(n => { Thread.sleep(3000000); n }).count()"),
        ("spark", "Thread.sleep(3000000)"),
    ],
)
def test_a_statement_is_cancelled(livy: Client, session: int, kind: str, code: str) -> None:
    path = livy.start(session, code, kind)
    livy.wait(path, "running")
    livy.call("POST", f"{path}/cancel")
    livy.wait(path, "cancelled")
    assert "2" in livy.text(session, "1 + 1", kind)


def test_batches(installation: Installation, cluster: str, livy: Client) -> None:
    installation.s3.put_object(Bucket="data", Key="livy/good.py", Body=GOOD.encode())
    sizes = {"driverMemory": "600m", "executorMemory": "600m"}
    good = livy.make("batches", file="s3://data/livy/good.py", args=["10"], **sizes)
    bad = livy.make("batches", file="s3://data/livy/good.py", args=["ten"], **sizes)
    assert livy.wait(f"/batches/{good}", "success", "dead")["state"] == "success"
    assert livy.wait(f"/batches/{bad}", "success", "dead")["state"] == "dead"
    assert installation.s3.list_objects_v2(Bucket="data", Prefix="livy/made/_SUCCESS")["KeyCount"] == 1
    log = livy.call("GET", f"/batches/{bad}/log?size=-1")[1]["log"]
    assert log[0] == "stdout: " and any("YARN Diagnostics" in line for line in log)


def test_an_idle_session_ends(installation: Installation, cluster: str, livy: Client) -> None:
    made = livy.make("sessions", kind="sql", ttl="5s", driverMemory="600m", executorMemory="600m")
    application = wait_for("its application", lambda: livy.call("GET", f"/sessions/{made}")[1].get("appId"))
    wait_for("its end", lambda: livy.call("GET", f"/sessions/{made}")[0] == 404)
    wait_for("YARN's end of it", lambda: application not in living(installation, cluster))


def test_nothing_stays_on_yarn_when_the_server_is_killed(
    installation: Installation, cluster: str, livy: Client
) -> None:
    (master,) = installation.containers(cluster, "MASTER")
    made = livy.make("sessions", kind="pyspark", driverMemory="600m", executorMemory="600m")
    application = wait_for("its application", lambda: livy.call("GET", f"/sessions/{made}")[1].get("appId"))
    installation.run_in(master, "pkill", "-KILL", "-u", "livy", "-f", "localemr_livy.server", user="root")
    wait_for("YARN's end of all", lambda: living(installation, cluster) == [])
    wait_for("the next server", lambda: _total(livy) == 0)
    assert application not in living(installation, cluster)


def _total(livy: Client) -> int | None:
    try:
        return int(livy.call("GET", "/sessions")[1]["total"])
    except OSError:
        return None


def test_its_logs_are_sent(installation: Installation, cluster: str) -> None:
    listed = installation.emr.list_instances(ClusterId=cluster, InstanceGroupTypes=["MASTER"])["Instances"]
    key = f"{cluster}/node/{listed[0]['Ec2InstanceId']}/applications/livy/livy-server.out.gz"
    installation.wait_log(key, "starting session 0")
