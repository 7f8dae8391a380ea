"""Hive on a real cluster: scripts on S3, tables shared with Spark, failures, and its daemons' faults."""

from __future__ import annotations

import csv
import io
from base64 import b64decode
from typing import Any

import pytest
from pyhive import exc

from localemr.images import plan
from tests.cluster.daemons import applications, check_cancelled, pid
from tests.cluster.hive.server import connect
from tests.cluster.installation import Installation
from tests.waiting import wait_for

RUNNER = "command-runner.jar"
LIBS = "s3://us-east-1.elasticmapreduce/libs"
FORMS = {
    "command-runner": (RUNNER, "hive-script", "--run-hive-script", "--args"),
    "script-runner": (
        f"{LIBS}/script-runner/script-runner.jar", f"{LIBS}/hive/hive-script", "--base-path", f"{LIBS}/hive/",
        "--hive-versions", "latest", "--run-hive-script", "--args",
    ),
}  # fmt: skip
WORD_COUNT = """
create external table ${NAME} (word string) location '${INPUT}';
insert overwrite directory '${OUTPUT}' row format delimited fields terminated by ','
select word, count(*), row_number() over (order by word) from ${NAME} group by word;
"""
TYPES = {
    "i": ("int", "-7"),
    "l": ("bigint", "9007199254740993"),
    "d": ("double", "0.1"),
    "n": ("decimal(12,4)", "12345678.9012"),
    "b": ("boolean", "true"),
    "s": ("string", "'Zoë 漢字 😀'"),
    "t": ("timestamp", "timestamp '2024-02-29 23:59:58.123'"),
    "y": ("date", "date '2024-02-29'"),
    "nothing": ("string", "cast(null as string)"),
}
TEXTS = [
    "-7",
    "9007199254740993",
    "0.1",
    "12345678.9012",
    "true",
    "Zoë 漢字 😀",
    "2024-02-29 23:59:58.123",
    "2024-02-29",
]
"""What both engines make of the values as text; the last one is null."""


def master(installation: Installation, cluster_id: str) -> Any:
    return installation.containers(cluster_id, "MASTER")[0]


def hiveql(installation: Installation, cluster_id: str, *statements: str) -> list[list[str]]:
    """The rows that these statements give in a step that runs `hive -e`."""
    step_id = installation.add_step(cluster_id, "hive", "-e", "; ".join(statements))
    installation.wait_step(cluster_id, step_id, "COMPLETED")
    return rows(installation, cluster_id, step_id)


def spark_sql(installation: Installation, cluster_id: str, *statements: str) -> list[list[str]]:
    """The same of spark-sql."""
    step_id = installation.add_step(cluster_id, "spark-sql", "-e", "; ".join(statements))
    installation.wait_step(cluster_id, step_id, "COMPLETED")
    return rows(installation, cluster_id, step_id)


def rows(installation: Installation, cluster_id: str, step_id: str) -> list[list[str]]:
    return [line.split("\t") for line in installation.step_log(cluster_id, step_id).splitlines()]


def script(installation: Installation, cluster_id: str, name: str, text: str, *arguments: str) -> str:
    """Id of a step that runs this script from S3."""
    installation.s3.put_object(Bucket="data", Key=f"hive/{name}", Body=text.encode())
    jar, *form = FORMS["command-runner"]
    return installation.add_step(cluster_id, *form, "-f", f"s3://data/hive/{name}", *arguments, jar=jar)


# ---- steps


@pytest.mark.parametrize("form", FORMS)
def test_a_script_on_s3_reads_and_writes_s3(installation: Installation, hive: str, form: str) -> None:
    name = form.replace("-", "_")
    installation.s3.put_object(Bucket="data", Key=f"hive/{name}/in/words.txt", Body=b"b\na\nb\nc\n")
    installation.s3.put_object(Bucket="data", Key=f"hive/{name}.q", Body=WORD_COUNT.encode())
    jar, *arguments = FORMS[form]
    paths = ("-d", f"INPUT=s3://data/hive/{name}/in/", "-d", f"OUTPUT=s3://data/hive/{name}/out/", "-d", f"NAME={name}")
    step_id = installation.add_step(hive, *arguments, "-f", f"s3://data/hive/{name}.q", *paths, jar=jar)
    installation.wait_step(hive, step_id, "COMPLETED")
    listed = installation.s3.list_objects_v2(Bucket="data", Prefix=f"hive/{name}/out/")["Contents"]
    bodies = [installation.s3.get_object(Bucket="data", Key=each["Key"])["Body"].read().decode() for each in listed]
    assert sorted(csv.reader(io.StringIO("".join(bodies)))) == [["a", "1", "1"], ["b", "2", "2"], ["c", "1", "3"]]
    step = installation.emr.describe_step(ClusterId=hive, StepId=step_id)["Step"]
    (application,) = applications(installation, hive, step_id).values()
    assert application["applicationType"] == "TEZ"
    assert step["AdditionalInfo"]["ResourceManagerApplicationIds"] == [application["id"]]


