"""What steps cost: `python -m tests.benchmarks.steps`, a part of `make bench`. Prints figures, asserts nothing."""

from __future__ import annotations

import statistics
import sys
import time

from tests.benchmarks.figures import tell, timed, until
from tests.benchmarks.place import place, request
from tests.cluster.installation import Installation

ROUNDS = 3
MANY = 200
JOB = (
    "from pyspark.sql import SparkSession\nspark = SparkSession.builder.getOrCreate()\nprint(spark.range(10).count())\n"
)
STOCK = "/tmp/stock"
"""Where the master has a Spark configuration without what LocalEMR adds for speed."""
OURS = ("spark.yarn.jars", "spark.yarn.report.interval", "extraClassPath", "JavaOptions")
"""Settings that a stock configuration has not; the memory that a node can give is in both."""


def main() -> None:
    """All measurements on a cluster of a master and a core instance."""
    with place() as installation, installation.running(request()) as cluster_id:
        measure(installation, cluster_id)


def measure(installation: Installation, cluster_id: str) -> None:
    """Overhead of a step, steps a second, and spark-submit against stock settings."""
    overhead(installation, cluster_id)
    rate(installation, cluster_id)
    spark_submit(installation, cluster_id)


def overhead(installation: Installation, cluster_id: str) -> None:
    """AddJobFlowSteps → COMPLETED minus the bare command on the master, in turns."""
    master = installation.containers(cluster_id, "MASTER")[0]
    command = ("bash", "-c", "sleep 0.5")

    def by_step() -> None:
        step_id = installation.add_step(cluster_id, *command)
        until(lambda: installation.step(cluster_id, step_id)["State"] == "COMPLETED", every=0.01)

    pairs = [(timed(by_step), timed(lambda: installation.run_in(master, *command))) for _ in range(4 * ROUNDS)]
    steps, bare = (statistics.median(each) for each in zip(*pairs, strict=True))
    tell("step overhead", step_s=steps, bare_s=bare, difference_s=steps - bare, target="<= 0.3 s")


def rate(installation: Installation, cluster_id: str) -> None:
    """Steps a second at concurrency 1."""
    job = {"Jar": "command-runner.jar", "Args": ["true"]}
    steps = [{"Name": "true", "ActionOnFailure": "CONTINUE", "HadoopJarStep": job}] * MANY
    began = time.monotonic()
    last = installation.emr.add_job_flow_steps(JobFlowId=cluster_id, Steps=steps)["StepIds"][-1]
    until(lambda: installation.step(cluster_id, last)["State"] == "COMPLETED", every=0.1)
    taken = time.monotonic() - began
    tell(f"{MANY} steps that do nothing", seconds=taken, steps_a_second=MANY / taken, target=">= 3")


def spark_submit(installation: Installation, cluster_id: str) -> None:
    """A trivial PySpark job, as LocalEMR configures spark-submit and with stock settings, in turns."""
    master = installation.containers(cluster_id, "MASTER")[0]
    without = f"grep -vE '{'|'.join(OURS)}' /etc/spark/conf/spark-defaults.conf > {STOCK}/spark-defaults.conf"
    installation.run_in(master, "bash", "-c", f"cp -r /etc/spark/conf {STOCK} && {without}")
    installation.run_in(master, "python3", "-c", f"open('/tmp/trivial.py', 'w').write({JOB!r})")
    for mode in ("client", "cluster"):
        submit = f"spark-submit --deploy-mode {mode} /tmp/trivial.py > /tmp/submitted.log 2>&1"
        plain = f"SPARK_CONF_DIR={STOCK} LOCALEMR_PLAIN_JVM=1 {submit}"
        sides: dict[str, list[tuple[float, float]]] = {"ours": [], "stock": []}
        for _ in range(ROUNDS + 1):
            sides["ours"].append(cost(installation, cluster_id, submit))
            sides["stock"].append(cost(installation, cluster_id, plain))
        # The first of each warms the file cache.
        ours, other = ([statistics.median(each) for each in zip(*taken[1:], strict=True)] for taken in sides.values())
        tell(
            f"spark-submit, {mode} mode", ours_wall_cpu_s=ours, stock_wall_cpu_s=other,
            wall_ratio=ours[0] / other[0], cpu_ratio=ours[1] / other[1], target="<= 0.5",
        )  # fmt: skip


def cost(installation: Installation, cluster_id: str, script: str) -> tuple[float, float]:
    """Seconds of a command on the master, and processor seconds that the cluster's instances spent meanwhile."""
    before = cpu_seconds(installation, cluster_id)
    wall = timed(lambda: installation.run_in(installation.containers(cluster_id, "MASTER")[0], "bash", "-c", script))
    return wall, cpu_seconds(installation, cluster_id) - before


def cpu_seconds(installation: Installation, cluster_id: str) -> float:
    """Processor time of all of the cluster's containers so far."""
    stats = [each.stats(stream=False, one_shot=True) for each in installation.containers(cluster_id)]
    return sum(float(each["cpu_stats"]["cpu_usage"]["total_usage"]) for each in stats) / 1e9


if __name__ == "__main__":
    sys.exit(main())
