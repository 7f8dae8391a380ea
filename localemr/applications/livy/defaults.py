"""Defaults of Livy's classifications, with EMR's values where they differ from Livy's."""

from __future__ import annotations

from localemr.domain.model.application import Contribution, Facts

NAME = "Livy"
PORT = 8998
LOGS = "/var/log/livy"


def conf(facts: Facts) -> dict[str, str]:
    """The server: drivers run in YARN's containers, as on EMR."""
    return {
        "livy.spark.master": "yarn",
        "livy.spark.deploy-mode": "cluster",
        "livy.server.port": str(PORT),
    }


def env(facts: Facts) -> dict[str, str]:
    """Paths of the server and of what it starts."""
    return {
        "SPARK_HOME": "/usr/lib/spark",
        "SPARK_CONF_DIR": "/etc/spark/conf",
        "HADOOP_CONF_DIR": "/etc/hadoop/conf",
        "LIVY_LOG_DIR": LOGS,
    }


def environment(facts: Facts) -> dict[str, str]:
    """Of the daemon: the version of Livy whose API the label has, and the name by which sessions reach it."""
    return {
        "LIVY_API_VERSION": f"{facts.release.applications.get(NAME, '')}-incubating",
        "LIVY_HOST": facts.host,
    }


def log4j(facts: Facts) -> dict[str, str]:
    """The level of the server's messages."""
    return {"rootLogger.level": "info"}


def proxy_user(facts: Facts) -> Contribution:
    """Of core-site: with `livy.impersonation.enabled` applications run as the user of a request."""
    return {"hadoop.proxyuser.livy.hosts": "*", "hadoop.proxyuser.livy.groups": "*"}
