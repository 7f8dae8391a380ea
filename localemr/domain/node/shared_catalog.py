"""The shared catalog as a cluster sees it: chosen as EMR has Glue's chosen, reached as a metastore elsewhere.

On EMR the property FACTORY of hive-site (for Hive) and of spark-hive-site (for Spark) names a class that talks to Glue
instead of a metastore. The catalog is a metastore itself: here the property's place is taken by its address.
"""

from __future__ import annotations

from collections.abc import Mapping

from localemr.domain.model.records import Records
from localemr.domain.model.versions import target
from localemr.domain.node.configurations import merge

ALIAS = "catalog"
"""The catalog's name in the networks of clusters that use it."""
URI = f"thrift://{ALIAS}:9083"
WAREHOUSE = "s3://localemr-catalog/warehouse"
"""Where databases without a location lie: every cluster reaches it, and it stays."""

CHOOSING = ("hive-site", "spark-hive-site")
URIS = "hive.metastore.uris"
FACTORY = "hive.metastore.client.factory.class"
GLUE = "com.amazonaws.glue.catalog.metastore.AWSGlueDataCatalogHiveClientFactory"

Asked = Mapping[str, Mapping[str, str]]
"""Properties by classification."""


def resolved(asked: Asked) -> Asked:
    """The properties with the catalog's address where Glue is chosen; other factories stay as they are."""
    return {name: _with_address(name, each) if name in CHOOSING else each for name, each in asked.items()}


def _with_address(classification: str, properties: Mapping[str, str]) -> Mapping[str, str]:
    if properties.get(FACTORY) != GLUE:
        return properties
    kept = {name: value for name, value in properties.items() if name != FACTORY}
    own = {URIS: URI}
    if classification == "hive-site":
        # HiveServer2 is no administrator of the catalog, which would refuse it its notifications.
        own["hive.metastore.event.db.notification.api.auth"] = "false"
    return {"hive.metastore.warehouse.dir": WAREHOUSE, **kept, **own}


def chosen_for(asked: Asked, classification: str) -> bool:
    """Whether the resolved properties lead what reads the classification to the catalog."""
    return asked.get(classification, {}).get(URIS) == URI


def uses_catalog(records: Records) -> bool:
    """Whether the cluster, or one of its groups as it is to be, chooses the catalog."""
    layers = [records.cluster.spec.configurations, *(target(group).configurations for group in records.groups)]
    return any(chosen_for(resolved(merge(layer)), name) for layer in layers for name in CHOOSING)
