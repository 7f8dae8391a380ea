"""The tools that nodes have: what a step executes, why it failed, what is waited for."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from localemr_node.commands import Command, StepError, command
from localemr_node.failure import explain

TOOLS = Path(__file__).parents[2] / "images/node/tools"


def fetched(uri: str, directory: str) -> str:
    target = Path(directory) / uri.rsplit("/", 1)[-1]
    target.write_text("#!/bin/sh\n")
    return str(target)


def step(jar: str, *args: str, main_class: str | None = None, **properties: str) -> dict[str, object]:
    return {"jar": jar, "args": list(args), "main_class": main_class, "properties": properties}


def test_command_runner_runs_its_arguments(tmp_path: Path) -> None:
    made = command(step("command-runner.jar", "bash", "-c", "a b"), str(tmp_path), fetched)
    assert made == Command(("bash", "-c", "a b"))


@pytest.mark.parametrize("place", ["us-east-1.elasticmapreduce", "ap-southeast-2.elasticmapreduce", "elasticmapreduce"])
def test_script_runner_of_every_region_fetches_and_runs_the_script(tmp_path: Path, place: str) -> None:
    jar = f"s3://{place}/libs/script-runner/script-runner.jar"
    made = command(step(jar, "s3://b/go.sh", "x"), str(tmp_path), fetched)
    assert made.argv == (f"{tmp_path}/go.sh", "x")
    assert (tmp_path / "go.sh").stat().st_mode & 0o100


def test_any_other_jar_goes_through_hadoop_jar(tmp_path: Path) -> None:
    made = command(step("s3://b/job.jar", "in", "out", main_class="com.x.Main", **{"a.b": "c"}), str(tmp_path), fetched)
    assert made.argv == ("hadoop", "jar", f"{tmp_path}/job.jar", "com.x.Main", "in", "out")
    assert "-Da.b=c" in made.env["HADOOP_CLIENT_OPTS"]
    assert command(step("/x/y.jar"), str(tmp_path), fetched).argv == ("hadoop", "jar", "/x/y.jar")


def test_command_runner_without_arguments_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(StepError, match="needs arguments"):
        command(step("command-runner.jar"), str(tmp_path), fetched)


TRACEBACK = """26/11/22 INFO SparkContext: Running
Traceback (most recent call last):
  File "/tmp/x.py", line 4, in <module>
    raise ValueError("no input")
ValueError: no input
26/11/22 INFO ShutdownHookManager: Shutdown hook called
"""
EXISTS = "org.apache.hadoop.mapred.FileAlreadyExistsException: Output directory s3://b/o already exists"
JAVA = """26/11/22 ERROR Client: something
Exception in thread "main" org.apache.spark.SparkException: Job aborted.
\tat org.apache.spark.Main.main(Main.java:1)
Caused by: java.io.IOException: disk gone
\tat x.y.Z(Z.java:1)
\t... 3 more
26/11/22 INFO done
java.lang.IllegalStateException: later and unimportant
"""


@pytest.mark.parametrize(
    ("stderr", "reason", "message"),
    [
        (TRACEBACK, "Unknown Error.", "ValueError: no input"),
        (JAVA, "Unknown Error.", "java.io.IOException: disk gone"),
        (
            f'Exception in thread "main" {EXISTS}\n',
            "Output directory already exists.",
            EXISTS,
        ),
        ("x\nno-such: command not found\n\n", "Unknown Error.", "no-such: command not found"),
        ("", "Unknown Error.", ""),
    ],
)  # fmt: skip
def test_the_cause_of_a_failure(stderr: str, reason: str, message: str) -> None:
    assert explain(stderr) == (reason, message, "stderr")


def test_a_driver_in_client_mode_says_on_standard_output_why_it_failed() -> None:
    log = "26/11/22 INFO ShutdownHookManager: Deleting directory\n"
    assert explain(log, TRACEBACK) == ("Unknown Error.", "ValueError: no input", "stdout")
    assert explain("", "\n\n").log == "stderr"


@pytest.fixture
def beans() -> Iterator[tuple[int, dict[str, object]]]:
    """A port that serves a JSON document, and the document."""
    document: dict[str, object] = {"beans": [{"Safemode": "on", "LiveNodes": "{}"}]}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(json.dumps(document).encode())

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server.server_port, document
    server.shutdown()
    thread.join()
    server.server_close()


def await_(port: int, note: Path) -> subprocess.Popen[bytes]:
    # Beside the image the library lies next to the tool.
    source = (TOOLS / "bin/await").read_text().replace("/usr/lib/localemr/lib", str(TOOLS))
    checks = [
        {"what": "safe mode", "port": port, "path": "/", "key": "beans.0.Safemode", "equals": ""},
        {"what": "DataNodes", "port": port, "path": "/", "key": "beans.0.LiveNodes", "contains": ["ip-1", "ip-2"]},
    ]
    arguments = [sys.executable, "-ISB", "-c", source, json.dumps(checks)]
    return subprocess.Popen(arguments, env={"LOCALEMR_NOTE": str(note)})


def wait_note(note: Path, text: str, process: subprocess.Popen[bytes]) -> None:
    while not (note.exists() and text in note.read_text()):
        assert process.poll() is None


def test_await_tells_what_is_missing_and_ends_when_all_is_there(
    tmp_path: Path, beans: tuple[int, dict[str, object]]
) -> None:
    port, document = beans
    note = tmp_path / "note"
    process = await_(port, note)
    try:
        wait_note(note, "safe mode: 'on'", process)
        document["beans"] = [{"Safemode": "", "LiveNodes": '{"ip-1:9866": {}}'}]
        wait_note(note, "DataNodes: 1 of 2, missing ip-2", process)
        document["beans"] = [{"Safemode": "", "LiveNodes": '{"ip-1:9866": {}, "ip-2:9866": {}}'}]
        assert process.wait(20) == 0
        assert note.read_text() == ""
    finally:
        process.kill()
        process.wait()


def test_await_stopped_exits_1_and_keeps_its_note(tmp_path: Path) -> None:
    note = tmp_path / "note"
    process = await_(1, note)
    wait_note(note, "port 1", process)
    process.terminate()
    assert process.wait(20) == 1
    assert "safe mode: port 1" in note.read_text()
