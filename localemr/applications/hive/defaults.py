"""Defaults of Hive's classifications: Hive's property names, with EMR's values where they differ (emr-behaviour
§8.2)."""

from __future__ import annotations

from localemr.applications.java import JOB, java_options, opens, own_java
from localemr.applications.memory import FIRST_HEAP, FRUGAL, heap, heap_mb, task_mb
from localemr.domain.model.application import Facts

NAME = "Hive"
HIVE_JARS = "/usr/lib/hive-classpath.jar"
"""A jar whose manifest lists the jars of Hadoop, Tez and Hive in the order that tasks need. As the first entry of a
class path it makes the archive of their classes valid (image/files/build)."""
METASTORE_PORT, SERVER_PORT, SERVER_HTTP_PORT, SERVER_UI_PORT = 9083, 10000, 10001, 10002
DERBY = "jdbc:derby:;databaseName=/var/lib/hive/metastore/metastore_db"
DRIVERS = (
    ("jdbc:derby:", "org.apache.derby.jdbc.EmbeddedDriver"),
    ("jdbc:postgresql:", "org.postgresql.Driver"),
    # Also of jdbc:mysql: URLs, as on EMR.
    ("", "org.mariadb.jdbc.Driver"),
)
PASSWORDS = (
    "javax.jdo.option.ConnectionPassword",
    "hive.server2.keystore.password",
    "hive.metastore.keystore.password",
    "hive.druid.metadata.password",
)


def driver(url: str) -> str:
    """The class of the JDBC driver for a metastore's database."""
    return next(name for prefix, name in DRIVERS if url.startswith(prefix))


def hive_site(facts: Facts) -> dict[str, str]:
    """Hive on Tez with a metastore on the master; daemons wait for each other."""
    requested = facts.requested.get("hive-site", {})
    return {
        "hive.metastore.uris": facts.metastore,
        "javax.jdo.option.ConnectionURL": DERBY,
        "javax.jdo.option.ConnectionDriverName": driver(requested.get("javax.jdo.option.ConnectionURL", DERBY)),
        "hive.metastore.warehouse.dir": "/user/hive/warehouse",
        "hive.execution.engine": "tez",
        **_patience(),
        **_server(),
        **_tasks(facts),
        # HiveServer2's user is not an administrator of the metastore, which would refuse it notifications.
        "hive.metastore.event.db.notification.api.auth": "false",
        # Hive's own list also hides the S3 keys from tasks, which then cannot read s3://.
        "hive.conf.hidden.list": ",".join(PASSWORDS),
    }


def _patience() -> dict[str, str]:
    """Retries of clients, for a minute: all daemons start in parallel, and a killed daemon restarts in a few seconds.
    An unavailable database is reported within about a minute (with the image's hikari.properties)."""
    return {
        "hive.metastore.connect.retries": "60",
        "hive.metastore.failure.retries": "1",
        "hive.hmshandler.retry.attempts": "1",
        "hive.hmshandler.retry.interval": "500ms",
        "hive.metastore.client.connect.retry.delay": "1s",
        "hive.server2.max.start.attempts": "300",
        "hive.server2.sleep.interval.between.start.attempts": "300ms",
    }


def _server() -> dict[str, str]:
    return {
        "hive.server2.thrift.port": str(SERVER_PORT),
        "hive.server2.thrift.http.port": str(SERVER_HTTP_PORT),
        "hive.server2.webui.port": str(SERVER_UI_PORT),
        "hive.server2.enable.doAs": "true",
        "hive.server2.tez.initialize.default.sessions": "false",
        # Hive's own default opens an unused Tez session in HiveServer2 and in every `hive`.
        "hive.server2.materializedviews.registry.impl": "DUMMY",
        "hive.server2.logging.operation.log.location": "/var/log/hive/operation_logs",
        "hive.server2.thrift.max.worker.threads": "100",
    }


def _tasks(facts: Facts) -> dict[str, str]:
    """Sizes on Tez. On MapReduce they are in mapred-site; the others are in properties that jobs do not set."""
    size, opened = task_mb(facts), opens(facts.release.java_of(NAME))
    return {
        "hive.tez.container.size": str(size),
        "hive.tez.java.opts": f"{heap(size)} -XX:+UseSerialGC",
        # A third of the heap, as Hive recommends.
        "hive.auto.convert.join.noconditionaltask.size": str(round(heap_mb(size) / 3) * 2**20),
        # Hash tables of map joins on MapReduce, which Hive would otherwise build in a separate JVM.
        "hive.exec.submit.local.task.via.child": "false",
        "mapreduce.admin.map.child.java.opts": f"{JOB} {FRUGAL} {opened}".rstrip(),
        "mapreduce.admin.reduce.child.java.opts": f"{JOB} {FRUGAL} {opened}".rstrip(),
        "yarn.app.mapreduce.am.admin-command-opts": f"{FRUGAL} {opened}".rstrip(),
        # Every node has Hive.
        "mapreduce.application.classpath": HIVE_JARS,
    }


def hive_env(facts: Facts) -> dict[str, str]:
    """Paths. Heaps in MB are set by the launcher: metastore 192, HiveServer2 384, `hive` 512."""
    return {
        "HIVE_CONF_DIR": "/etc/hive/conf",
        "HADOOP_CONF_DIR": "/etc/hadoop/conf",
        "HIVE_LOG_DIR": "/var/log/hive",
        "HIVE_METASTORE_HADOOP_OPTS": FIRST_HEAP,
        "HIVE_SERVER2_HADOOP_OPTS": FIRST_HEAP,
        **own_java(facts, NAME),
        **java_options(facts, NAME),
    }
