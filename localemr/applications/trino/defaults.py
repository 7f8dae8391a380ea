"""Defaults of Trino's classifications: Trino's property names, with EMR's values where they differ from Trino's."""

from __future__ import annotations

from localemr.applications import query_server
from localemr.applications.query_engine import RESOURCES, Engine
from localemr.applications.trino.memory import query_sizes
from localemr.domain.model.application import Facts, Properties

ENGINE = Engine("Trino")
DATA = query_server.data(ENGINE.key)
EXCHANGE = ENGINE.classification("exchange-manager")
MANAGER, DIRECTORIES = "exchange-manager.name", "exchange.base-directories"


def config(facts: Facts) -> Properties:
    """The server."""
    return {
        **query_server.config(facts, ENGINE.key),
        **query_sizes(facts),
        # `spill-enabled` or a session's `spill_enabled` has queries spill here.
        "spiller-spill-path": f"{DATA}/spill",
    }


def s3(facts: Facts) -> dict[str, str]:
    """The installation's S3, with its keys."""
    return {
        "s3.endpoint": facts.site.s3_endpoint,
        "s3.region": facts.region,
        "s3.path-style-access": "true",
        "s3.aws-access-key": facts.site.access_key,
        "s3.aws-secret-key": facts.site.secret_key,
    }


def tables(facts: Facts, connector: str) -> dict[str, str]:
    """A catalog of tables of the metastore, with files in HDFS as the user of the session, and on S3."""
    return {
        "connector.name": connector,
        **({"hive.metastore.uri": facts.metastore} if facts.metastore else {}),
        # The shared catalog starts with its first reader.
        "hive.metastore.thrift.client.connect-timeout": "30s",
        "hive.metastore.thrift.client.read-timeout": "30s",
        "fs.hadoop.enabled": "true",
        "hive.config.resources": RESOURCES,
        "hive.hdfs.impersonation.enabled": "true",
        "fs.native-s3.enabled": "true",
        **s3(facts),
    }


def exchange_manager(facts: Facts) -> dict[str, str]:
    """Where queries with a retry policy keep what they exchange: in HDFS, or on S3 where users name folders there."""
    requested = facts.requested.get(EXCHANGE, {})
    on_s3 = requested.get(DIRECTORIES, "").startswith("s3")
    if requested.get(MANAGER, "filesystem" if on_s3 else "hdfs") == "hdfs":
        return {MANAGER: "hdfs", DIRECTORIES: "/tmp/trino-exchange", "hdfs.config.resources": RESOURCES}
    return {
        MANAGER: "filesystem",
        DIRECTORIES: f"{DATA}/exchange",
        **(exchange_s3(facts) if on_s3 else {}),
    }


def exchange_s3(facts: Facts) -> dict[str, str]:
    """The installation's S3 as the exchange manager names it."""
    return {f"exchange.{name}": value for name, value in s3(facts).items()}
