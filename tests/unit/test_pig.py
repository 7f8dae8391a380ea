"""Pig: its versions, what HCatalog brings, and why its scripts fail."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import pytest
from localemr_node.failure import Rules

from localemr.applications import applications
from localemr.applications.pig.application import APPLICATION, FAILURES
from localemr.domain.model.dependencies import installed
from localemr.releases import releases
from tests.facts import properties
from tests.golden_scenarios import Scenario, document

ERROR = "2026-11-30 17:49:03,901 [main] ERROR org.apache.pig."
GRUNT = f"{ERROR}tools.grunt.Grunt - "
PARSER = f"{ERROR}tools.grunt.GruntParser - "
DETAILS = "Details at logfile: /var/log/pig/pig_1.log\n"
ABOVE = "2026-11-30 17:49:03,678 [main] WARN  org.apache.pig.PigServer - ATS is disabled\n"
TASK = f"""{GRUNT}ERROR 2998: Unhandled internal error. Vertex failed, vertexName=scope-5, diagnostics=[Task failed, \
info=[Error: Error while running task ( failure ) : attempt_1_0:a.b.ExecException: ERROR 0: Exception
\tat org.apache.pig.backend.hadoop.executionengine.tez.runtime.PigProcessor.run(PigProcessor.java:241)
Caused by: org.apache.pig.backend.executionengine.ExecException: ERROR 0: Error executing function
\tat org.apache.pig.scripting.jython.JythonFunction.exec(JythonFunction.java:120)
\t... 18 more
Caused by: {{}}
\tat org.python.core.Py.ZeroDivisionError(Py.java:285)
\t... 24 more
]], Vertex did not succeed due to OWN_TASK_FAILURE, failedTasks:1 killedTasks:0]
DAG did not succeed due to VERTEX_FAILURE. failedVertices:1 killedVertices:0
{DETAILS}"""
LOGS = {
    "syntax": (
        f"{GRUNT}ERROR 1200: <file x.pig, line 2, column 0>  mismatched input 'STORE'\n{DETAILS}",
        "ERROR 1200: <file x.pig, line 2, column 0>  mismatched input 'STORE'",
    ),
    "parameter": (
        f"{ERROR}impl.PigContext - Undefined parameter : X\n"
        f"{ERROR}Main - ERROR 2997: Encountered IOException. a.b.SubstitutionException: Undefined parameter : X\n",
        "ERROR 2997: Encountered IOException. a.b.SubstitutionException: Undefined parameter : X",
    ),
    "output": (
        f"{GRUNT}ERROR 6000: <line 1> Output Location Validation Failed for: 's3://b/x More info to follow:\n"
        f"Output directory s3://b/x already exists\n{DETAILS}",
        "Output directory s3://b/x already exists",
    ),
    "input": (
        "org.apache.pig.backend.executionengine.ExecException: ERROR 2118: Input path does not exist: s3://b/x\n"
        "\tat org.apache.pig.backend.hadoop.PigInputFormat.getSplits(PigInputFormat.java:299)\n"
        "Caused by: org.apache.hadoop.mapreduce.lib.input.InvalidInputException: Input path does not exist: s3://b/x\n"
        "\t... 18 more\n"
        f"{PARSER}ERROR 0: java.lang.IllegalStateException: Job in state DEFINE instead of RUNNING\n",
        "org.apache.pig.backend.executionengine.ExecException: ERROR 2118: Input path does not exist: s3://b/x",
    ),
    "python": (
        TASK.format('Traceback (most recent call last):\n  File "x.py", line 3, in f\nZeroDivisionError: by zero\n'),
        "ZeroDivisionError: by zero",
    ),
    "java": (
        TASK.format("java.lang.ArithmeticException: / by zero"),
        "ERROR 2998: Unhandled internal error. java.lang.ArithmeticException: / by zero",
    ),
}


@pytest.mark.parametrize("name", LOGS)
def test_a_failed_script_says_why(name: str) -> None:
    log, message = LOGS[name]
    assert Rules([asdict(FAILURES)]).explain({"stderr": ABOVE + log}).message == message


def test_known_reasons() -> None:
    rules = Rules([asdict(FAILURES)])
    reasons = {name: rules.explain({"stderr": LOGS[name][0]}).reason for name in ("input", "output")}
    assert reasons == {"input": "Input path does not exist.", "output": "Output directory already exists."}


def test_a_job_without_a_message_is_explained_by_its_containers() -> None:
    rules = Rules([asdict(FAILURES)])
    log = f"{PARSER}ERROR 2244: Job job_1_0001 failed, hadoop does not return any error message\n"
    assert rules.stands_elsewhere(rules.explain({"stderr": log}))


def test_tez_is_the_engine_and_a_cluster_may_have_another() -> None:
    assert properties("pig-properties", Scenario(("Pig",)))["exectype"] == "tez"
    own = Scenario(("Pig",), configurations=(document("pig-properties", exectype="mapreduce"),))
    assert properties("pig-properties", own)["exectype"] == "mapreduce"


def test_each_label_that_runs_has_its_files() -> None:
    having = [each for each in releases().values() if each.runs and "Pig" in each.applications]
    assert len(having) >= 20
    for release in having:
        assert (Path(APPLICATION.image) / "versions" / release.version("Pig")).is_dir(), release.label
        assert not {"Pig", "HCatalog"} & release.stand_ins.keys(), release.label


def test_hcatalog_has_the_metastore_without_hive_server() -> None:
    daemons = {daemon.name for each in installed(["HCatalog"], applications()) for daemon in each.daemons}
    assert "hive-hcatalog-server" in daemons and "hive-server2" not in daemons
