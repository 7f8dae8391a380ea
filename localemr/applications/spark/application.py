"""Spark on YARN with EMR's layout: its history server is on the master."""

from __future__ import annotations

from pathlib import Path

from localemr.applications.image_conf import same_file
from localemr.applications.spark.defaults import (
    CATALOG,
    NAME,
    shuffle_service,
    spark_defaults,
    spark_env,
    spark_hive_site,
)
from localemr.domain.model.application import Application, CatalogReader, Check, Classification, Daemon, WebUi
from localemr.domain.model.failures import FailureLine, Failures
from localemr.domain.model.records import MASTER

CONF = "/etc/spark/conf"
IMAGE = Path(__file__).parent / "image" / "conf"

FAILURES = Failures(
    # Beginning of Spark SQL's messages: [TABLE_OR_VIEW_NOT_FOUND] …
    lines=(FailureLine(r"^(?:Error in query: )?\[[A-Z][A-Z_.]{3,}\] "),),
    passed_on=(r"Job aborted.*most recent failure: Lost task \S+ in stage \S+ \(TID \d+\) \([^)]*\): (.*)$",),
    consequences=(
        "SparkUserAppException",
        # What remains of a driver that ends.
        r"RpcEnv already stopped|RpcEnvStoppedException",
        r"SparkContext was shut ?down|stopped SparkContext|SparkContext (?:has been|was) stopped",
        r"Could not find (?:CoarseGrainedScheduler|YarnScheduler)",
        r"py4j\.protocol\.Py4JNetworkError|^ConnectionRefusedError|^ConnectionResetError|^EOFError$",
    ),
    launchers=(
        r"org\.apache\.spark\.deploy\.(?:SparkSubmit|yarn\.ApplicationMaster)|org\.apache\.spark\.util\.(?:Spark)?Class",
    ),
    reasons={
        "Output directory already exists.": "PATH_ALREADY_EXISTS",
        "Input path does not exist.": "PATH_NOT_FOUND",
    },
)

APPLICATION = Application(
    name=NAME,
    needs=("Hadoop",),
    classifications={
        "spark": Classification(None, "none"),
        "spark-defaults": Classification(f"{CONF}/spark-defaults.conf", "spark-defaults", spark_defaults),
        "spark-env": Classification(f"{CONF}/spark-env.sh", "env-export", spark_env),
        "spark-metrics": Classification(f"{CONF}/metrics.properties", "properties"),
        "spark-log4j2": same_file(CONF, IMAGE / "log4j2.properties"),
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
    failures=FAILURES,
    image=str(IMAGE.parent),
    with_three_primaries=True,
)
