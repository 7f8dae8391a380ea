"""Tries release labels on real clusters, one after the other: `make test-labels`, or `python -m tests.labels LABEL …`.

Each label goes through tests/cluster/test_labels.py; missing images are built. What was seen is written to
labels_tried.json, from which `make docs` makes the table in docs/releases.md. A label that fails keeps no row.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from localemr.domain.model.release import label_version
from localemr.releases import releases

FILE = Path(__file__).parent / "labels_tried.json"
TEST = Path(__file__).parent / "cluster" / "test_labels.py"


def that_run() -> list[str]:
    """The labels that run on real containers, newest first."""
    return sorted((label for label, each in releases().items() if each.runs), key=label_version, reverse=True)


def tried() -> Mapping[str, Mapping[str, Any]]:
    """Label → what was seen: the date, the versions that the job met, and seconds."""
    return dict(json.loads(FILE.read_text())) if FILE.exists() else {}


def attempt(label: str) -> Mapping[str, Any] | None:
    """The properties that the test recorded; None when it failed."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        command = [sys.executable, "-m", "pytest", "-q", str(TEST), f"--junitxml={report}"]
        done = subprocess.run(command, env=os.environ | {"LOCALEMR_TEST_LABELS": label}, check=False)
        if done.returncode:
            return None
        seen = {each.attrib["name"]: each.attrib["value"] for each in ElementTree.parse(report).iter("property")}
    times = {name: float(seen[name]) for name in ("build_seconds", "seconds")}
    return {"date": time.strftime("%Y-%m-%d"), "versions": json.loads(seen["versions"]), **times}


def main(labels: Iterable[str]) -> int:
    """Try these labels (default: all that run); the number of those that failed."""
    failed = []
    for label in labels or that_run():
        seen = attempt(label)
        rows = {name: row for name, row in tried().items() if name != label}
        if seen is None:
            failed.append(label)
        else:
            rows[label] = seen
        FILE.write_text(json.dumps(rows, indent=1, sort_keys=True) + "\n")
        print(label, "failed" if seen is None else seen, flush=True)
    print(f"failed: {' '.join(failed) or 'none'}")
    return len(failed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
