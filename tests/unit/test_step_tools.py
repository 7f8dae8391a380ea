"""The node's side of steps: what is executed, in which environment, and what others are told of it."""

from __future__ import annotations

import json
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from localemr_node import stepinfo, yarn
from localemr_node.commands import StepError, command, environment
from localemr_node.controllerlog import ControllerLog
from localemr_node.enginescript import HIVE, PIG, Usage, localized, read
from localemr_node.specs import StepSpec
from localemr_node.tools import step as step_tool


def fetched(uri: str, directory: str) -> str:
    target = Path(directory) / uri.rsplit("/", 1)[-1]
    target.write_text("#!/bin/sh\n")
    return str(target)


def step(jar: str, *args: str, main_class: str | None = None, **properties: str) -> StepSpec:
    known = {"id": "s-1", "number": 3, "name": "test", "log_dir": "/logs/s-1", "log_uri": None}
    return StepSpec(known | {"jar": jar, "args": list(args), "main_class": main_class, "properties": properties})


def test_command_runner_runs_its_arguments(tmp_path: Path) -> None:
    assert command(step("command-runner.jar", "bash", "-c", "a b"), str(tmp_path), fetched) == ("bash", "-c", "a b")


def test_command_runner_leaves_out_empty_arguments(tmp_path: Path) -> None:
    job = step("command-runner.jar", "", "spark-submit", "", " ")
    assert command(job, str(tmp_path), fetched) == ("spark-submit", " ")
    with pytest.raises(StepError, match="needs arguments"):
        command(step("command-runner.jar", "", ""), str(tmp_path), fetched)
    assert command(step("/x/y.jar", "a", ""), str(tmp_path), fetched) == ("hadoop", "jar", "/x/y.jar", "a", "")


@pytest.mark.parametrize("place", ["us-east-1.elasticmapreduce", "ap-southeast-2.elasticmapreduce", "elasticmapreduce"])
def test_script_runner_of_every_region_fetches_and_runs_the_script(tmp_path: Path, place: str) -> None:
    jar = f"s3://{place}/libs/script-runner/script-runner.jar"
    assert command(step(jar, "s3://b/go.sh", "x"), str(tmp_path), fetched) == (f"{tmp_path}/go.sh", "x")
    assert (tmp_path / "go.sh").stat().st_mode & 0o100


def test_the_old_way_to_set_up_debugging_does_nothing(tmp_path: Path) -> None:
    jar = "s3://eu-west-1.elasticmapreduce/libs/script-runner/script-runner.jar"
    pusher = "s3://eu-west-1.elasticmapreduce/libs/state-pusher/0.1/fetch"
    assert command(step(jar, pusher), str(tmp_path), fetched) == ("state-pusher-script",)


def test_the_old_way_to_run_a_hive_script(tmp_path: Path) -> None:
    region = "s3://us-west-2.elasticmapreduce/libs"
    old = ("--base-path", f"{region}/hive/", "--hive-versions", "latest", "--run-hive-script", "--args", "-f", "x.q")
    jar = f"{region}/script-runner/script-runner.jar"
    made = command(step(jar, f"{region}/hive/hive-script", *old), str(tmp_path), fetched)
    assert made == ("hive-script", *old)
    assert read(HIVE, old) == (True, ("-f", "x.q"))
    assert read(HIVE, ("--base-path", "b", "--install-hive", "--hive-versions", "0.13.1")) == (False, ())
    with pytest.raises(Usage, match="--run"):
        read(HIVE, ("--run", "--args", "-f", "x.q"))


def test_pig_scripts_run_in_the_same_ways(tmp_path: Path) -> None:
    region = "s3://us-west-2.elasticmapreduce/libs"
    old = ("--base-path", f"{region}/pig/", "--pig-versions", "latest", "--run-pig-script", "--args", "-f", "x.pig")
    jar = f"{region}/script-runner/script-runner.jar"
    made = command(step(jar, f"{region}/pig/pig-script", *old), str(tmp_path), fetched)
    assert made == ("pig-script", *old)
    assert read(PIG, old) == (True, ("-f", "x.pig"))
    with pytest.raises(Usage, match="--run-hive-script"):
        read(PIG, ("--run-hive-script", "--args", "-f", "x.q"))
    args = ("-f", "s3://b/x.pig", "-p", "INPUT=s3://b/in", "-param_file", "s3://b/parameters")
    assert localized(PIG, args, lambda uri: "/here/x.pig") == ("-f", "/here/x.pig", *args[2:])


def test_hive_gets_scripts_from_s3_as_files_and_all_else_unchanged() -> None:
    args = ("-f", "s3://b/x.q", "-d", "INPUT=s3://b/in", "--hiveconf", "a=b", "--file=s3n://b/y.q", "-f", "hdfs:///z.q")
    got = localized(HIVE, args, lambda uri: f"/here/{uri[-3:]}")
    assert got == ("-f", "/here/x.q", *args[2:6], "--file=/here/y.q", "-f", "hdfs:///z.q")


def test_any_other_jar_goes_through_hadoop_jar(tmp_path: Path) -> None:
    made = command(step("s3://b/job.jar", "in", "out", main_class="com.x.Main"), str(tmp_path), fetched)
    assert made == ("hadoop", "jar", f"{tmp_path}/job.jar", "com.x.Main", "in", "out")
    assert command(step("/x/y.jar"), str(tmp_path), fetched) == ("hadoop", "jar", "/x/y.jar")
    assert command(step("file:///x/y.jar"), str(tmp_path), fetched) == ("hadoop", "jar", "/x/y.jar")
    assert command(step("file:/x/y z#1.jar"), str(tmp_path), fetched) == ("hadoop", "jar", "/x/y z#1.jar")


