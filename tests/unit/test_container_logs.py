"""The cause of a failure in containers of YARN: a driver's, a task's."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from localemr_node import containerlogs, failure, yarn
from localemr_node.tools import step

from tests.node_applications import known_applications  # noqa: F401

pytestmark = pytest.mark.usefixtures("known_applications")

SPARK, JOB = "application_17_0003", "application_17_0004"
SUBMIT = """26/11/24 04:00:00 INFO Client:
\t diagnostics: User application exited with status 1
Exception in thread "main" org.apache.spark.SparkException: Application application_17_0003 finished with failed status
\tat org.apache.spark.deploy.yarn.Client.run(Client.scala:1309)
26/11/24 04:00:01 INFO ShutdownHookManager: Shutdown hook called
"""
DRIVER = """Container: container_17_0003_01_000001 on ip-10-0-0-3.ec2.internal_8041
LogAggregationType: AGGREGATED
==============================
LogType:stderr
LogLength:99
LogContents:
26/11/24 04:00:00 ERROR ApplicationMaster: User application exited with status 1
End of LogType:stderr
***********************

Container: container_17_0003_01_000001 on ip-10-0-0-3.ec2.internal_8041
LogType:stdout
LogLength:99
LogContents:
Traceback (most recent call last):
  File "broken.py", line 6, in <module>
ValueError: not what was promised

End of LogType:stdout
***********************
"""
PIPE = "java.lang.RuntimeException: PipeMapRed.waitOutputThreads(): subprocess failed with code 1"
STREAMING = {
    "stderr": "Streaming Command Failed!\n",
    "stdout": "",
    "syslog": "2026-11-22 10:00:09,1 INFO mapreduce.Job (main): Task Id : attempt_17_0004_m_000001_1, Status : FAILED\n"
    f"Error: {PIPE}\n"
    "\tat org.apache.hadoop.streaming.PipeMapRed.waitOutputThreads(PipeMapRed.java:326)\n\n"
    "2026-11-22 10:00:19,1 INFO mapreduce.Job (main): Job job_17_0004 failed with state FAILED due to: Task failed "
    "task_17_0004_m_000001\nJob failed as tasks failed. failedMaps:1 failedReduces:0 killedMaps:0\n",
}


def contained(number: int, **logs: str) -> str:
    """What `yarn logs` prints for a container of the job."""
    head = f"Container: container_17_0004_01_{number:06d} on ip-10-0-0-3.ec2.internal_8041\n"
    return "".join(
        f"{head}LogType:{name}\nLogLength:9\nLogContents:\n{text}\nEnd of LogType:{name}\n"
        for name, text in logs.items()
    )


RM = "2026-11-22 10:00:05,1 INFO [x] org.apache.hadoop.mapreduce.v2.app."
MASTER = contained(
    1,
    syslog=f"{RM}rm.Allocator: Assigned container container_17_0004_01_000002 to attempt_17_0004_m_000000_0\n"
    f"{RM}rm.Allocator: Assigned container container_17_0004_01_000003 to attempt_17_0004_m_000001_0\n"
    f"{RM}job.impl.TaskAttemptImpl: Diagnostics report from attempt_17_0004_m_000000_0: Error: {PIPE}\n"
    f"{RM}job.impl.TaskAttemptImpl: Diagnostics report from attempt_17_0004_m_000001_0: Error: {PIPE}\n"
    f"{RM}rm.Allocator: Assigned container container_17_0004_01_000004 to attempt_17_0004_m_000001_1\n"
    f"{RM}job.impl.TaskAttemptImpl: Diagnostics report from attempt_17_0004_m_000001_1: Error: {PIPE}\n"
    f"{RM}job.impl.TaskImpl: task_17_0004_m_000001 Task Transitioned from RUNNING to FAILED\n",
)
TASK = contained(
    4,
    stderr="Traceback (most recent call last):\n  File \"mapper.py\", line 3, in <module>\nKeyError: 'city'\n",
    stdout="",
    syslog=f"2026-11-22 10:00:08,1 WARN [main] org.apache.hadoop.mapred.YarnChild: Exception running child : {PIPE}",
)


class Yarn:
    """A ResourceManager and what `yarn logs` prints, by application or container."""

    def __init__(self, printed: dict[str, str], **described: Any) -> None:
        self.printed = printed
        self.read: list[str] = []
        self._described: Iterator[dict[str, Any]] = iter([])
        self._last: dict[str, Any] = {"logAggregationStatus": "SUCCEEDED"} | described

    def logs(self, which: str, value: str, application: str) -> str:
        self.read.append(value)
        return self.printed.get(value if which == "-containerId" else application, "")

    def application(self, application: str) -> dict[str, Any]:
        return next(self._described, self._last)

    def then(self, *described: dict[str, Any]) -> None:
        """First it describes the application so."""
        self._described = iter(described)


def cause(application: str, fake: Yarn, monkeypatch: pytest.MonkeyPatch) -> failure.Cause | None:
    monkeypatch.setattr(yarn, "application", fake.application)
    monkeypatch.setattr(containerlogs, "PAUSE", 0)
    return containerlogs.cause(application, failure.rules(), fake.logs)


def test_the_drivers_own_words(monkeypatch: pytest.MonkeyPatch) -> None:
    assert failure.rules().stands_elsewhere(failure.explain({"stderr": SUBMIT}))
    found = cause(SPARK, Yarn({SPARK: DRIVER}), monkeypatch)
    assert found and found.message == "ValueError: not what was promised"
    assert found.log == "containers/application_17_0003/container_17_0003_01_000001/stdout"


def test_logs_are_awaited_until_they_are_collected(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a busy machine this took longer than a fixed number of attempts: the reason was never found."""
    fake = Yarn({SPARK: DRIVER})
    states = ["NOT_START", "RUNNING", "RUNNING_WITH_FAILURE"] * 200
    fake.then(*({"logAggregationStatus": each} for each in states))
    found = cause(SPARK, fake, monkeypatch)
    assert found and found.message == "ValueError: not what was promised"
    assert len(fake.read) == 1


