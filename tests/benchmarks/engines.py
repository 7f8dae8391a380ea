"""What Presto and Iceberg cost and save: `python -m tests.benchmarks.engines`. Prints figures, asserts nothing but that
the answers are right."""

from __future__ import annotations

import json
import statistics
import sys
import tempfile
from pathlib import Path

from tests import tpch
from tests.benchmarks.figures import in_turns, tell, timed
from tests.benchmarks.place import place, prepare, request, start_up
from tests.cluster.installation import Installation
from tests.cluster.queries import SCHEMA, Queries, make_tables

ROUNDS = 3
WITHOUT = ("Hadoop", "Spark", "Hive")
WITH = (*WITHOUT, "Presto")
CONFIGURATIONS = [{"Classification": "iceberg-defaults", "Properties": {"iceberg.enabled": "true"}}]
ROWS, TURNS = 200_000, 7
"""Of an append."""


def main() -> None:
    """All measurements."""
    with place() as installation:
        prepare(installation)
        start(installation)
        queries(installation)
        appends(installation)


def start(installation: Installation) -> None:
    """RunJobFlow's answer → WAITING with Presto and without, in turns."""
    without, with_it = in_turns(lambda: start_up(installation, *WITHOUT), lambda: start_up(installation, *WITH))
    ratio = statistics.median(with_it) / statistics.median(without)
    tell("start with Presto", with_s=with_it, without_s=without, ratio_of_medians=ratio, target="<= 1.5")


def queries(installation: Installation) -> None:
    """TPC-H's queries over the same tables in one session of Presto and one of Hive on Tez, in turns."""
    with installation.running(request(*WITH)) as cluster_id, tempfile.TemporaryDirectory() as folder:
        expected = make_tables(installation, cluster_id, "presto", Path(folder))
        engine = Queries(installation, cluster_id, "presto-cli")
        engine.check_answers(expected)
        (master,) = installation.containers(cluster_id, "MASTER")
        session = f"beeline -u jdbc:hive2://localhost:10000/{SCHEMA} -n hadoop --silent=true -f /tmp/queries.sql"
        pairs = [
            (timed(lambda: engine.answers(SCHEMA)), timed(lambda: installation.run_in(master, "bash", "-c", session)))
            for _ in range(ROUNDS)
        ]
        presto, hive = (list(each) for each in zip(*pairs, strict=True))
        ratio = statistics.median(presto) / statistics.median(hive)
        tell(f"{len(expected)} queries of TPC-H at scale {tpch.SCALE}", presto_s=presto, hive_s=hive,
             ratio_of_medians=ratio, target="<= 0.5")  # fmt: skip


def appends(installation: Installation) -> None:
    """Appends to an Iceberg table in Glue and to plain Parquet, in turns."""
    with installation.running(request("Spark", Configurations=CONFIGURATIONS)) as cluster_id:
        script = ("spark-submit", "s3://data/scripts/appends.py", "s3://data/appends", str(ROWS), str(TURNS))
        step_id = installation.add_step(cluster_id, *script)
        installation.wait_step(cluster_id, step_id, "COMPLETED")
        taken = json.loads(installation.step_log(cluster_id, step_id))
        ratio = statistics.median(taken["iceberg"]) / statistics.median(taken["parquet"])
        tell("append through Glue", iceberg_s=taken["iceberg"], parquet_s=taken["parquet"], ratio_of_medians=ratio,
             target="<= 1.5")  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
