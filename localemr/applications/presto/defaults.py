"""Defaults of Presto's classifications: Presto's property names, with EMR's values where they differ from Presto's."""

from __future__ import annotations

from collections.abc import Callable

from localemr.applications.java import home, java_home
from localemr.applications.presto.memory import HEAP, heap_mb, query_sizes
from localemr.domain.model.application import Facts, Properties
from localemr.domain.model.records import MASTER

NAME = "Presto"
PORT = 8889
DATA = "/mnt/var/lib/presto"
HADOOP_CONF = "/etc/hadoop/conf"
MOST_DRIVERS = 16
"""Presto's own number of parallel parts of a task."""


def config(facts: Facts) -> dict[str, str]:
    """The server: the coordinator on the master, which works itself only where there is no other instance."""
    coordinator = facts.role == MASTER
    return {
        "coordinator": str(coordinator).lower(),
        **({"discovery-server.enabled": "true"} if coordinator else {}),
        "node-scheduler.include-coordinator": str(coordinator and facts.workers == 0).lower(),
        "discovery.uri": f"http://{facts.master_host}:{PORT}",
        "http-server.http.port": str(PORT),
        # Instances tell each other of their tasks several times a second: it would be sent to LogUri.
        "http-server.log.enabled": "false",
        "http-server.log.path": "/var/log/presto/http-request.log",
        **query_sizes(facts),
        # A minute instead of five: a query does not wait longer for a worker that is gone.
        "query.remote-task.max-error-duration": "1m",
        # A power of two.
        "task.concurrency": str(min(1 << max(facts.yarn_vcores, 2).bit_length() - 1, MOST_DRIVERS)),
        # `experimental.spill-enabled` or a session's `spill_enabled` has queries spill here.
        "experimental.spiller-spill-path": f"{DATA}/spill",
    }


def node(facts: Facts) -> dict[str, str]:
    """The instance: its id stays, whatever restarts."""
    return {
        "node.environment": "production",
        "node.id": facts.instance_id or facts.host,
        "node.internal-address": facts.host,
        "node.data-dir": f"{DATA}/data",
    }


def env(facts: Facts) -> dict[str, str]:
    """Variables of the server and of presto-cli: the heap in MiB, and Java where it is not the instance's own."""
    own = java_home(facts, NAME)
    return {
        HEAP: str(heap_mb(facts)),
        **({"JAVA_HOME": own} if own != home(facts.release.default_java) else {}),
    }


def hive(facts: Facts) -> dict[str, str]:
    """The catalog `hive`: tables of the metastore, files in HDFS as the user of the session, and on S3."""
    site, requested = facts.site, facts.requested.get("presto-connector-hive", {})
    metastore = {"hive.metastore.uri": facts.metastore} if facts.metastore else {}
    own_keys = any(name in requested for name in ("hive.s3.use-instance-credentials", "hive.s3.iam-role"))
    keys = {"hive.s3.aws-access-key": site.access_key, "hive.s3.aws-secret-key": site.secret_key}
    return {
        "connector.name": "hive-hadoop2",
        **metastore,
        "hive.metastore-timeout": "30s",
        "hive.config.resources": f"{HADOOP_CONF}/core-site.xml,{HADOOP_CONF}/hdfs-site.xml",
        "hive.hdfs.impersonation.enabled": "true",
        "hive.non-managed-table-writes-enabled": "true",
        "hive.allow-drop-table": "true",
        "hive.allow-rename-table": "true",
        "hive.allow-add-column": "true",
        "hive.s3.endpoint": site.s3_endpoint,
        "hive.s3.path-style-access": "true",
        "hive.s3.ssl.enabled": "false",
        **({} if own_keys else keys),
    }


def connector(name: str) -> Callable[[Facts], Properties]:
    """The properties that every catalog of this connector has."""
    return lambda facts: {"connector.name": name}


def password_authenticator(facts: Facts) -> dict[str, str]:
    """The kind of authenticator that EMR supports; its server and patterns are the user's."""
    return {"password-authenticator.name": "ldap"}