def test_the_words_of_the_task_that_failed_a_job(monkeypatch: pytest.MonkeyPatch) -> None:
    found = failure.explain(STREAMING)
    assert (found.message, failure.rules().stands_elsewhere(found)) == (PIPE, True)
    fake = Yarn({JOB: MASTER, "container_17_0004_01_000004": TASK})
    found = cause(JOB, fake, monkeypatch)
    assert found == ("Unknown Error.", "KeyError: 'city'", f"containers/{JOB}/container_17_0004_01_000004/stderr")
    assert fake.read == ["ALL", "container_17_0004_01_000004"]


HARMLESS = (
    f"{RM}history.Service: Could not list filesorg.apache.hadoop.security.AccessControlException: Permission denied: "
    "user=yarn, access=READ_EXECUTE\n"
)


@pytest.mark.parametrize("task", [PIPE, "java.io.IOException: Broken pipe"])
def test_a_task_whose_program_said_nothing(monkeypatch: pytest.MonkeyPatch, task: str) -> None:
    """The log of the application master has other lines that read like failures: none is the reason. A broken pipe only
    reports the end of the program. What the client has is left."""
    failed = (
        f"2026-11-22 10:00:08,1 WARN [main] YarnChild: Exception running child : {task}\n{task}\n\tat a.B.c(B.java:1)"
    )
    silent = contained(4, stderr="", stdout="", syslog=failed)
    printed = {JOB: MASTER + contained(1, stderr=HARMLESS), "container_17_0004_01_000004": silent}
    found = cause(JOB, Yarn(printed), monkeypatch)
    assert (found.message if found else None) == (PIPE if task == PIPE else None)


DIAGNOSTICS = (
    "Task failed task_17_0004_m_000001\n"
    "Job failed as tasks failed. failedMaps:1 failedReduces:0 killedMaps:0 killedReduces: 0\n"
)


def test_yarns_diagnostics_of_a_job_are_not_its_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    """A program that said nothing: what is left is how it ended, whether or not the client had the diagnostics."""
    failed = f"2026-11-22 10:00:08,1 WARN [main] YarnChild: Exception running child : {PIPE}\n\tat a.B.c(B.java:1)"
    quiet = contained(4, stderr="", stdout="", syslog=failed)
    printed = {JOB: MASTER, "container_17_0004_01_000004": quiet}
    found = cause(JOB, Yarn(printed, diagnostics=DIAGNOSTICS), monkeypatch)
    assert found == ("Unknown Error.", PIPE, f"containers/{JOB}/container_17_0004_01_000004/syslog")
    # Below the heading the client of a busy cluster has nothing.
    heading, *_, end, _ = STREAMING["syslog"].splitlines()
    lost = STREAMING | {"syslog": f"{heading}\n{end}\n{DIAGNOSTICS}\n"}
    assert failure.rules().stands_elsewhere(failure.explain(lost))
    assert failure.rules().stands_elsewhere(failure.explain({"stderr": DIAGNOSTICS}))


