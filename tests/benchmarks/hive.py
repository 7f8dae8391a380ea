"""What Hive costs: `python -m tests.benchmarks.hive`, a part of `make bench`. Prints figures, asserts nothing."""

from __future__ import annotations

import re
import statistics
import sys

from tests.benchmarks.figures import in_turns, tell, timed, until
from tests.benchmarks.place import place, request, start_up
from tests.cluster.installation import Installation

ROUNDS = 3
LOOK_EVERY = 0.1
"""Seconds. Hive is busy on both cores: looking more often would take half of one from it, and nobody looks when it is
typed."""
WITHOUT = ("Hadoop", "Spark")
WITH = (*WITHOUT, "Hive")
WORDS = "create table words stored as orc as select 'a' as word union all select 'b' union all select 'a'"
QUERY = "select word, count(*) from words group by word"
TOOK = re.compile(r"rows? selected \(([\d.]+) seconds\)")


def main() -> None:
    """All measurements."""
    with place() as installation:
        measure(installation)


def measure(installation: Installation) -> None:
    """Start with Hive and without; Tez against MapReduce; the overhead of a Hive step."""
    start(installation)
    with installation.running(request(*WITH)) as cluster_id:
        engines(installation, cluster_id)
        overhead(installation, cluster_id)


def start(installation: Installation) -> None:
    """RunJobFlow's answer → WAITING with Hive and without, in turns."""
    without, with_it = in_turns(lambda: start_up(installation, *WITHOUT), lambda: start_up(installation, *WITH))
    ratio = statistics.median(with_it) / statistics.median(without)
    tell("start with Hive", with_s=with_it, without_s=without, ratio_of_medians=ratio, target="<= 1.3")


def engines(installation: Installation, cluster_id: str) -> None:
    """The second small query in one session of HiveServer2, on Tez and on MapReduce, in turns."""
    master = installation.containers(cluster_id, "MASTER")[0]
    statements = [WORDS]
    for _ in range(ROUNDS):
        for engine in ("tez", "mr"):
            statements += [f"set hive.execution.engine={engine}", QUERY, QUERY]
    said = installation.run_in(
        master, "bash", "-c", f'beeline -u jdbc:hive2://localhost:10000 -n hadoop -e "{"; ".join(statements)};" 2>&1'
    )
    seconds = list(map(float, TOOK.findall(said)))
    assert len(seconds) == 4 * ROUNDS, said
    tez, mapreduce = seconds[1::4], seconds[3::4]
    ratio = statistics.median(tez) / statistics.median(mapreduce)
    tell("a second query in a session", tez_s=tez, mapreduce_s=mapreduce, ratio_of_medians=ratio, target="<= 0.3")


def overhead(installation: Installation, cluster_id: str) -> None:
    """AddJobFlowSteps → COMPLETED of a Hive script minus `hive -f` on the master, in turns."""
    master = installation.containers(cluster_id, "MASTER")[0]
    installation.s3.create_bucket(Bucket="hive")
    installation.s3.put_object(Bucket="hive", Key="query.q", Body=b"select count(*) from words;\n")
    installation.run_in(master, "bash", "-c", "echo 'select count(*) from words;' > /tmp/query.q")

    def by_step() -> None:
        script = ("hive-script", "--run-hive-script", "--args", "-f", "s3://hive/query.q")
        step_id = installation.add_step(cluster_id, *script)
        until(lambda: installation.step(cluster_id, step_id)["State"] == "COMPLETED", LOOK_EVERY)

    def by_hand() -> None:
        installation.run_in(master, "bash", "-c", "hive -f /tmp/query.q > /tmp/typed.log 2>&1")

    pairs = [(timed(by_step), timed(by_hand)) for _ in range(ROUNDS + 1)]
    # The first of each warms the file cache.
    steps, typed = (list(each) for each in zip(*pairs[1:], strict=True))
    difference = statistics.median(steps) - statistics.median(typed)
    tell("overhead of a Hive step", step_s=steps, typed_s=typed, difference_of_medians_s=difference, target="<= 0.5 s")


if __name__ == "__main__":
    sys.exit(main())
