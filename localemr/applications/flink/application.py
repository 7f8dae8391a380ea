"""Flink with EMR's layout: its command line, whose jobs run on YARN, and the history server on the master."""

from __future__ import annotations

from pathlib import Path

from localemr.applications.flink.defaults import HISTORY_PORT, IDLE_MB, LOGS, NAME, conf
from localemr.applications.image_conf import same_file
from localemr.domain.model.application import Application, Classification, Daemon, WebUi
from localemr.domain.model.failures import FailureLine, Failures
from localemr.domain.model.records import MASTER

CONF, CLIENT_LOGS = "/etc/flink/conf", "/var/log/flink-cli"
IMAGE = Path(__file__).parent / "image"
ON_MASTER = frozenset({MASTER})


def _log4j(name: str) -> Classification:
    """A file of Log4j's properties, whose defaults are the image's."""
    return same_file(CONF, IMAGE / "conf" / f"{name}.properties")


APPLICATION = Application(
    name=NAME,
    needs=("Hadoop",),
    classifications={
        "flink-conf": Classification(f"{CONF}/flink-conf.yaml", "flink-conf", conf),
        "flink-log4j": _log4j("log4j"),
        "flink-log4j-cli": _log4j("log4j-cli"),
        "flink-log4j-session": _log4j("log4j-session"),
    },
    daemons=(
        Daemon(
            "flink-historyserver",
            ON_MASTER,
            ("/usr/lib/flink/bin/historyserver.sh", "start-foreground"),
            "flink",
            LOGS,
            late=True,
            env={"FLINK_LOG_DIR": LOGS},
            reads=frozenset({"core-site", "hdfs-site", "flink-conf", "flink-log4j"}),
        ),
    ),
    web_uis=(WebUi("Flink history server", ON_MASTER, HISTORY_PORT),),
    memory_mb={ON_MASTER: IDLE_MB},
    log_dirs={"flink": LOGS, "flink-cli": CLIENT_LOGS},
    failures=Failures(
        # The command line's words above the exception of a job or of its start.
        lines=(FailureLine(r"^ The program finished with the following exception:$", certain=True, heading=True),),
        # A job failed and was not restarted: the exception below says why.
        consequences=(
            r"^org\.apache\.flink\.runtime\.client\.JobExecutionException: Job execution failed",
            r"^org\.apache\.flink\.runtime\.JobException: Recovery is suppressed by ",
        ),
    ),
    image=str(IMAGE),
)