def test_the_exception_of_a_java_task(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hadoop logs it as a warning, with its cause in the stack trace; what the task writes besides is no reason."""
    syslog = (
        "2026-11-22 10:00:07,1 WARN [main] conf.Configuration: java.io.IOException: only a warning\n"
        "2026-11-22 10:00:08,1 WARN [main] org.apache.hadoop.mapred.YarnChild: Exception running child : "
        "java.lang.RuntimeException: cannot map\n\tat a.B.map(B.java:1)\n"
        'Caused by: java.lang.NumberFormatException: For input string: "n/a"\n\t... 9 more\n'
    )
    task = contained(4, stderr="line 17 of the input", stdout="", syslog=syslog)
    found = cause(JOB, Yarn({JOB: MASTER, "container_17_0004_01_000004": task}, diagnostics=DIAGNOSTICS), monkeypatch)
    assert found and found.message == 'java.lang.NumberFormatException: For input string: "n/a"'
    plain = syslog.replace("Caused by", "\tat x.y(z)\n\tat")
    task = contained(4, stderr="line 17 of the input", stdout="", syslog=plain)
    found = cause(JOB, Yarn({JOB: MASTER, "container_17_0004_01_000004": task}, diagnostics=DIAGNOSTICS), monkeypatch)
    assert found and found.message == "java.lang.RuntimeException: cannot map"


def test_a_streaming_tasks_own_words_come_before_its_programs_exit_code(monkeypatch: pytest.MonkeyPatch) -> None:
    failed = f"2026-11-22 10:00:08,1 WARN [main] YarnChild: Exception running child : {PIPE}\n\tat a.B.c(B.java:1)"
    task = contained(4, stderr="mapper: line 3 has no city", stdout="", syslog=failed)
    found = cause(JOB, Yarn({JOB: MASTER, "container_17_0004_01_000004": task}, diagnostics=DIAGNOSTICS), monkeypatch)
    assert found and (found.message, found.log[-6:]) == ("mapper: line 3 has no city", "stderr")


def test_what_yarn_tells_of_a_master_without_logs(monkeypatch: pytest.MonkeyPatch) -> None:
    words = (
        "Application application_17_0003 failed 1 times (global limit =2; local limit is =1) due to AM Container for "
        "appattempt_17_0003_000001 exited with  exitCode: -104\nFailing this attempt.Diagnostics: [2026-11-22 10:00]"
        "Container [pid=5,containerID=container_17_0003_01_000001] is running 12MB beyond the 'PHYSICAL' memory limit."
    )
    found = cause(SPARK, Yarn({}, diagnostics=words), monkeypatch)
    assert found and found.reason == "The job ran out of memory."
    assert "beyond the 'PHYSICAL' memory limit" in found.message
    assert cause(SPARK, Yarn({}), monkeypatch) is None


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (1, "exit code 1."),
        (137, "exit code 137 (SIGKILL)."),
        (143, "exit code 143 (SIGTERM)."),
        (255, "exit code 255."),
    ],
)
def test_a_command_without_words(code: int, words: str) -> None:
    assert step.ended(code) == f"The step ended with {words}"


class Step:
    def __init__(self, log_dir: Path) -> None:
        self.log_dir = str(log_dir)


GONE = (
    "26/11/24 04:00:00 ERROR TransportRequestHandler: Error\norg.apache.spark.rpc.RpcEnvStoppedException: {}\n".format(
        "RpcEnv already stopped."
    )
)


@pytest.mark.parametrize("own", [GONE, SUBMIT, "Streaming Command Failed!\n", "java.io.IOException: Job failed!\n"])
def test_what_only_reports_another_failure_gives_way_to_a_containers_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, own: str
) -> None:
    (tmp_path / "stderr").write_text(own)
    reason = failure.Cause("Unknown Error.", "ValueError: x", "containers/a/b/stdout")
    monkeypatch.setattr(step, "on_containers", lambda rules: reason)
    assert step.explain(Step(tmp_path), 1, True)["message"] == "ValueError: x"  # type: ignore[arg-type]
    monkeypatch.setattr(step, "on_containers", lambda rules: None)
    assert step.explain(Step(tmp_path), 1, True)["message"] != ""  # type: ignore[arg-type]


def test_a_reason_of_its_own_needs_no_container(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "stderr").write_text(f"{GONE}26/11/24 04:00:01 ERROR SparkContext: x\njava.io.IOException: disk gone\n")
    monkeypatch.setattr(step, "on_containers", lambda rules: pytest.fail("looked for"))
    assert step.explain(Step(tmp_path), 1, True)["message"] == "java.io.IOException: disk gone"  # type: ignore[arg-type]


def test_hives_bare_return_code_gives_way_to_its_log() -> None:
    bare = "FAILED: Execution Error, return code 1 from org.apache.hadoop.hive.ql.exec.tez.TezTask"
    logs = {"stderr": f"Hive Session ID = 1\n{bare}\n", "stdout": "", "syslog": ""}
    assert failure.rules().stands_elsewhere(failure.explain(logs))
    logs["syslog"] = (
        "2026-11-24T04:44:31,123 ERROR [main] exec.Task: Failed to execute tez graph.\n"
        "java.lang.IllegalStateException: no room\n\tat a.B.c(B.java:1)\n"
    )
    found = failure.explain(logs)
    assert (found.message, found.log) == ("java.lang.IllegalStateException: no room", "syslog")


def test_a_resourcemanager_that_is_slow_is_awaited_and_one_that_is_down_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(yarn, "PAUSE", 0)
    monkeypatch.setattr(yarn, "DOWN", 0)
    answers: list[Exception | list[str]] = [TimeoutError("slow")] * 50 + [["application_1"]]  # type: ignore[assignment]

    def call() -> list[str]:
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    assert yarn.awaited(call) == ["application_1"]
    answers[:] = [ConnectionRefusedError("down")] * 3
    with pytest.raises(ConnectionRefusedError):
        yarn.awaited(call)
