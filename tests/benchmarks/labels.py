"""What an older release costs: `python -m tests.benchmarks.labels`. Prints figures, asserts nothing."""

from __future__ import annotations

import statistics
import sys

from tests.benchmarks.figures import tell
from tests.benchmarks.place import place, start_up
from tests.cluster.installation import Installation

ROUNDS = 3
LABELS = ("emr-6.15.0", "emr-7.13.0")


def main() -> None:
    """All measurements."""
    with place() as installation:
        measure(installation)


def measure(installation: Installation) -> None:
    """RunJobFlow's answer → WAITING of both labels, in turns."""
    for label in LABELS:
        installation.localemr("images", "build", label, "--applications", "Spark")
    seconds: dict[str, list[float]] = {label: [] for label in LABELS}
    for _ in range(ROUNDS):
        for label, taken in seconds.items():
            taken.append(start_up(installation, ReleaseLabel=label))
    old, new = seconds.values()
    ratio = statistics.median(old) / statistics.median(new)
    tell("start of an older release", seconds=seconds, ratio_of_medians=ratio, target="<= 1.3")


if __name__ == "__main__":
    sys.exit(main())
