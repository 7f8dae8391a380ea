"""Tries release labels on real clusters, one after the other: `make test-labels`, or `python -m tests.labels LABEL …`.

Each label goes through tests/cluster/test_labels.py; missing images are built. The day is written to tried_labels.toml,
from which `make docs` makes the last column of the table in docs/releases.md. A label that fails keeps no row.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path

from localemr.domain.model.release import label_version
from localemr.releases import releases
from tests.releases_page import TRIED

TEST = Path(__file__).parent / "cluster" / "test_labels.py"


def that_run() -> list[str]:
    """The labels that run on real containers, newest first."""
    return sorted((label for label, each in releases().items() if each.runs), key=label_version, reverse=True)


def attempt(label: str) -> str:
    """The day, when the test passed; else nothing."""
    # The test of another label does not count: pytest fails where there is none of this name.
    command = [sys.executable, "-m", "pytest", "-q", f"{TEST}::test_its_jobs_run[{label}]"]
    passed = subprocess.run(command, env=os.environ | {"TEST_LABELS": label}, check=False).returncode == 0
    return time.strftime("%Y-%m-%d") if passed else ""


def write(rows: Mapping[str, str]) -> None:
    """The file with these rows, and the comment at its head."""
    head = [line for line in TRIED.read_text().splitlines() if line.startswith("#")]
    lines = [f'"{label}" = "{rows[label]}"' for label in sorted(rows, key=label_version, reverse=True)]
    TRIED.write_text("\n".join([*head, *lines]) + "\n")


def main(labels: Iterable[str]) -> int:
    """Try these labels (default: all that run); the number of those that failed."""
    failed = []
    for label in labels or that_run():
        seen = attempt(label)
        rows = {name: row for name, row in tomllib.loads(TRIED.read_text()).items() if name != label}
        failed += [] if seen else [label]
        write(rows | ({label: seen} if seen else {}))
        print(label, seen or "failed", flush=True)
    print(f"failed: {' '.join(failed) or 'none'}")
    return len(failed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
