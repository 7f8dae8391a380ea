"""What an older release costs: `python -m tests.benchmarks.labels`. Prints figures, asserts nothing."""

from __future__ import annotations

import statistics
import sys
from functools import partial

from tests.benchmarks.figures import in_turns, tell
from tests.benchmarks.place import place, start_up
from tests.cluster.installation import Installation

LABELS = ("emr-6.15.0", "emr-7.13.0")


def main() -> None:
    """All measurements."""
    with place() as installation:
        measure(installation)


def measure(installation: Installation) -> None:
    """RunJobFlow's answer → WAITING of both labels, in turns."""
    for label in LABELS:
        installation.localemr("images", "build", label, "--applications", "Spark")
    old, new = in_turns(*(partial(start_up, installation, ReleaseLabel=label) for label in LABELS))
    ratio = statistics.median(old) / statistics.median(new)
    tell(
        "start of an older release",
        seconds=dict(zip(LABELS, (old, new), strict=True)),
        ratio_of_medians=ratio,
        target="<= 1.3",
    )


if __name__ == "__main__":
    sys.exit(main())
