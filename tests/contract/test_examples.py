"""Examples against the memory runtime: their requests are accepted, and the runner does with them what it says."""

from __future__ import annotations

import gzip
import io
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from localemr.cli.example import show_table
from localemr.demo.example import FOLDER, Example, examples
from localemr.demo.steps import Check, Steps, Table
from localemr.problem import Problem
from localemr.testing.memory import MemoryEmr

WITH_STEPS = [example for example in examples().values() if not example.commands]
DATA = "import sys, pathlib\np = pathlib.Path(sys.argv[1]); p.mkdir(); (p / 'numbers').write_text('2 3')"
CHECK = """
import json, pathlib, sys
wanted = sum(map(int, pathlib.Path(sys.argv[1], "numbers").read_text().split()))
found = int(pathlib.Path(sys.argv[2], "sum", "part-0").read_text())
print(json.dumps({"title": "Sum", "columns": ["sum"], "rows": [[found]], "chart": "sum",
                  "checks": [{"what": "the sum", "right": found == wanted}]}))
"""


class Bucket:
    """S3 with one bucket, in memory."""

    def __init__(self) -> None:
        self.made: list[str] = []
        self.objects: dict[str, bytes] = {}

    def list_buckets(self) -> Any:
        return {"Buckets": [{"Name": name} for name in self.made]}

    def create_bucket(self, Bucket: str) -> None:
        self.made.append(Bucket)

    def get_paginator(self, name: str) -> Any:
        assert name == "list_objects_v2"
        return self

    def paginate(self, Bucket: str, Prefix: str) -> list[Any]:
        return [{"Contents": [{"Key": key} for key in sorted(self.objects) if key.startswith(Prefix)]}]

    def delete_objects(self, Bucket: str, Delete: Any) -> None:
        assert len(Delete["Objects"]) <= 1000
        for each in Delete["Objects"]:
            del self.objects[each["Key"]]

    def upload_file(self, path: str, bucket: str, key: str) -> None:
        self.objects[key] = Path(path).read_bytes()

    def download_file(self, bucket: str, key: str, path: str) -> None:
        Path(path).write_bytes(self.objects[key])

    def get_object(self, Bucket: str, Key: str) -> Any:
        return {"Body": io.BytesIO(self.objects[Key])}


@contextmanager
def quiet(_name: str) -> Iterator[Any]:
    yield lambda _news: None


@pytest.fixture
def example(tmp_path: Path) -> Example:
    """A small one: a cluster and one step."""
    folder = tmp_path / "sums"
    (folder / "jobs").mkdir(parents=True)
    (folder / "data.py").write_text(DATA)
    (folder / "check.py").write_text(CHECK)
    (folder / "jobs" / "sum.py").write_text("")
    for name in ("cluster.json", "steps.json"):
        (folder / name).write_bytes((FOLDER / "log-analysis" / name).read_bytes())
    return Example(folder, "Sums", "", bucket="sums")


def run_of(example: Example, emr: Any, s3: Bucket, work: Path) -> Steps:
    return Steps(emr, s3, quiet, example=example, work=work)


@pytest.mark.parametrize("example_", WITH_STEPS, ids=lambda example: example.name)
def test_requests_are_accepted(emr_memory: MemoryEmr, example_: Example) -> None:
    emr = emr_memory.client()
    run = run_of(example_, emr, Bucket(), Path())
    run.start(example_.cluster)
    run.run_steps()
    found = emr.list_steps(ClusterId=run.cluster_id)["Steps"]
    assert [step["Name"] for step in reversed(found)] == [step["Name"] for step in example_.steps]
    assert {step["Status"]["State"] for step in found} == {"COMPLETED"}
    run.terminate()
    assert emr.describe_cluster(ClusterId=run.cluster_id)["Cluster"]["Status"]["State"] == "TERMINATED"


@pytest.mark.parametrize(("answer", "right"), [("5", True), ("6", False)])
def test_a_run(emr_memory: MemoryEmr, example: Example, tmp_path: Path, answer: str, right: bool) -> None:
    s3 = Bucket()
    s3.objects = {"output/old/part-0": b"", **{f"output/many/{number}": b"" for number in range(1001)}}
    run = run_of(example, emr_memory.client(), s3, tmp_path / "work")
    (tmp_path / "work").mkdir()
    run.prepare()
    assert s3.made == ["sums"]
    assert s3.objects == {"raw/numbers": b"2 3", "jobs/sum.py": b""}
    run.start(example.cluster)
    run.run_steps()
    s3.objects["output/sum/part-0"] = answer.encode()
    assert run.check() == Table("Sum", ("sum",), ((int(answer),),), "sum", (Check("the sum", right),))
    assert list(run.seconds)[1:] == ["cluster ready", "MapReduce streaming", "Spark", "results checked"]


class Logs(Bucket):
    """Has each log that is looked for."""

    def paginate(self, Bucket: str, Prefix: str) -> list[Any]:
        return [{"Contents": [{"Key": Prefix}]}]

    def get_object(self, Bucket: str, Key: str) -> Any:
        return {"Body": io.BytesIO(gzip.compress(f"the end of {Bucket} {Key.rpartition('/')[2]}".encode()))}


def test_a_failed_step_ends_the_run(emr_memory: MemoryEmr, example: Example, tmp_path: Path) -> None:
    emr_memory.control.fail_step("MapReduce streaming", message="no such file")
    run = run_of(example, emr_memory.client(), Logs(), tmp_path)
    run.start(example.cluster)
    with pytest.raises(Problem) as caught:
        run.run_steps()
    assert "is FAILED" in caught.value.message and "no such file" in caught.value.message
    assert caught.value.message.endswith("the end of sums stderr.gz")
    assert list(run.seconds) == ["cluster ready"]


def test_the_table_has_bars_and_says_what_is_wrong(capsys: pytest.CaptureFixture[str]) -> None:
    checks = (Check("sums are equal", True), Check("counts are equal", False))
    show_table(Table("Sums", ("hour", "count", "share %"), (("01", 4000, 10.0), ("02", 20, 5.0)), "share %", checks))
    text = capsys.readouterr().out
    first, second = (line for line in text.splitlines() if line.startswith("│"))
    assert "4,000" in first and first.count("█") == 2 * second.count("█") > 0
    assert "✓ sums are equal" in text and "NOT TRUE: counts are equal" in text


def test_a_wide_table_has_its_values_on_a_terminal_of_80_columns(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    row = ("2026-03-01", 8000, "394,327.12", "383,247.10", "384,589.99", 220)
    show_table(Table("Orders", ("day", "orders", "EUR", "GBP", "USD", "lines rejected"), (row,), "orders", ()))
    text = capsys.readouterr().out
    assert all(str(value) in text for value in (*row[:1], "8,000", *row[2:], "████")) and "…" not in text


def test_a_chart_of_nothing_is_no_error(capsys: pytest.CaptureFixture[str]) -> None:
    show_table(Table("Empty", ("a",), ((0,),), "a", ()))
    assert "Empty" in capsys.readouterr().out


def test_the_integration_tests_of_the_example_pass(tmp_path: Path) -> None:
    command = [sys.executable, "-B", "-m", "pytest", "-q", "-p", "no:cacheprovider", "-m", "not real"]
    folder = FOLDER / "integration-test"
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert "6 passed, 1 deselected" in done.stdout, done.stdout + done.stderr
