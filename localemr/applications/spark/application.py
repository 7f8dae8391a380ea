"""Spark on YARN as EMR sets it up, with its history server on the master."""

from __future__ import annotations

from localemr.applications.spark.defaults import spark_defaults, spark_env
from localemr.domain.application import Application, Classification, Daemon, WebUi
from localemr.domain.records import MASTER

APPLICATION = Application(
    name="Spark",
    needs=("Hadoop",),
    classifications={
        "spark-defaults": Classification("/etc/spark/conf/spark-defaults.conf", "spark-defaults", spark_defaults),
        "spark-env": Classification("/etc/spark/conf/spark-env.sh", "env-export", spark_env),
    },
    daemons=(
        Daemon(
            "spark-history-server",
            frozenset({MASTER}),
            ("spark-class", "org.apache.spark.deploy.history.HistoryServer"),
            "spark",
            "/var/log/spark",
            late=True,
        ),
    ),
    web_uis=(WebUi("Spark history", frozenset({MASTER}), 18080),),
)
