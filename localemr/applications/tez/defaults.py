"""Defaults of tez-site: jars that are installed on every node, and sizes that fit the nodes."""

from __future__ import annotations

from localemr.applications.java import opens
from localemr.applications.memory import FRUGAL, heap, session_mb, task_mb
from localemr.domain.model.application import Facts

USUAL = "-server -Djava.net.preferIPv4Stack=true"
"""Tez's own default."""
BUFFER_MB = 100
TEZ_JARS = "/usr/lib/tez/*:/usr/lib/tez/lib/*"


def tez_site(facts: Facts) -> dict[str, str]:
    """Tez from the nodes' disks, with small containers and long timeouts between the queries of a session."""
    # Tez puts them before the options that users change.
    always = " ".join(filter(None, (USUAL, FRUGAL, opens(facts.release.java_of("Tez")))))
    return {
        # No download: every node has Tez.
        "tez.ignore.lib.uris": "true",
        "tez.use.cluster.hadoop-libs": "true",
        "tez.cluster.additional.classpath.prefix": TEZ_JARS,
        "tez.am.resource.memory.mb": str(session_mb(facts)),
        "tez.am.launch.cmd-opts": f"{heap(session_mb(facts))} -XX:+UseSerialGC -XX:TieredStopAtLevel=1",
        "tez.am.launch.cluster-default.cmd-opts": always,
        "tez.task.resource.memory.mb": str(task_mb(facts)),
        "tez.task.launch.cmd-opts": f"{heap(task_mb(facts))} -XX:+UseSerialGC",
        "tez.task.launch.cluster-default.cmd-opts": always,
        # Tez's own default is 100 MiB for each: with it a small task lacks memory for its rows.
        "tez.runtime.io.sort.mb": str(min(max(task_mb(facts) // 10, 16), BUFFER_MB)),
        "tez.runtime.unordered.output.buffer.size-mb": str(min(max(task_mb(facts) // 20, 16), BUFFER_MB)),
        "tez.am.container.reuse.enabled": "true",
        "tez.am.container.idle.release-timeout-min.millis": "10000",
        "tez.am.container.idle.release-timeout-max.millis": "20000",
        "tez.session.am.dag.submit.timeout.secs": "300",
        # A tag with the submitting step, by which the applications of a cancelled step are found.
        "tez.application.tags": "${env.LOCALEMR_RUN:-}",
        "tez.staging-dir": "/tmp/${user.name}/staging",
        # There is no timeline server: Tez's modules for it are not published.
        "tez.history.logging.service.class": "org.apache.tez.dag.history.logging.impl.SimpleHistoryLoggingService",
        "tez.tez-ui.history-url.base": "",
        # Milliseconds between status requests of the client and of the tasks.
        "tez.dag.status.pollinterval-ms": "100",
        "tez.am.task.am-heartbeat.interval-ms.max": "100",
        "tez.task.am.heartbeat.interval-ms.max": "100",
        "tez.task.get-task.sleep.interval-ms.max": "50",
        "tez.am.am-rm.heartbeat.interval-ms.max": "250",
    }
