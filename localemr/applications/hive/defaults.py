"""Defaults of Hive's classifications: Hive's names, with EMR's values where it has others (emr-behaviour §8.2)."""

from __future__ import annotations

from localemr.applications.tez.defaults import HEAP, HIVE_JARS, OPENS, heap, task_mb
from localemr.domain.model.application import Facts, Properties

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
JVM = "-Djava.net.preferIPv4Stack=true -Dhadoop.metrics.log.level=WARN"
"""What MapReduce gives its JVMs besides their own options."""


def metastore_uri(facts: Facts) -> str:
    """Where the cluster's metastore listens."""
    return f"thrift://{facts.master_host}:{METASTORE_PORT}"


def driver(url: str) -> str:
    """The class of the JDBC driver for a metastore's database."""
    return next(name for prefix, name in DRIVERS if url.startswith(prefix))


def hive_site(facts: Facts) -> dict[str, str]:
    """Hive on Tez with a metastore on the master; whatever waits for another daemon is patient."""
    asked: Properties = facts.asked.get("hive-site", {})
    return {
        "hive.metastore.uris": metastore_uri(facts),
        "javax.jdo.option.ConnectionURL": DERBY,
        "javax.jdo.option.ConnectionDriverName": driver(asked.get("javax.jdo.option.ConnectionURL", DERBY)),
        "hive.metastore.warehouse.dir": "/user/hive/warehouse",
        "hive.execution.engine": "tez",
        **_patience(),
        **_server(),
        **_tasks(facts),
        # The metastore takes HiveServer2, another user, for no administrator: it would refuse it its notifications.
        "hive.metastore.event.db.notification.api.auth": "false",
        # Of Hive's own list also S3's keys are kept from tasks, which then cannot read s3://.
        "hive.conf.hidden.list": ",".join(PASSWORDS),
    }


def _patience() -> dict[str, str]:
    """All daemons start at once, and one that was killed is back in a few seconds: clients connect again for a minute.
    A database that is away is told of within a minute or so (with the image's hikari.properties)."""
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
        # Hive's own one opens a Tez session that nobody uses, in HiveServer2 and in each `hive`.
        "hive.server2.materializedviews.registry.impl": "DUMMY",
        "hive.server2.logging.operation.log.location": "/var/log/hive/operation_logs",
        "hive.server2.thrift.max.worker.threads": "100",
    }


def _tasks(facts: Facts) -> dict[str, str]:
    """Sizes on Tez; on MapReduce they are mapred-site's, and what Hive needs besides stands where jobs do not look."""
    size = task_mb(facts)
    return {
        "hive.tez.container.size": str(size),
        "hive.tez.java.opts": f"{heap(size)} -XX:+UseSerialGC",
        # A third of the heap, by Hive's own advice.
        "hive.auto.convert.join.noconditionaltask.size": str(round(size * HEAP / 3) * 2**20),
        # Hash tables of map joins on MapReduce, which Hive would else build in a JVM of its own.
        "hive.exec.submit.local.task.via.child": "false",
        "mapreduce.admin.map.child.java.opts": f"{JVM} {OPENS}",
        "mapreduce.admin.reduce.child.java.opts": f"{JVM} {OPENS}",
        "yarn.app.mapreduce.am.admin-command-opts": OPENS,
        # Every node has Hive.
        "mapreduce.application.classpath": HIVE_JARS,
    }


def hive_env(facts: Facts) -> dict[str, str]:
    """Where things are. Heaps in MB are the launcher's: metastore 192, HiveServer2 384, `hive` 512."""
    return {
        "HIVE_CONF_DIR": "/etc/hive/conf",
        "HADOOP_CONF_DIR": "/etc/hadoop/conf",
        "HIVE_LOG_DIR": "/var/log/hive",
    }
