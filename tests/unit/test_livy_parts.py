"""Parts of Livy's server alone: settings, requests, commands, code of statements."""

from __future__ import annotations

import datetime
import decimal
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from localemr_livy import requests, submitting
from localemr_livy.driver.outputs import TABLE
from localemr_livy.driver.python_code import Python, parts
from localemr_livy.driver.scala_code import lines as scala_lines
from localemr_livy.driver.scala_code import parts as scala_parts
from localemr_livy.driver.sql_code import plain
from localemr_livy.driver.tables import table
from localemr_livy.problems import Refused
from localemr_livy.server import level
from localemr_livy.settings import Settings, properties, seconds
from localemr_livy.spark_process import FAILED, FINISHED, KILLED, RUNNING, STARTING, SparkProcess
from localemr_livy.tags import Tags
from localemr_livy.yarn import Report

from localemr.domain.node.formats import FORMATS

NODE = "hdfs://master:8020"


def refused(function: Any, *arguments: Any) -> Any:
    with pytest.raises(Refused) as caught:
        function(*arguments)
    return caught.value.body


def test_settings_are_read_as_the_controller_writes_them() -> None:
    given = {"livy.spark.master": "yarn", "livy.a b": "= x\\y:z\nnext", "livy.ü": "é", "empty": ""}
    for form in ("spark-defaults", "properties"):
        assert properties(FORMATS[form].render(given)) == given
    assert properties("# no\n! no\n a : b\\\n   c\nalone\n") == {"a": "bc", "alone": ""}


def test_settings_have_livys_defaults_and_former_names() -> None:
    settings = Settings({"livy.spark.deployMode": "cluster", "livy.server.session.timeout": "90"})
    assert settings.text("livy.spark.deploy-mode") == "cluster" and not settings.on_yarn
    assert (settings.number("livy.server.port"), settings.seconds("livy.server.session.timeout")) == (8998, 0.09)
    assert Settings({"livy.spark.master": "yarn"}).on_yarn
    assert settings.listed("livy.superusers") == [] and not settings.flag("livy.impersonation.enabled")


def test_times_are_read_as_livy_reads_them() -> None:
    assert [seconds(text) for text in ("10m", "2h", "1d", "30S", "5ms", "5000", "1min")] == [
        600,
        7200,
        86400,
        30,
        0.005,
        5,
        60,
    ]
    for text, message in (("soon", "Invalid time string: soon"), ("5y", 'Invalid suffix: "y"'), ("", "Invalid time")):
        with pytest.raises(ValueError, match=message):
            seconds(text)


def test_the_level_of_messages_is_log4js(tmp_path: Path) -> None:
    assert level(tmp_path) == 20
    (tmp_path / "log4j.properties").write_text("log4j.rootCategory=DEBUG, console\n")
    assert level(tmp_path) == 10
    (tmp_path / "log4j2.properties").write_text("rootLogger.level=warn\n")
    assert level(tmp_path) == 30


def test_bodies_are_checked() -> None:
    made = requests.session(
        {"kind": "python", "executorCores": "2", "conf": {"a": 1, "b": True}, "heartbeatTimeoutInSeconds": 5}
    )
    assert (made.kind, made.executorCores, made.conf, made.heartbeatTimeoutInSecond) == (
        "pyspark",
        2,
        {"a": "1", "b": "true"},
        5,
    )
    assert 'Unrecognized field "fil" (class org.apache.livy.server.batch.CreateBatchRequest)' in refused(
        requests.batch, {"fil": "x"}
    )
    assert refused(requests.session, {"kind": "cobol"}) == "Invalid kind: cobol"
    assert "needs R" in refused(requests.session, {"kind": "sparkr"})["msg"]
    assert refused(requests.session, {"name": "12"})["msg"] == "Rejected, Reason: Invalid session name: 12"
    assert refused(requests.session, {"ttl": "soon"})["msg"] == "Rejected, Reason: Invalid time string: soon"
    assert refused(requests.batch, {})["msg"] == "Rejected, Reason: requirement failed: File is required."
    for body in ({"jars": "a.jar"}, {"numExecutors": "many"}, {"conf": []}, {"name": {}}, {"numExecutors": True}):
        assert "Cannot deserialize the field" in refused(requests.session, body)
    assert "an object is expected" in refused(requests.session, [])


def test_a_statement_has_the_sessions_kind_or_its_own() -> None:
    assert requests.statement({"code": "1"}, "pyspark") == ("pyspark", "1")
    assert requests.statement({"code": "1", "kind": "sql"}, "pyspark") == ("sql", "1")
    assert "Code type should be specified" in refused(requests.statement, {"code": "1"}, "shared")