def test_a_jar_with_a_plus_gets_a_name_that_hadoop_finds_again(tmp_path: Path) -> None:
    made = command(step("s3://b/x+y/job 1+2%20.jar"), str(tmp_path), fetched)
    assert made == ("hadoop", "jar", f"{tmp_path}/job 1_2%20.jar")
    assert (tmp_path / "job 1_2%20.jar").exists()


@pytest.mark.parametrize(
    "arg",
    ["-cmdenv", 'GREETING=it\'s "a b"', "é\u4e2d", "two\nlines", "$HOME `x`", "\\n\\", "--x", "{{a}}", "*?[a]", " "],
)
def test_an_argument_reaches_the_command_as_it_is(tmp_path: Path, arg: str) -> None:
    made = command(step("command-runner.jar", "hadoop-streaming", arg), str(tmp_path), fetched)
    assert made == ("hadoop-streaming", arg)
    assert subprocess.check_output(("printf", "%s\\0", *made[1:]), text=True) == f"{arg}\0"


@pytest.mark.parametrize("arg", ["a\0b", "\ud800"])
def test_an_argument_that_no_process_can_have_is_a_failure_with_a_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], arg: str
) -> None:
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    monkeypatch.setattr(step_tool.signal, "signal", lambda *_: None)
    log = ControllerLog(str(tmp_path / "controller"))
    assert step_tool.wait(log, ("echo", arg), {"PATH": "/usr/bin:/bin"}) == 126
    assert capfd.readouterr().err.startswith("echo: ")


def test_command_runner_without_arguments_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(StepError, match="needs arguments"):
        command(step("command-runner.jar"), str(tmp_path), fetched)


def test_a_step_finds_emrs_environment() -> None:
    base = {"LOCALEMR_RUN": "step-s-1", "PATH": "/bin", "HADOOP_CLIENT_OPTS": "-Xmx1g", "MINE": "kept"}
    made = environment(step("x.jar"), "/steps/s-1", base)
    assert made["MINE"] == "kept"
    assert made["EMR_STEP_ID"] == "s-1"
    assert (made["HADOOP_LOG_DIR"], made["HADOOP_LOGFILE"]) == ("/logs/s-1", "syslog")
    assert made["HADOOP_CLIENT_OPTS"] == "-Xmx1g -Djava.io.tmpdir=/steps/s-1/tmp"
    assert made["PATH"].startswith("/bin:")
    assert made["SPARK_SUBMIT_OPTS"] == "-Dspark.yarn.tags=step-s-1"


def test_properties_of_a_step_hold_any_text() -> None:
    properties = {"a.b": "c", "colour": "dark  blue 'and' \"more\"\n$HOME \\ = ü", "empty": ""}
    base = {"LOCALEMR_RUN": "step-s-1", "PATH": "/bin"}
    made = environment(step("x.jar", **properties), "/steps/s-1", base)
    options = {value for name, value in made.items() if name.startswith("LOCALEMR_PROPERTY_")}
    assert options == {f"-D{name}={value}" for name, value in properties.items()}


def test_the_info_file_follows_the_step(tmp_path: Path) -> None:
    stepinfo.write(step("command-runner.jar", "bash", "-c", "true"), "RUNNING", str(tmp_path))
    stepinfo.change(3, "CANCELLED", str(tmp_path))
    stepinfo.change(4, "CANCELLED", str(tmp_path))  # it never began
    assert [path.name for path in tmp_path.iterdir()] == ["3.json"]
    shown = json.loads((tmp_path / "3.json").read_text())
    assert (shown["id"], shown["state"], shown["args"][0]) == ("s-1", "CANCELLED", "bash")


@pytest.fixture
def resource_manager(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """A ResourceManager with one application; what it was requested."""
    requested: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            requested.append(f"GET {self.path}")
            self.answer(200, {"apps": {"app": [{"id": "application_1_0001"}]} if "step-s-1" in self.path else None})

        def do_PUT(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            requested.append(f"PUT {self.path} {body.decode()}")
            self.answer(404 if "0002" in self.path else 202, {"state": "RUNNING"})

        def answer(self, status: int, document: object) -> None:
            self.send_response(status)
            self.end_headers()
            self.wfile.write(json.dumps(document).encode())

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    monkeypatch.setattr(yarn, "PORT", server.server_port)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield requested
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_runs_applications_are_found_by_its_name(resource_manager: list[str]) -> None:
    assert yarn.living("step-S-1") == ["application_1_0001"]
    assert yarn.living("step-s-2") == []
    assert yarn.started("step-s-1") == ["application_1_0001"]
    assert "applicationTags=step-s-1&states=NEW,NEW_SAVING,SUBMITTED,ACCEPTED,RUNNING" in resource_manager[0]
    assert resource_manager[2].endswith("applicationTags=step-s-1")


def test_an_application_is_killed_or_the_reason_is_shown(resource_manager: list[str]) -> None:
    yarn.kill("application_1_0001")
    assert resource_manager == ['PUT /ws/v1/cluster/apps/application_1_0001/state {"state": "KILLED"}']
    with pytest.raises(LookupError, match="404"):
        yarn.kill("application_1_0002")
