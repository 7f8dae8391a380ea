"""Defaults of tez-site: jars that are on every node, and sizes that fit the nodes."""

from __future__ import annotations

from localemr.applications.archives import archived
from localemr.domain.model.application import Facts

HEAP = 0.7
"""The heap's share of a container: what is left is for classes and threads, of which Hive has many."""
OPENED = ("lang", "lang.reflect", "util", "util.concurrent", "util.concurrent.atomic", "util.regex", "net", "io", "nio",
          "text", "time")  # fmt: skip
OPENS = " ".join((*(f"--add-opens=java.base/java.{name}=ALL-UNNAMED" for name in OPENED),
                  "--add-opens=java.sql/java.sql=ALL-UNNAMED"))  # fmt: skip
"""What Hive 3 and Tez look into of Java 17 (also in Hive's image, files/opens)."""
USUAL = "-server -Djava.net.preferIPv4Stack=true"
"""Tez's own default."""
TEZ_JARS = "/usr/lib/tez/*:/usr/lib/tez/lib/*"
HIVE_JARS = "/usr/lib/hive-classpath.jar"
"""A jar that lists Hadoop's, Tez's and Hive's, in the order in which tasks need them; first in a class path it makes
the archive of their classes valid (image/files/build of Hive)."""


def master_mb(facts: Facts) -> int:
    """MiB of Tez's application master: with one task beside it, it must fit on a node."""
    return min(512, facts.yarn_mb // 3)


def task_mb(facts: Facts) -> int:
    """MiB of a task: EMR's rule for a map task, but no less than what Hive runs in."""
    return max(facts.yarn_mb // max(facts.yarn_vcores, 1), min(512, facts.yarn_mb // 2))


def heap(mb: int) -> str:
    """The option for the heap of a container of this size."""
    return f"-Xmx{round(mb * HEAP)}m"


def tez_site(facts: Facts) -> dict[str, str]:
    """Tez from the nodes' own disks, small, and patient between the queries of a session."""
    with_hive = "Hive" in facts.applications
    # Tez puts them before the options that users change.
    always = " ".join((USUAL, OPENS, *([archived("tez")] if with_hive else [])))
    return {
        # Nothing is fetched: every node has Tez.
        "tez.ignore.lib.uris": "true",
        "tez.use.cluster.hadoop-libs": "true",
        "tez.cluster.additional.classpath.prefix": HIVE_JARS if with_hive else TEZ_JARS,
        "tez.am.resource.memory.mb": str(master_mb(facts)),
        "tez.am.launch.cmd-opts": f"{heap(master_mb(facts))} -XX:+UseSerialGC -XX:TieredStopAtLevel=1",
        "tez.am.launch.cluster-default.cmd-opts": always,
        "tez.task.resource.memory.mb": str(task_mb(facts)),
        "tez.task.launch.cmd-opts": f"{heap(task_mb(facts))} -XX:+UseSerialGC",
        "tez.task.launch.cluster-default.cmd-opts": always,
        # Of Tez's own default, 100 MiB, a small task has not enough left for its rows.
        "tez.runtime.io.sort.mb": str(max(task_mb(facts) // 10, 16)),
        "tez.runtime.unordered.output.buffer.size-mb": str(max(task_mb(facts) // 20, 16)),
        "tez.am.container.reuse.enabled": "true",
        "tez.am.container.idle.release-timeout-min.millis": "10000",
        "tez.am.container.idle.release-timeout-max.millis": "20000",
        "tez.session.am.dag.submit.timeout.secs": "300",
        # The step that submits it: what is left of a cancelled step is found by this.
        "tez.application.tags": "${env.LOCALEMR_RUN:-}",
        "tez.staging-dir": "/tmp/${user.name}/staging",
        # There is no timeline server: Tez's modules for it are published nowhere.
        "tez.history.logging.service.class": "org.apache.tez.dag.history.logging.impl.SimpleHistoryLoggingService",
        "tez.tez-ui.history-url.base": "",
        # Milliseconds; the client and the tasks ask for news so often.
        "tez.dag.status.pollinterval-ms": "100",
        "tez.am.task.am-heartbeat.interval-ms.max": "100",
        "tez.task.am.heartbeat.interval-ms.max": "100",
        "tez.task.get-task.sleep.interval-ms.max": "50",
        "tez.am.am-rm.heartbeat.interval-ms.max": "250",
    }