def test_the_command_of_a_batch() -> None:
    settings = Settings(
        {"livy.spark.master": "yarn", "livy.spark.deploy-mode": "cluster", "livy.file.local-dir-whitelist": "/a"}
    )
    request = requests.batch(
        {
            "file": "/jobs/a.jar", "className": "org.A", "args": ["--x", "1"], "jars": ["s3://b/c.jar"],
            "files": ["file:///a/f"],
            "driverMemory": "1g", "numExecutors": 3, "queue": "q", "name": "n", "pyFiles": ["/p.py"],
            "archives": ["/z.zip#z"],
            "conf": {"spark.jars": "/d.jar, s3://b/e.jar", "spark.yarn.tags": "own"},
        }
    )  # fmt: skip
    words = submitting.of_batch(request, "livy-batch-0-x", settings, NODE, "ann")
    conf = dict(each.split("=", 1) for flag, each in pairwise(words) if flag == "--conf")
    assert conf == {
        "spark.master": "yarn", "spark.submit.deployMode": "cluster", "spark.yarn.tags": "livy-batch-0-x,own",
        "spark.yarn.submit.waitAppCompletion": "false", "spark.driver.memory": "1g", "spark.executor.instances": "3",
        "spark.yarn.queue": "q", "spark.app.name": "n", "spark.jars": f"s3://b/c.jar,{NODE}/d.jar,s3://b/e.jar",
        "spark.files": "file:///a/f", "spark.submit.pyFiles": f"{NODE}/p.py",
        "spark.yarn.dist.archives": f"{NODE}/z.zip#z",
    }  # fmt: skip
    assert words[0] == "spark-submit" and words[-3:] == [f"{NODE}/jobs/a.jar", "--x", "1"]
    assert words[-7:-3] == ["--class", "org.A", "--proxy-user", "ann"]


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"file": "a.jar"}, "Path 'a.jar' is not absolute."),
        ({"file": "file:///etc/passwd"}, "Local path /etc/passwd cannot be added to user sessions."),
        ({"file": "file:///a/../etc/passwd"}, "Local path /a/../etc/passwd cannot be added"),
        ({"file": "/a", "files": ["file:/ab"]}, "Local path /ab cannot be added"),
        ({"file": "/a", "conf": {"spark.submit.deployMode": "client"}}, "Blacklisted configuration values"),
    ],
)
def test_what_a_batch_may_not_have(body: dict[str, Any], message: str) -> None:
    settings = Settings({"livy.file.local-dir-whitelist": "/a/"})
    found = refused(lambda: submitting.of_batch(requests.batch(body), "t", settings, NODE, None))
    assert message in found["msg"] and found["msg"].startswith("Rejected, Reason: ")


def test_the_catalog_of_sessions_is_the_settings() -> None:
    for value, wanted in (("true", "hive"), ("false", "in-memory")):
        words = submitting.of_session({}, "s.py", Settings({"livy.repl.enable-hive-context": value}), None)
        assert f"spark.sql.catalogImplementation={wanted}" in words
    assert submitting.of_session({}, "s.py", Settings({}), None) == ["spark-submit", "s.py"]


def test_the_default_file_system_is_hadoops(tmp_path: Path) -> None:
    file = tmp_path / "core-site.xml"
    file.write_text(FORMATS["hadoop-xml"].render({"fs.defaultFS": "hdfs://a:8020/"}))
    assert submitting.default_file_system(str(file)) == "hdfs://a:8020"
    assert submitting.default_file_system(str(tmp_path / "none")) == "file://"


def report(state: str, final: str) -> Report:
    return Report("application_1", state, final, "http://t", None, "why")


@pytest.mark.parametrize(
    ("state", "final", "wanted"),
    [
        ("ACCEPTED", "UNDEFINED", STARTING),
        ("RUNNING", "UNDEFINED", RUNNING),
        ("FINISHED", "SUCCEEDED", FINISHED),
        ("FINISHED", "FAILED", FAILED),
        ("FAILED", "FAILED", FAILED),
        ("KILLED", "KILLED", KILLED),
    ],
)
def test_the_state_on_yarn_is_the_applications(state: str, final: str, wanted: str) -> None:
    process = SparkProcess("t", True, 10, 100.0)
    process.look(report(state, final))
    assert (process.state, process.application, process.log()[-1]) == (wanted, "application_1", "why")


def test_an_application_that_yarn_never_has_is_lost() -> None:
    process = SparkProcess("livy-batch-1-x", True, 10, 0.0)
    process.look(None)
    assert process.state == FAILED
    assert process.log()[-1] == "No YARN application is found with tag livy-batch-1-x in 0 seconds."


def test_a_command_that_is_not_there_is_a_failure() -> None:
    process = SparkProcess("t", False, 10, 0.0)
    process.start(["/nowhere/spark-submit"], {})
    assert process.state == FAILED and "No such file" in process.log()[-1]


