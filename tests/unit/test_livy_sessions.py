"""Sessions of Livy's server: a real server, and real programs of sessions without Spark."""

from __future__ import annotations

import signal
import socket
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.livy.server import LivyServer, serving
from tests.waiting import wait_for


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LivyServer]:
    with serving(tmp_path_factory.mktemp("livy"), livy__rsc__retained_statements="50") as found:
        yield found


@pytest.fixture(scope="module")
def session(server: LivyServer) -> int:
    made = server.make("sessions", kind="pyspark", name="shared by tests", executorCores=2, conf={"spark.own": "1"})
    server.wait(f"/sessions/{made}", "idle")
    return made


def test_a_session_is_described(server: LivyServer, session: int) -> None:
    status, seen = server.call("GET", f"/sessions/{session}")
    wanted = {"id": session, "kind": "pyspark", "executorCores": 2, "numExecutors": 0, "proxyUser": None, "ttl": None}
    assert status == 200 and wanted.items() <= seen.items()
    assert seen["appId"] == "local-1" and seen["conf"] == {"spark.own": "1"}
    assert server.call("GET", "/sessions/shared%20by%20tests")[1]["id"] == session
    listed = server.call("GET", "/sessions")[1]
    assert (listed["from"], listed["total"], [each["id"] for each in listed["sessions"]]) == (0, 1, [session])
    assert server.call("GET", "/sessions?from=1&size=5")[1]["sessions"] == []
    assert server.call("GET", f"/sessions/{session}/state") == (200, {"id": session, "state": "idle"})


def test_spark_gets_the_properties(server: LivyServer, session: int) -> None:
    shown = server.text(session, "sorted(spark.settings.items())")
    for name, value in (("spark.own", "1"), ("spark.executor.cores", "2"), ("spark.app.name", "shared by tests")):
        assert f"('{name}', '{value}')" in shown


def test_statements_share_a_name_space(server: LivyServer, session: int) -> None:
    assert server.text(session, "value = 20\nvalue + 1") == "21"
    path = server.start(session, "print('a')\nvalue")
    seen = server.wait(path, "available")
    assert seen["output"]["data"] == {"text/plain": "a\n20"} and seen["output"]["execution_count"] == seen["id"]
    assert seen["progress"] == 1.0 and 0 < seen["started"] <= seen["completed"] and seen["code"] == "print('a')\nvalue"


def test_a_failed_statement_leaves_the_session(server: LivyServer, session: int) -> None:
    output = server.run(session, "1 / 0")
    assert (output["status"], output["ename"], output["evalue"]) == ("error", "ZeroDivisionError", "division by zero")
    assert server.run(session, "import sys; sys.exit(1)")["ename"] == "SystemExit"
    assert server.text(session, "'still here'") == "'still here'"


def test_sql_of_the_same_session(server: LivyServer, session: int) -> None:
    server.run(session, "spark.sql('create table t (a, b)'); spark.sql(\"insert into t values (1, 'x')\"); None")
    found = server.run(session, "select a, b from t", "sql")["data"]["application/json"]
    assert found["data"] == [[1, "x"]] and [each["name"] for each in found["schema"]["fields"]] == ["a", "b"]
    wrong = server.run(session, "select nope", "sql")
    assert wrong["status"] == "error" and "nope" in wrong["evalue"]


def test_an_interpreter_that_cannot_start_is_a_failed_statement(server: LivyServer, session: int) -> None:
    assert server.run(session, "1 + 1", "spark")["status"] == "error"
    assert server.text(session, "2") == "2"


@pytest.mark.parametrize("code", ["sc.job(600)", "import time; time.sleep(600)", "while True: pass"])
def test_a_running_statement_is_cancelled(server: LivyServer, session: int, code: str) -> None:
    path = server.start(session, code)
    waiting = server.start(session, "1 + 1")
    server.wait(path, "running")
    assert server.call("GET", f"/sessions/{session}/state")[1]["state"] == "busy"
    if "job" in code:
        wait_for("progress", lambda: server.call("GET", path)[1]["progress"] == 0.5)
    assert server.call("POST", f"{path}/cancel") == (200, {"msg": "canceled"})
    server.wait(path, "cancelled")
    assert server.wait(waiting, "available")["output"]["data"] == {"text/plain": "2"}
    server.wait(f"/sessions/{session}", "idle")


