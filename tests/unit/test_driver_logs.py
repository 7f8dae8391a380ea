"""The cause of a failure in a driver that ran on YARN."""

from __future__ import annotations

import pytest
from localemr_node import driverlogs
from localemr_node.failure import explain

from tests.node_applications import known_applications  # noqa: F401

pytestmark = pytest.mark.usefixtures("known_applications")

APPLICATION = "application_17_0003"
SUBMIT = """26/11/24 04:00:00 INFO Client:
\t diagnostics: User application exited with status 1
Exception in thread "main" org.apache.spark.SparkException: Application application_17_0003 finished with failed status
\tat org.apache.spark.deploy.yarn.Client.run(Client.scala:1309)
26/11/24 04:00:01 INFO ShutdownHookManager: Shutdown hook called
"""
PRINTED = """Container: container_17_0003_01_000001 on ip-10-0-0-3.ec2.internal_8041
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


@pytest.fixture(autouse=True)
def _no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(driverlogs, "PAUSE", 0)


def test_what_spark_submit_says_puts_the_blame_on_the_application() -> None:
    said = explain({"stderr": SUBMIT})
    assert said.message.endswith("Application application_17_0003 finished with failed status")
    assert driverlogs.blamed(said) == APPLICATION
    assert driverlogs.blamed(explain({"stderr": "out of luck\n"})) is None


def test_the_drivers_own_words_are_found_when_its_log_has_come() -> None:
    answers = iter(["", "Can not find the logs\n", PRINTED])
    found = driverlogs.cause(APPLICATION, lambda _: next(answers))
    assert found and found.message == "ValueError: not what was promised"
    assert found.log == "containers/application_17_0003/container_17_0003_01_000001/stdout"


def test_a_driver_whose_log_does_not_come_is_given_up() -> None:
    asked: list[str] = []

    def read(application: str) -> str:
        asked.append(application)
        return ""

    assert driverlogs.cause(APPLICATION, read) is None
    assert asked == [APPLICATION] * driverlogs.ATTEMPTS