def test_tags_of_an_earlier_server_are_known(tmp_path: Path) -> None:
    path = str(tmp_path / "tags.json")
    Tags(path).add("livy-batch-0-a")
    assert Tags(path).all() == ["livy-batch-0-a"]
    (tmp_path / "tags.json").write_text("{damaged")
    assert Tags(path).all() == []


@pytest.fixture
def python() -> Python:
    return Python({"known": [3, 4]})


def data(output: dict[str, Any]) -> Any:
    assert output["status"] == "ok", output
    return output["data"]


def test_python_shows_what_it_prints_and_its_last_value(python: Python) -> None:
    assert data(python.run("x = 2\nprint('hi')\nx * 3")) == {"text/plain": "hi\n6"}
    assert data(python.run("x")) == {"text/plain": "2"}
    assert data(python.run("import sys; print('e', file=sys.stderr)")) == {"text/plain": "e"}
    assert data(python.run("")) == {"text/plain": ""}
    assert data(python.run("def f(n):\n    return n + known[0]\n\nf(1)")) == {"text/plain": "4"}
    assert data(python.run("__name__, f.__module__")) == {"text/plain": "('__main__', '__main__')"}


@pytest.mark.parametrize(
    ("code", "name", "value"),
    [
        ("def f():\n    return 1 / 0\nf()", "ZeroDivisionError", "division by zero"),
        ("1 +", "SyntaxError", "invalid syntax"),
        ("raise SystemExit(3)", "SystemExit", "3"),
        ("%nope x", "UnknownMagic", "unknown magic command 'nope'"),
        ("%", "UnknownMagic", "magic command not specified"),
        ("%json nowhere", "NameError", "name 'nowhere' is not defined"),
    ],
)
def test_python_errors(python: Python, code: str, name: str, value: str) -> None:
    output = python.run(code)
    assert (output["status"], output["ename"]) == ("error", name)
    assert value in output["evalue"]
    assert "python_code.py" not in "".join(output["traceback"])
    if name == "ZeroDivisionError":
        assert output["traceback"][0].startswith("Traceback (most recent call last)")
        assert '  File "<stdin>", line 3, in <module>' in output["traceback"][1]


def test_magics_of_python(python: Python) -> None:
    assert data(python.run("y = {'a': [1]}\n%json y")) == {"application/json": {"a": [1]}}
    rows = "rows = [{'n': 1, 's': 'x'}, {'n': None, 's': 'y'}]\n%table rows"
    assert data(python.run(rows)) == {
        TABLE: {
            "headers": [{"name": "n", "type": "INT_TYPE"}, {"name": "s", "type": "STRING_TYPE"}],
            "data": [[1, "x"], [None, "y"]],
        }
    }


def test_tables_have_one_type_a_column() -> None:
    day = datetime.date(2024, 2, 29)
    made = data(table([(None, decimal.Decimal("1.5"), day, [1, 2], {"k": True}), (2, None, None, [], {})]))[TABLE]
    assert [each["type"] for each in made["headers"]] == [
        "INT_TYPE",
        "DECIMAL_TYPE",
        "DATE_TYPE",
        "ARRAY_TYPE",
        "MAP_TYPE",
    ]
    assert made["data"][0] == [None, "1.5", "2024-02-29", [1, 2], {"k": True}]
    assert table([(1,), ("a",)])["evalue"] == "table rows have different types"
    assert table([([1, "a"],)])["evalue"] == "value has inconsistent types"
    assert data(table(7))[TABLE]["data"] == [[7]]


def test_code_is_divided_at_magics() -> None:
    assert [type(each).__name__ for each in parts("a = 1\n%json a\nb = 2\nc = 3")] == ["Module", "str", "Module"]
    assert scala_parts("val a = 1\nval b =\n  2\n%table a\n%json b\na") == [
        "val a = 1\nval b =\n  2",
        "%table a",
        "%json b",
        "a",
    ]
    assert scala_parts("") == []
    assert scala_lines("\nval a = b\n  .c\n\nif (a) 1\nelse 2\n.5") == ["val a = b\n  .c", "", "if (a) 1\nelse 2", ".5"]


def test_python_completes(python: Python) -> None:
    assert "known" in python.complete("x = kno", 7)
    assert "known.append" in python.complete("known.app", 9)
    assert python.complete("1 + ", 4) == []


def test_rows_of_sql_are_json() -> None:
    moment = datetime.datetime(2024, 2, 29, 1, 2, 3)
    given = [decimal.Decimal("2.00"), decimal.Decimal("1.5"), moment, moment.date(), [1, (2,)], {1: None}, b"a", True]
    assert plain(given) == [2, 1.5, "2024-02-29T01:02:03", "2024-02-29", [1, [2]], {"1": None}, [97], True]
