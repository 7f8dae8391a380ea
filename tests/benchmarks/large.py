"""A controller over a large store, in a process of its own: `python -m tests.benchmarks.large HOME PORT`."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

from localemr.clock import RealClock
from localemr.domain.model import ids
from localemr.domain.model.records import ClusterSpec, ClusterStatus, InstanceSpec, InstanceStatus
from localemr.domain.model.states import ClusterState, InstanceState, StepState
from localemr.domain.model.steps import StepSpec, StepStatus
from localemr.settings import Settings
from localemr.store import Store
from localemr.store.rows import dump

STEPS_EACH = 5


def fill(home: Path, clusters: int, steps: int) -> str:
    """Write the database: ended clusters with two instances and 5 steps each, the first with all that are left over.

    Returns the first cluster's id.
    """
    path = Settings(home=str(home)).database
    Store(path).close()
    import sqlite3

    spec = dump(ClusterSpec("large", "emr-7.13.0", ("Spark",)))
    status = dump(ClusterStatus(ClusterState.TERMINATED, ready=2.0, ended=3.0))
    node = InstanceSpec("ig-1", "MASTER", "m5.xlarge", 1, "i-1", "ip-10-0-0-1")
    ended = dump(InstanceStatus(InstanceState.TERMINATED, ready=2.0, ended=3.0))
    done = dump(StepStatus(StepState.COMPLETED, started=2.0, ended=3.0))
    task = dump(StepSpec("step", "command-runner.jar", ("true",)))
    names = [f"j-{number:013d}" for number in range(clusters)]
    with sqlite3.connect(path) as db:
        db.execute("PRAGMA synchronous=OFF")
        rows = [(name, float(number), "TERMINATED", spec, status) for number, name in enumerate(names)]
        db.executemany("INSERT INTO clusters VALUES (?,?,?,?,?)", rows)
        for each, name in enumerate(names):
            count = STEPS_EACH if each else steps - STEPS_EACH * (clusters - 1)
            numbers = range(1, count + 1)
            made = [(ids.step_id(name, number), name, number, 1.0, task, done) for number in numbers]
            db.executemany("INSERT INTO steps VALUES (?,?,?,?,?,?)", made)
            for number in (1, 2):
                shown = dump(replace(node, number=number))
                db.execute(
                    "INSERT INTO instances VALUES (?,?,?,?,?,?)", (f"{name}-{number}", name, number, 1.0, shown, ended)
                )
    db.close()
    return names[0]


def main() -> None:
    """Serve the store in HOME at PORT until a signal comes."""
    import uvicorn

    from localemr.app import create_app
    from localemr.platforms import memory_platform

    home, port = sys.argv[1:]
    # The settings are those of a real installation: the store is in a file beside those alone.
    # Its clusters have ended long ago, and are not deleted for that.
    app = create_app(Settings(home=home, retention_days=0), memory_platform(RealClock()))
    uvicorn.run(app, port=int(port), log_level="error", access_log=False)


if __name__ == "__main__":
    main()
