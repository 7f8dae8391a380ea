"""A run of an example that consists of steps: data to S3, the steps, their results from S3, the check."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from localemr.demo.example import Example
from localemr.demo.run import Run
from localemr.problem import Problem

RAW, JOBS, OUTPUT = "raw/", "jobs/", "output/"
"""Places in the bucket: what `data.py` wrote, the jobs, what the steps write. OUTPUT is empty before each run."""
BATCH = 1000
"""Keys in a call of DeleteObjects."""


@dataclass(frozen=True)
class Check:
    """Something that was compared with an independent result."""

    what: str
    right: bool


@dataclass(frozen=True)
class Table:
    """What `check.py` found: a table to look at, and what was compared. `chart` names the column that has bars."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    chart: str
    checks: tuple[Check, ...]

    @property
    def right(self) -> bool:
        """Whether there are checks and all of them hold."""
        return bool(self.checks) and all(check.right for check in self.checks)


@dataclass
class Steps(Run):
    """One run. Its data and results are below `work`."""

    example: Example = field(kw_only=True)
    work: Path = field(kw_only=True)

    def __post_init__(self) -> None:
        self.bucket = self.example.bucket

    @property
    def data(self) -> Path:
        """The folder that `data.py` writes."""
        return self.work / "data"

    @property
    def output(self) -> Path:
        """The folder of what the steps wrote."""
        return self.work / "output"

    def prepare(self) -> None:
        """Make the data, and upload data and jobs."""
        with self.timed("data made and uploaded") as report:
            report("making it")
            program(self.example.folder / "data.py", self.data)
            self.ensure_bucket()
            self._clear(self.keys(OUTPUT))
            for path in self._upload(self.data, RAW):
                report(path)
            for path in self._upload(self.example.folder / "jobs", JOBS):
                report(path)

    def run_steps(self) -> None:
        """The steps one after the other. Problem when one fails."""
        for step in self.example.steps:
            self.complete(step, step["Name"])

    def check(self) -> Table:
        """Fetch what the steps wrote, and compare it with the independent result."""
        with self.timed("results checked") as report:
            for key in self.keys(OUTPUT):
                report(key)
                path = self.output / key.removeprefix(OUTPUT)
                path.parent.mkdir(parents=True, exist_ok=True)
                if not key.endswith("/"):
                    self.s3.download_file(self.bucket, key, str(path))
            report("comparing")
            return table(self.example.folder, self.data, self.output)

    def _upload(self, folder: Path, prefix: str) -> Iterable[str]:
        files = (path for path in sorted(folder.rglob("*")) if path.is_file() and "__pycache__" not in path.parts)
        for path in files:
            key = prefix + path.relative_to(folder).as_posix()
            self.s3.upload_file(str(path), self.bucket, key)
            yield key

    def _clear(self, keys: list[str]) -> None:
        for first in range(0, len(keys), BATCH):
            objects = [{"Key": key} for key in keys[first : first + BATCH]]
            self.s3.delete_objects(Bucket=self.bucket, Delete={"Objects": objects, "Quiet": True})


def table(folder: Path, data: Path, output: Path) -> Table:
    """What the example's `check.py` says of data and output."""
    found = json.loads(program(folder / "check.py", data, output))
    checks = tuple(Check(check["what"], check["right"]) for check in found["checks"])
    rows = tuple(tuple(row) for row in found["rows"])
    return Table(found["title"], tuple(found["columns"]), rows, found["chart"], checks)


def program(path: Path, *arguments: Path) -> str:
    """Standard output of an example's program, run with this Python. Problem when it fails."""
    # -B: nothing is written beside it. It may lie in an installed package.
    command = [sys.executable, "-B", str(path), *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        last = done.stderr.strip().splitlines()[-1:] or [f"exit code {done.returncode}"]
        raise Problem(f"{path.parent.name}/{path.name} failed: {last[0]}", " ".join(command))
    return done.stdout
