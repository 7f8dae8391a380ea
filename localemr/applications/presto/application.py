"""Presto with EMR's layout: the coordinator on the master, a worker on each core and task instance."""

from __future__ import annotations

from pathlib import Path

from localemr.applications.presto.defaults import ENGINE, HIVE, config, hive
from localemr.applications.presto.memory import IDLE_MB, NAMES
from localemr.applications.query_engine import Server, application
from localemr.applications.query_server import PORT
from localemr.domain.model.application import Application, CatalogReader, Check
from localemr.domain.node.shared_catalog import FACTORY, GLUE

ANSWERS = Check("Presto's first query", PORT, "/v1/cluster", "totalInputRows", least=1)
"""The launcher's own (image/files/first-query): the coordinator knows a worker that announced itself only seconds
later, and refuses queries until then."""

ALWAYS = ("tpch", "memory", "jmx")
ON_REQUEST = ("tpcds", "blackhole", "localfile", "mysql", "postgresql")
"""Connectors whose catalogs each cluster has, and those whose classification makes one."""

APPLICATION = application(
    Application(
        ENGINE.name,
        needs=("Hadoop", "Hive"),
        contributes={"core-site": ENGINE.proxy_user},
        checks=(ANSWERS,),
        catalog_readers=(
            CatalogReader(
                HIVE,
                selects={"hive.metastore": "glue", "hive.metastore.glue.datacatalog.enabled": "true", FACTORY: GLUE},
                address="hive.metastore.uri",
            ),
        ),
        image=str(Path(__file__).parent / "image"),
    ),
    ENGINE,
    Server(config, "com.facebook.presto", NAMES, IDLE_MB),
    {HIVE: ENGINE.file("catalog/hive", hive), **ENGINE.plain_catalogs(ALWAYS, ON_REQUEST)},
)
