"""Hive on Tez on a real cluster: scripts as steps, tables that Spark shares, faults. One cluster for all."""

from __future__ import annotations

from typing import Any

import pytest

from tests.cluster.daemons import pid
from tests.cluster.installation import SCRIPTS, Installation, cluster_request
from tests.waiting import wait_for

ORDERS = "".join(f"{n}\t{'grün' if n % 3 else '日本'}\t{n}.25\t2024-02-29 12:00:0{n % 10}\n" for n in range(1, 100))
HALF = 33 * 0.25
TOTALS = (
    f"grün,66,{sum(n for n in range(1, 100) if n % 3) + 66 * 0.25:.2f}\n日本,33,{sum(range(3, 100, 3)) + HALF:.2f}\n"
)
SCRIPT = "s3://data/hive/orders.q"
OLD_RUNNER = "s3://us-east-1.elasticmapreduce/libs/script-runner/script-runner.jar"
OLD_SCRIPT = "s3://us-east-1.elasticmapreduce/libs/hive/hive-script"
BEELINE = ("beeline", "--silent=true", "--showHeader=false", "--outputformat=tsv2", "-n", "hadoop", "-u")
SERVER = "jdbc:hive2://localhost:10000/"
COMPACTING = {
    "hive.compactor.initiator.on": "true",
    "hive.compactor.worker.threads": "1",
    "hive.compactor.check.interval": "2s",
}
ACID = "set hive.support.concurrency=true; set hive.txn.manager=org.apache.hadoop.hive.ql.lockmgr.DbTxnManager;"


@pytest.fixture(scope="module")
def hive(installation: Installation) -> str:
    """Id of a cluster with Hive and Spark, a master and a core instance."""
    s3 = installation.s3
    s3.upload_file(str(SCRIPTS / "orders.q"), "data", "hive/orders.q")
    s3.put_object(Bucket="data", Key="hive/in/orders.tsv", Body=ORDERS.encode())
    request = cluster_request("hive", Applications=[{"Name": "Hive"}, {"Name": "Spark"}])
    request["Configurations"] = [{"Classification": "hive-site", "Properties": COMPACTING}]
    cluster_id = str(installation.emr.run_job_flow(**request)["JobFlowId"])
    installation.wait_state(cluster_id, "WAITING")
    return cluster_id


@pytest.fixture(scope="module")
def master(installation: Installation, hive: str) -> Any:
    """The master's container."""
    return installation.containers(hive, "MASTER")[0]


def script(output: str) -> tuple[str, ...]:
    """Arguments of hive for the script."""
    return ("-f", SCRIPT, "-d", "INPUT=s3://data/hive/in/", "-d", f"OUTPUT=s3://data/hive/{output}/")


def written(installation: Installation, output: str) -> str:
    """The text of all files below s3://data/hive/<output>/."""
    found = installation.s3.list_objects_v2(Bucket="data", Prefix=f"hive/{output}/").get("Contents", [])
    bodies = [installation.s3.get_object(Bucket="data", Key=each["Key"])["Body"].read() for each in found]
    return b"".join(bodies).decode()


def query(installation: Installation, master: Any, sql: str) -> str:
    """What HiveServer2 answers to statements, the last one's rows with tabs between the columns."""
    code, output = master.exec_run([*BEELINE, SERVER, "-e", sql], user="hadoop", demux=True)
    assert code == 0, (output[1] or b"").decode()
    return (output[0] or b"").decode().strip()


def test_only_what_was_asked_for_is_shown(installation: Installation, hive: str) -> None:
    shown = {each["Name"]: each["Version"] for each in installation.cluster(hive)["Applications"]}
    assert shown == {"Hive": "3.1.3", "Spark": "3.5.6"}


@pytest.mark.parametrize("form", ["command-runner", "script-runner"])
def test_a_script_on_s3_reads_and_writes_s3(installation: Installation, hive: str, form: str) -> None:
    if form == "command-runner":
        step = installation.add_step(hive, "hive-script", "--run-hive-script", "--args", *script(form))
    else:
        old = (OLD_SCRIPT, "--base-path", "s3://us-east-1.elasticmapreduce/libs/hive/", "--hive-versions", "latest")
        step = installation.add_step(hive, *old, "--run-hive-script", "--args", *script(form), jar=OLD_RUNNER)
    installation.wait_step(hive, step, "COMPLETED")
    assert written(installation, form) == TOTALS
    applications = installation.emr.describe_step(ClusterId=hive, StepId=step)["Step"]
    assert applications["Status"]["State"] == "COMPLETED"


def test_a_failing_statement_is_told_in_hives_words(installation: Installation, hive: str) -> None:
    step = installation.add_step(hive, "hive", "-e", "select * from missing")
    failure = installation.wait_step(hive, step, "FAILED")["FailureDetails"]
    assert "FAILED: SemanticException" in failure["Message"]
    assert "Table not found 'missing'" in failure["Message"]