FAILING = {
    "missing": (
        "select * from nowhere;",
        "FAILED: SemanticException [Error 10001]: Line 1:14 Table not found 'nowhere'",
    ),
    "syntax": ("selekt 1;", "FAILED: ParseException line 1:0 cannot recognize input near 'selekt' '1' '<EOF>'"),
    "task": (
        "create table one as select 1 as n; select transform(n) using 'false' as x from one;",
        "FAILED: Execution Error, return code 2 from org.apache.hadoop.hive.ql.exec.tez.TezTask. "
        "org.apache.hadoop.hive.ql.metadata.HiveException: [Error 20003]: An error occurred when trying to close the "
        "Operator running your custom script.",
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", FAILING)
def test_a_failing_script_says_why(installation: Installation, hive: str, kind: str) -> None:
    text, message = FAILING[kind]
    step_id = script(installation, hive, f"{kind}.q", text)
    details = installation.wait_step(hive, step_id, "FAILED")["FailureDetails"]
    assert details["Message"] == message
    assert details["LogFile"] == f"s3://logs/{hive}/steps/{step_id}/stderr.gz"


def test_two_scripts_of_one_name(installation: Installation, hive: str) -> None:
    installation.s3.put_object(Bucket="data", Key="hive/first/same.q", Body=b"set colour=green;")
    step_id = script(installation, hive, "same.q", "set colour;", "-i", "s3://data/hive/first/same.q")
    installation.wait_step(hive, step_id, "COMPLETED")
    assert "colour=green\n" in installation.step_log(hive, step_id)


def test_a_script_that_is_not_there(installation: Installation, hive: str) -> None:
    jar, *form = FORMS["command-runner"]
    step_id = installation.add_step(hive, *form, "-f", "s3://data/hive/nowhere.q", jar=jar)
    details = installation.wait_step(hive, step_id, "FAILED")["FailureDetails"]
    assert "s3://data/hive/nowhere.q" in details["Message"]


def test_a_cancelled_script_leaves_nothing_on_yarn(installation: Installation, hive: str) -> None:
    text = "create table waits as select 1 as n; select transform(n) using 'sleep 600' as x from waits;"
    step_id = script(installation, hive, "endless.q", text)
    check_cancelled(installation, hive, step_id)


# ---- tables


def test_values_of_every_type_go_both_ways(installation: Installation, hive: str) -> None:
    columns = ", ".join(f"{name} {kind}" for name, (kind, _) in TYPES.items())
    values = ", ".join(f"cast({value} as {kind})" for kind, value in TYPES.values())
    forms = ("orc", "parquet")
    made = [f"create table {{0}}_{form} ({columns}) stored as {form}" for form in forms]
    filled = [f"insert into {{0}}_{form} select {values}" for form in forms]
    # Hive's text of a boolean is in capitals.
    texts = {name: f"cast({name} as string)" for name in TYPES} | {"b": "if(b, 'true', 'false')"}
    shown = ", ".join(texts.values())
    read = [f"select '{form}', {shown} from {{0}}_{form}" for form in forms]
    hiveql(installation, hive, *(each.format("of_hive") for each in (*made, *filled)))
    by_spark = [each.format("of_spark") for each in (*made, *filled)] + [each.format("of_hive") for each in read]
    expected = [[form, *TEXTS, "NULL"] for form in forms]
    assert [row for row in spark_sql(installation, hive, *by_spark) if len(row) > 1] == expected
    assert hiveql(installation, hive, *(each.format("of_spark") for each in read)) == expected


def test_partitions_of_one_are_seen_by_the_other(installation: Installation, hive: str) -> None:
    hiveql(
        installation,
        hive,
        "create table sales (amount int) partitioned by (day string) stored as orc",
        "set hive.exec.dynamic.partition.mode=nonstrict",
        "insert into sales partition (day) values (3, '2024-01-01'), (4, '2024-01-02')",
    )
    totals = "select day, sum(amount) from sales group by day order by day"
    by_spark = ("set hive.exec.dynamic.partition.mode=nonstrict", "insert into sales values (5, '2024-01-03')", totals)
    expected = [["2024-01-01", "3"], ["2024-01-02", "4"], ["2024-01-03", "5"]]
    assert spark_sql(installation, hive, *by_spark)[-3:] == expected
    dropped = "alter table sales drop partition (day<'2024-01-03')"
    partitions = hiveql(installation, hive, "show partitions sales", totals, dropped, totals)
    assert partitions == [[f"day={day}"] for day, _ in expected] + expected + expected[2:]


def test_acid_tables_are_changed_and_compacted(installation: Installation, hive: str) -> None:
    acid = ("set hive.support.concurrency=true", "set hive.txn.manager=org.apache.hadoop.hive.ql.lockmgr.DbTxnManager")
    changes = (
        "create table accounts (id int, name string) stored as orc tblproperties ('transactional'='true')",
        "insert into accounts values (1, 'Ada'), (2, 'Bob'), (3, 'Cid')",
        "update accounts set name = 'Zoë' where id = 2",
        "delete from accounts where id = 3",
        "alter table accounts compact 'major'",
        "select * from accounts order by id",
    )
    expected = [["1", "Ada"], ["2", "Zoë"]]
    assert hiveql(installation, hive, *acid, *changes) == expected
    names = ("hdfs", "dfs", "-ls", "/user/hive/warehouse/accounts")
    wait_for("a new base", lambda: "/base_" in installation.run_in(master(installation, hive), *names))
    assert hiveql(installation, hive, *acid, "select * from accounts order by id") == expected


FUNCTION = """package localemr;
public class Shout extends org.apache.hadoop.hive.ql.exec.UDF {
  public String evaluate(String word) { return word == null ? null : word.toUpperCase() + "!"; }
}
"""
BASE = "package org.apache.hadoop.hive.ql.exec; public class UDF { }"
"""It is compiled against; Hive's own is there when it runs."""
COMPILE = """set -e
mkdir -p /tmp/src/org/apache/hadoop/hive/ql/exec /tmp/src/localemr /tmp/out
printf '%s' "$BASE" > /tmp/src/org/apache/hadoop/hive/ql/exec/UDF.java
printf '%s' "$FUNCTION" > /tmp/src/localemr/Shout.java
javac -nowarn --release 17 -sourcepath /tmp/src -d /tmp/out /tmp/src/localemr/Shout.java
jar --create --file /tmp/shout.jar -C /tmp/out localemr
base64 /tmp/shout.jar
"""


def test_a_users_function_comes_from_a_jar_on_s3(installation: Installation, hive: str) -> None:
    compiled = installation.docker.containers.run(
        plan.reference("tools-17"),
        ["bash", "-c", COMPILE],
        environment={"BASE": BASE, "FUNCTION": FUNCTION},
        labels={"localemr.installation": installation.name},
        remove=True,
        stderr=False,
    )
    installation.s3.put_object(Bucket="data", Key="hive/shout.jar", Body=b64decode(compiled))
    found = hiveql(
        installation,
        hive,
        "create function shout as 'localemr.Shout' using jar 's3://data/hive/shout.jar'",
        "create table words as select 'a' as word",
        "select shout(word) from words",
    )
    assert found == [["A!"]]
    assert hiveql(installation, hive, "select shout(word) from words") == [["A!"]]


def test_the_driver_of_mysqls_family_is_at_emrs_place(installation: Installation, hive: str) -> None:
    listed = installation.run_in(
        master(installation, hive), "unzip", "-l", "/usr/share/java/mariadb-connector-java.jar"
    )
    assert "org/mariadb/jdbc/Driver.class" in listed


def test_mapreduce_is_an_engine_too(installation: Installation, hive: str) -> None:
    statements = ("create table engines as select 2 as n", "set hive.execution.engine=mr", "select sum(n) from engines")
    assert hiveql(installation, hive, *statements) == [["2"]]


# ---- HiveServer2


def answer(installation: Installation, cluster_id: str, query: str) -> list[str] | None:
    """What beeline on the master gets; None as long as nobody answers."""
    form = ("--silent=true", "--showHeader=false", "--outputformat=tsv2", "-n", "hadoop")
    command = ["beeline", "-u", "jdbc:hive2://localhost:10000/", *form, "-e", query]
    code, output = master(installation, cluster_id).exec_run(command, user="hadoop", demux=True)
    return (output[0] or b"").decode().split() if code == 0 else None


def test_a_session_from_the_host_survives_wrong_sql(installation: Installation, hive: str) -> None:
    with connect(installation, hive) as session, session.cursor() as cursor:
        cursor.execute("create temporary table mine as select 'Zoë' as name, 2 as n")
        with pytest.raises(exc.OperationalError, match="Invalid table alias or column reference 'nope'"):
            cursor.execute("select nope from mine")
        cursor.execute("select name, sum(n) from mine group by name")
        assert cursor.fetchall() == [("Zoë", 2)]


def test_daemons_that_end_are_started_again(installation: Installation, hive: str) -> None:
    node = master(installation, hive)
    assert answer(installation, hive, "select 1 + 1") == ["2"]
    databases = answer(installation, hive, "show databases")
    assert "default" in (databases or [])
    killed = pid(node, "metastore")
    installation.run_in(node, "kill", "-9", killed, user="root")
    assert wait_for("the metastore", lambda: answer(installation, hive, "show databases")) == databases
    assert pid(node, "metastore") != killed
    # Computed in HiveServer2 itself, whose heap is smaller than that.
    before = pid(node, "hiveserver2")
    assert answer(installation, hive, "select length(repeat('x', 1000000000))") is None
    assert wait_for("another HiveServer2", lambda: answer(installation, hive, "select 1 + 2")) == ["3"]
    assert pid(node, "hiveserver2") != before
