"""A run of tests with an end."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.time_limit import OPTION, REASON, rotated

ROOT = Path(__file__).parents[2]
TESTS = """
import pytest

@pytest.mark.cluster
def test_on_a_cluster():
    pass

def test_without():
    pass
"""


@pytest.mark.parametrize(("seconds", "seen"), [(-1, "1 passed, 1 skipped"), (600, "2 passed")])
def test_after_the_end_no_test_on_clusters_begins(tmp_path: Path, seconds: int, seen: str) -> None:
    (tmp_path / "test_it.py").write_text(TESTS)
    option = f"{OPTION}={int(time.time()) + seconds}"
    command = [sys.executable, "-m", "pytest", "-p", "tests.conftest", "-c", str(ROOT / "pyproject.toml"), option]
    done = subprocess.run([*command, str(tmp_path)], cwd=ROOT, capture_output=True, text=True, check=False)
    assert f"{seen} in" in done.stdout, done.stdout + done.stderr
    assert (REASON in done.stdout) == (seconds < 0)


def test_each_run_with_an_end_begins_elsewhere() -> None:
    groups = ["shared", "hive", "presto"]
    assert rotated(groups, 0) == groups
    assert {rotated(groups, minute * 60)[0] for minute in range(3)} == set(groups)
    assert sorted(rotated(groups, 1_800_000_060)) == sorted(groups)