def test_spark_and_hive_read_what_the_other_wrote(installation: Installation, hive: str, master: Any) -> None:
    columns = "(id int, name string, price decimal(10,2), at timestamp)"
    rows = (
        "(1, 'grün', 1.25, cast('2024-02-29 12:00:00.5' as timestamp)), (2, null, null, null), "
        "(3, '日本', 99999999.99, cast('1999-12-31 23:59:59' as timestamp))"
    )

    def made_by(engine: str) -> str:
        return ";".join(
            f"drop table if exists by_{engine}_{format}; "
            f"create table by_{engine}_{format} {columns} stored as {format}; "
            f"insert into by_{engine}_{format} values {rows}"
            for format in ("orc", "parquet")
        )

    query(installation, master, made_by("hive"))
    read = "select count(*), count(name), sum(price), max(at), min(name) from "
    reads = ";".join(f"{read}by_hive_{format}" for format in ("orc", "parquet"))
    step = installation.add_step(hive, "spark-sql", "-e", f"{made_by('spark')};{reads}")
    installation.wait_step(hive, step, "COMPLETED")
    stdout = installation.run_in(master, "cat", f"/mnt/var/log/hadoop/steps/{step}/stdout", user="root")
    wanted = "3\t2\t100000001.24\t2024-02-29 12:00:00.5\tgrün"
    assert stdout.splitlines()[-2:] == [wanted, wanted]
    for format in ("orc", "parquet"):
        assert query(installation, master, f"{read}by_spark_{format}") == wanted


def test_partitions_joins_and_windows(installation: Installation, hive: str, master: Any) -> None:
    query(installation, master, "set hive.exec.dynamic.partition.mode=nonstrict; drop table if exists parts; "
          "create table parts (id int) partitioned by (k string) stored as parquet; "
          "insert into parts partition (k) select pos, concat('k', pos % 3) from "
          "(select posexplode(split(space(8), ' ')) as (pos, x)) numbers")  # fmt: skip
    assert query(installation, master, "show partitions parts").split() == ["k=k0", "k=k1", "k=k2"]
    ranked = "select k, id, row_number() over (partition by k order by id desc) r from parts"
    joined = f"select a.k, a.id, count(*) from ({ranked}) a join parts b on a.k = b.k where r = 1 group by a.k, a.id"
    assert query(installation, master, f"{joined} order by k") == "k0\t6\t3\nk1\t7\t3\nk2\t8\t3"
    on_mapreduce = f"set hive.execution.engine=mr; {joined} order by k"
    assert query(installation, master, on_mapreduce) == "k0\t6\t3\nk1\t7\t3\nk2\t8\t3"


def test_transactions_and_compaction(installation: Installation, hive: str, master: Any) -> None:
    query(installation, master, f"{ACID} drop table if exists acid; create table acid (id int, v string) stored as orc "
          "tblproperties ('transactional'='true'); insert into acid values (1, 'a'), (2, 'b'); "
          "insert into acid values (3, 'c'); update acid set v = 'B' where id = 2; delete from acid where id = 1; "
          "alter table acid compact 'major'")  # fmt: skip
    wait_for(
        "a base", lambda: "base_" in installation.run_in(master, "hdfs", "dfs", "-ls", "/user/hive/warehouse/acid"), 120
    )
    assert query(installation, master, f"{ACID} select * from acid order by id") == "2\tB\n3\tc"


def test_a_wrong_statement_is_an_error_and_the_session_goes_on(
    installation: Installation, hive: str, master: Any
) -> None:
    code, output = master.exec_run([*BEELINE, SERVER, "-e", "select nonsense from nowhere"], user="hadoop")
    assert code != 0
    assert "Table not found 'nowhere'" in output.decode()
    assert query(installation, master, "select 1 + 1") == "2"


@pytest.mark.parametrize("daemon", ["metastore", "hiveserver2"])
def test_a_killed_daemon_is_started_again(installation: Installation, hive: str, master: Any, daemon: str) -> None:
    before = pid(installation, master, daemon)
    installation.run_in(master, "kill", "-9", before, user="root")

    def again() -> bool:
        code, output = master.exec_run([*BEELINE, SERVER, "-e", "show databases"], user="hadoop")
        return code == 0 and "default" in output.decode()

    wait_for(f"{daemon} again", again, 120)
    assert pid(installation, master, daemon) != before


def test_a_cancelled_step_leaves_nothing_on_yarn(installation: Installation, hive: str, master: Any) -> None:
    endless = "select count(*) from (select reflect('java.lang.Thread', 'sleep', cast(600000 as bigint))) t"
    step = installation.add_step(hive, "hive", "-e", endless)
    asked = f"localhost:8088/ws/v1/cluster/apps?states=RUNNING&applicationTags=step-{step.lower()}"
    wait_for("its application", lambda: "application_" in installation.run_in(master, "curl", "-s", asked), 90)
    installation.emr.cancel_steps(ClusterId=hive, StepIds=[step])
    installation.wait_step(hive, step, "CANCELLED")
    assert "application_" not in installation.run_in(master, "curl", "-s", asked)
