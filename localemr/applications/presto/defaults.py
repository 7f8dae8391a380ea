"""Defaults of Presto's classifications: Presto's property names, with EMR's values where they differ from Presto's."""

from __future__ import annotations

from localemr.applications import query_server
from localemr.applications.presto.memory import query_sizes
from localemr.applications.query_engine import RESOURCES, Engine
from localemr.domain.model.application import Facts, Properties
from localemr.domain.model.records import MASTER

ENGINE = Engine("Presto")
DATA = query_server.data(ENGINE.key)
HIVE = ENGINE.connector("hive")


def config(facts: Facts) -> Properties:
    """The server. Presto's coordinator is also the one at which servers announce themselves."""
    return {
        **query_server.config(facts, ENGINE.key),
        **({"discovery-server.enabled": "true"} if facts.role == MASTER else {}),
        **query_sizes(facts),
        # `experimental.spill-enabled` or a session's `spill_enabled` has queries spill here.
        "experimental.spiller-spill-path": f"{DATA}/spill",
    }


def hive(facts: Facts) -> dict[str, str]:
    """The catalog `hive`: tables of the metastore, files in HDFS as the user of the session, and on S3."""
    site, requested = facts.site, facts.requested.get(HIVE, {})
    metastore = {"hive.metastore.uri": facts.metastore} if facts.metastore else {}
    own_keys = any(name in requested for name in ("hive.s3.use-instance-credentials", "hive.s3.iam-role"))
    keys = {"hive.s3.aws-access-key": site.access_key, "hive.s3.aws-secret-key": site.secret_key}
    return {
        "connector.name": "hive-hadoop2",
        **metastore,
        "hive.metastore-timeout": "30s",
        "hive.config.resources": RESOURCES,
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
