"""The specs of runs: what the controller makes is what the node's tools read."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from localemr_node import entrypoints, specs
from localemr_node.specs import CheckSpec, SpecError, StepSpec

from localemr.applications import applications
from localemr.domain.model.executions import Execution, ExecutionSpec, ExecutionStatus
from localemr.domain.model.instructions import Run
from localemr.domain.model.records import BootstrapAction
from localemr.domain.node import runs
from localemr.reconcile.instances import run_file
from tests.unit.test_configurations import with_instances
from tests.world import make_records, step

RECORDS = with_instances(make_records(step(), step(log_uri="s3://mine/"), core=2, task=1))
MASTER, CORE = RECORDS.instances[0], RECORDS.instances[1]
CHECKS = [check for application in applications().values() for check in application.checks]
UPS = [each.up for application in applications().values() for each in application.daemons if each.up]
EXECUTIONS = [
    Execution("ex-A", 1.0, ExecutionSpec("j-A", "s3://b/a.ipynb", "s3://b/out"), ExecutionStatus()),
    Execution(
        "ex-B", 1.0, ExecutionSpec("j-A", "s3://b/a.ipynb", "s3://b/x.html", "{}", {"A": "1"}, True), ExecutionStatus()
    ),
]
LEAVING = [(CORE, 60), (MASTER, None)]
REGION = "us-east-1"

MADE = [
    *(
        runs.bootstrap_run(1, BootstrapAction(name, "s3://b/x.sh", args))
        for name, args in (("a", ()), ("b", ("x", "y")))
    ),
    runs.await_run("ready-1", CHECKS, RECORDS.instances, REGION),
    runs.await_daemons_run("up-1", [(CORE, up) for up in UPS], CHECKS, [MASTER], [CORE], REGION),
    *(runs.step_run(each) for each in RECORDS.steps),
    runs.reap_run(RECORDS.steps[0]),
    *(runs.notebook_run(each, "/emr/notebook-env/bin/execute-notebook") for each in EXECUTIONS),
    *(runs.decommission_run("decommission-1.1", CORE, LEAVING, [MASTER], hdfs, REGION) for hdfs in (True, False)),
    runs.spot_notice_run(1000.0, 120.0),
    runs.recommission_run("recommission-2-1.1", [CORE, MASTER], True, REGION),
    runs.watch_logs_run("ship.1", RECORDS.cluster, CORE),
    runs.last_logs_run("ship-last.1", RECORDS.cluster, CORE),
]
TREE = Path(specs.__file__).parent


def tool(run: Run) -> str:
    return run.argv[0].removeprefix(f"{runs.BIN}/")


@pytest.mark.parametrize("run", MADE, ids=lambda run: run.name)
def test_what_the_controller_makes_the_tool_reads(run: Run) -> None:
    (file,) = run_file(run).values()
    document = json.loads(file.text)
    assert document["argv"] == [f"{runs.BIN}/{tool(run)}"]
    spec: Any = specs.TOOLS[tool(run)](document["spec"])
    assert {name: getattr(spec, name) for name in document["spec"]} == document["spec"]
    for check in document["spec"].get("checks", ()):
        CheckSpec(check)


def test_every_tool_with_a_spec_is_tried() -> None:
    assert {tool(run) for run in MADE} == set(specs.TOOLS)
    assert {f"{entrypoints.BIN}/{name}" for name in specs.TOOLS} < set(entrypoints.COMMANDS)


@pytest.mark.parametrize("kind", [*specs.TOOLS.values(), CheckSpec])
def test_all_types_of_a_schema_are_known(kind: type[specs.Spec]) -> None:
    assert set(kind.__annotations__.values()) <= set(specs.TYPES)


STEP = json.loads(next(iter(run_file(runs.step_run(RECORDS.steps[0])).values())).text)["spec"]


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ([], "an object is required"),
        (STEP | {"more": 1}, "unknown fields: more"),
        ({name: value for name, value in STEP.items() if name != "jar"}, "jar is missing"),
        (STEP | {"args": "x"}, "args is not of the type"),
        (STEP | {"number": True}, "number is not of the type int"),
        (STEP | {"properties": {"a": 1}}, "properties is not of the type"),
    ],
)
def test_other_documents_are_refused(document: object, message: str) -> None:
    with pytest.raises(SpecError, match=message):
        StepSpec(document)


def test_a_spec_is_loaded_from_its_file(tmp_path: Path) -> None:
    path = tmp_path / "spec"
    path.write_text(json.dumps(STEP))
    assert specs.load(StepSpec, {"LOCALEMR_SPEC": str(path)}).id == RECORDS.steps[0].id
    path.write_text("{")
    with pytest.raises(SpecError, match="not JSON"):
        specs.load(StepSpec, {"LOCALEMR_SPEC": str(path)})
    with pytest.raises(SpecError, match="LOCALEMR_SPEC is not set"):
        specs.load(StepSpec, {})


def test_every_command_calls_a_main_that_exists(tmp_path: Path) -> None:
    assert entrypoints.main(str(tmp_path)) == 0
    for path, module in entrypoints.COMMANDS.items():
        target = tmp_path / path.lstrip("/")
        assert target.stat().st_mode & 0o777 == 0o755
        ast.parse(target.read_text())
        assert callable(import_module(module).main)


LARGE = {"typing", "dataclasses", "socket", "subprocess", "logging", "http", "threading", "inspect", "datetime", "ssl"}


def test_process_1_loads_no_large_modules() -> None:
    code = f"import sys; sys.path.append({str(TREE.parent)!r}); import localemr_node.init; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-ISB", "-c", code], capture_output=True, text=True, check=True, timeout=20)
    assert not set(done.stdout.split()) & LARGE
