"""Spark on YARN as EMR sets it up, with its history server on the master."""

from __future__ import annotations

from pathlib import Path

from localemr.applications.image_conf import as_in
from localemr.applications.spark.defaults import (
    CATALOG,
    NAME,
    shuffle_service,
    spark_defaults,
    spark_env,
    spark_hive_site,
)
from localemr.domain.model.application import Application, CatalogReader, Check, Classification, Daemon, WebUi
from localemr.domain.model.records import MASTER

CONF = "/etc/spark/conf"
IMAGE = Path(__file__).parent / "image" / "conf"

APPLICATION = Application(
    name=NAME,
    needs=("Hadoop",),
    classifications={
        "spark": Classification(None, "none"),
        "spark-defaults": Classification(f"{CONF}/spark-defaults.conf", "spark-defaults", spark_defaults),
        "spark-env": Classification(f"{CONF}/spark-env.sh", "env-export", spark_env),
        "spark-metrics": Classification(f"{CONF}/metrics.properties", "properties"),
        "spark-log4j2": Classification(f"{CONF}/log4j2.properties", "properties", as_in(IMAGE / "log4j2.properties")),
        CATALOG: Classification(f"{CONF}/hive-site.xml", "hadoop-xml", spark_hive_site),
    },
    contributes={"yarn-site": shuffle_service},
    daemons=(
        Daemon(
            "spark-history-server",
            frozenset({MASTER}),
            ("spark-class", "org.apache.spark.deploy.history.HistoryServer"),
            "spark",
            "/var/log/spark",
            late=True,
            reads=frozenset({"spark", "spark-defaults", "spark-env", "spark-metrics", "spark-log4j2"}),
            up=Check("Spark history server", 18080, "/api/v1/version", "spark", contains=()),
        ),
    ),
    web_uis=(
        WebUi(
            "Spark history",
            frozenset({MASTER}),
            18080,
            kinds={"SparkHistoryServer": "/history/application_{}/"},
        ),
    ),
    catalog_readers=(CatalogReader(CATALOG),),
    log_dirs={"spark": "/var/log/spark"},
    image=str(IMAGE.parent),
)