def test_a_waiting_statement_is_cancelled_and_never_runs(server: LivyServer, session: int) -> None:
    running = server.start(session, "sc.job(600)")
    waiting = server.start(session, "seen = True")
    server.call("POST", f"{waiting}/cancel")
    assert server.call("GET", waiting)[1]["state"] == "cancelled"
    server.call("POST", f"{running}/cancel")
    server.wait(running, "cancelled")
    assert server.text(session, "'seen' in globals()") == "False"


def test_statements_are_listed(server: LivyServer, session: int) -> None:
    server.text(session, "1")
    every = server.call("GET", f"/sessions/{session}/statements")[1]
    assert every["total_statements"] == len(every["statements"]) <= 50
    last = server.call("GET", f"/sessions/{session}/statements?order=desc&size=1")[1]["statements"]
    assert last == [every["statements"][-1]]
    assert server.call("GET", f"/sessions/{session}/statements/9999") == (404, "Statement not found")


def test_completion(server: LivyServer, session: int) -> None:
    body = {"code": "spark.sparkCont", "kind": "pyspark", "cursor": 15}
    assert server.call("POST", f"/sessions/{session}/completion", body)[1] == {"candidates": ["spark.sparkContext"]}


def test_files_are_added(server: LivyServer, session: int) -> None:
    assert server.call("POST", f"/sessions/{session}/add-pyfile", {"uri": "s3://b/a.py"})[0] == 200
    wait_for("the file", lambda: server.text(session, "sc.added") == "['s3://b/a.py']")
    assert server.call("POST", f"/sessions/{session}/add-file", {"uri": "file:///etc/passwd"})[0] == 400
    assert server.call("POST", f"/sessions/{session}/submit-job", {"job": ""})[0] == 501


def test_the_log_has_what_spark_said(server: LivyServer, session: int) -> None:
    found = server.call("GET", f"/sessions/{session}/log?size=-1")[1]
    assert found["total"] == len(found["log"]) and found["log"][0] == "stdout: "
    assert any(line.startswith("submitted ") for line in found["log"]) and "a warning" in found["log"]
    assert server.call("GET", f"/sessions/{session}/log?from=0&size=1")[1]["log"] == ["stdout: "]


def test_the_secret_is_on_no_command_line_and_a_wrong_one_is_refused(server: LivyServer, session: int) -> None:
    (script,) = (server.folder / "data" / "sessions").glob(f"livy_session_{session}.py")
    assert script.stat().st_mode & 0o077 == 0
    secret = script.read_text().partition("'secret': '")[2].partition("'")[0]
    assert len(secret) > 30 and not any(secret in text for text in command_lines())
    port = int(script.read_text().partition("'port': ")[2].partition(",")[0])
    for wrong in (f'{{"session": {session}, "secret": "wrong"}}', '{"session": 999}', "nothing"):
        with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
            connection.sendall(wrong.encode() + b"\n")
            assert connection.recv(1) == b""
    assert server.text(session, "1") == "1"


def command_lines() -> list[str]:
    found = []
    for file in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            found.append(file.read_text(errors="replace"))
        except OSError:
            continue
    return found


def test_requests_that_are_wrong(server: LivyServer, session: int) -> None:
    assert server.call("GET", "/sessions/77") == (404, {"msg": "Session '77' not found."})
    assert server.call("DELETE", "/batches/nope") == (404, {"msg": "Session 'nope' not found."})
    same = server.call("POST", "/sessions", {"name": "shared by tests"})
    assert same[0] == 400 and "Duplicate session name" in same[1]["msg"]
    assert server.call("POST", "/sessions", {"kind": "sparkr"})[0] == 400
    assert server.call("GET", "/sessions?size=x") == (400, {"msg": 'For input string: "x"'})
    assert server.call("PUT", "/sessions", {})[0] == 405
    assert server.call("GET", "/version")[1]["version"] == "0.8.0-incubating"


def test_a_deleted_session_ends_its_program(server: LivyServer) -> None:
    made = server.make("sessions", kind="pyspark")
    server.wait(f"/sessions/{made}", "idle")
    pid = int(server.text(made, "import os; os.getpid()"))
    assert server.call("DELETE", f"/sessions/{made}") == (200, {"msg": "deleted"})
    assert server.call("GET", f"/sessions/{made}")[0] == 404
    wait_for("the end of the program", lambda: not runs(pid))


def runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_a_session_whose_program_ends_is_dead(server: LivyServer) -> None:
    made = server.make("sessions", kind="pyspark")
    server.wait(f"/sessions/{made}", "idle")
    server.start(made, "import os; os._exit(3)")
    server.wait(f"/sessions/{made}", "dead")
    assert server.call("POST", f"/sessions/{made}/statements", {"code": "1"}) == (
        500, "java.lang.IllegalStateException: Session is in state dead",
    )  # fmt: skip
    assert server.call("GET", f"/sessions/{made}/statements") == (
        400, {"msg": "requirement failed: Session isn't active."},
    )  # fmt: skip
    server.call("DELETE", f"/sessions/{made}")


def test_a_session_that_cannot_start_is_dead(server: LivyServer) -> None:
    (server.folder / "fails").touch()
    try:
        made = server.make("sessions", kind="pyspark")
        server.wait(f"/sessions/{made}", "dead")
    finally:
        (server.folder / "fails").unlink()
    assert any("no resources" in line for line in server.call("GET", f"/sessions/{made}/log")[1]["log"])
    assert server.call("POST", f"/sessions/{made}/statements", {"code": "1", "kind": "sql"})[0] == 500


def test_idle_sessions_and_those_without_a_heartbeat_are_deleted(server: LivyServer) -> None:
    idle = server.make("sessions", kind="pyspark", ttl="1s")
    pid_path = f"/sessions/{idle}"
    silent = server.make("sessions", kind="pyspark", heartbeatTimeoutInSecond=1)
    wait_for("the end of the idle one", lambda: server.call("GET", pid_path)[0] == 404)
    # A look at the list is no heartbeat.
    wait_for("the end of the silent one", lambda: silent not in listed(server))


def listed(server: LivyServer) -> list[int]:
    return [each["id"] for each in server.call("GET", "/sessions")[1]["sessions"]]


def test_a_session_in_use_outlives_its_idle_time(server: LivyServer) -> None:
    made = server.make("sessions", kind="pyspark", ttl="15s")
    server.wait(f"/sessions/{made}", "idle")
    began = time.monotonic()
    while time.monotonic() - began < 18:
        assert server.text(made, "1") == "1"
        time.sleep(0.1)
    server.call("DELETE", f"/sessions/{made}")


def test_pages_show_what_there_is(server: LivyServer, session: int) -> None:
    server.text(session, "'<b>'")
    for path, wanted in (
        ("/", "shared by tests"),
        ("/ui/", "Sessions"),
        (f"/ui/session/{session}", "&#x27;&lt;b&gt;&#x27;"),
    ):
        with urllib.request.urlopen(server.address + path, timeout=60) as answer:
            assert wanted in answer.read().decode()
    with urllib.request.urlopen(server.address + "/metrics/ping", timeout=60) as answer:
        assert answer.read() == b"pong\n"


def test_requests_are_noted(server: LivyServer) -> None:
    server.call("GET", "/batches?from=3")
    assert '"GET /batches?from=3 HTTP/1.1" 200' in (server.folder / "livy-request.log").read_text()


def test_a_header_against_forged_requests(tmp_path: Path) -> None:
    with serving(tmp_path, livy__server__csrf_protection__enabled="true") as server:
        assert server.call("POST", "/sessions", {"kind": "pyspark"})[1] == {
            "msg": "Missing Required Header for CSRF protection."
        }
        assert server.call("GET", "/sessions")[0] == 200
        assert server.call("POST", "/sessions", {"kind": "sql"}, {"X-Requested-By": "me"})[0] == 201


def test_a_web_page_of_another_origin_runs_nothing(server: LivyServer) -> None:
    assert server.call("POST", "/batches", {}, {"Origin": "http://evil.example"})[0] == 403
    assert server.call("POST", "/batches", {}, {"Origin": "null"})[0] == 403
    assert server.call("POST", "/batches", {}, {"Origin": server.address})[0] == 400
    assert server.call("GET", "/batches", headers={"Origin": "http://evil.example"})[0] == 200


def test_a_server_that_ends_ends_its_sessions(tmp_path: Path) -> None:
    with serving(tmp_path) as server:
        made = server.make("sessions", kind="pyspark")
        server.wait(f"/sessions/{made}", "idle")
        pid = int(server.text(made, "import os; os.getpid()"))
        assert server.stop(signal.SIGTERM) == 0
    wait_for("the end of the program", lambda: not runs(pid))


def test_a_server_that_does_not_start_says_why(tmp_path: Path) -> None:
    wrong = serving(tmp_path, livy__rsc__launcher__port__range="many")
    with pytest.raises(AssertionError, match="livy-server does not start: invalid literal"), wrong:
        pass
