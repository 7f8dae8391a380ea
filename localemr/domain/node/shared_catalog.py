"""The shared catalog from a cluster's view: selected as Glue is on EMR, reached as an external metastore.

On EMR the property FACTORY of an application's classification (`hive-site` for Hive) names a class that talks to Glue
instead of a metastore. The shared catalog is a metastore itself: here its address replaces the property.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from localemr.domain.model.application import Application, CatalogReader
from localemr.domain.model.observed import Observed
from localemr.domain.model.records import Records
from localemr.domain.model.versions import target
from localemr.domain.node.configurations import merge

ALIAS = "catalog"
"""The catalog's name in the networks of clusters that use it."""
PORT = 9083
OnDemand = Mapping[str, Mapping[str, str | int]]
"""Ports of an instance that lead to services which the controller starts on demand, by the services' names."""
URI = f"thrift://{ALIAS}:{PORT}"
ON_DEMAND: OnDemand = {ALIAS: {"port": 19083, "to": f"{ALIAS}:{PORT}", "measure": ALIAS}}
"""A port of each instance (docs/node-contract.md) that leads to the catalog, for jobs that choose it themselves: the
instance then reports a measurement, and the controller starts the catalog in the cluster's network. The classes of Hive
and Spark know the port (localemr.hive.Catalogs)."""
WAREHOUSE = "s3://localemr-catalog/warehouse"
"""Default location of databases: every cluster reaches it, and it outlives clusters."""

URIS = "hive.metastore.uris"
FACTORY = "hive.metastore.client.factory.class"
GLUE = "com.amazonaws.glue.catalog.metastore.AWSGlueDataCatalogHiveClientFactory"

OF_GLUE = "hive.metastore.glue."
"""Begins engines' properties of Glue's client: an engine ends with one that it does not use."""

Requested = Mapping[str, Mapping[str, str]]
"""Properties by classification."""


def readers(applications: Iterable[Application]) -> list[CatalogReader]:
    """The classifications with which these applications select a metastore."""
    return [reader for application in applications for reader in application.catalog_readers]


def resolved(requested: Requested, applications: Iterable[Application]) -> Requested:
    """The properties with the catalog's address where Glue is selected. Other factories are unchanged."""
    changed = dict(requested)
    for reader in readers(applications):
        if reader.classification in changed:
            changed[reader.classification] = _with_address(reader, changed[reader.classification])
    return changed


def _with_address(reader: CatalogReader, properties: Mapping[str, str]) -> Mapping[str, str]:
    selects = reader.selects or {FACTORY: GLUE}
    if not any(properties.get(name) == value for name, value in selects.items()):
        return properties
    kept = {name: value for name, value in properties.items() if name not in selects and not name.startswith(OF_GLUE)}
    address = {reader.address: URI} if reader.address else {URIS: URI}
    warehouse = {} if reader.address else {"hive.metastore.warehouse.dir": WAREHOUSE}
    return {**warehouse, **kept, **address, **reader.with_shared}


def chosen_for(requested: Requested, classification: str, address: str = "") -> bool:
    """Whether the resolved properties point the readers of the classification to the catalog."""
    return requested.get(classification, {}).get(address or URIS) == URI


def with_needed_daemons(applications: Iterable[Application], requested: Requested) -> list[Application]:
    """The applications, without the daemon of a metastore that has no reader because all use the shared catalog."""
    found = list(applications)
    used = resolved(requested, found)
    if all(chosen_for(used, reader.classification, reader.address) for reader in readers(found)):
        return [application.without_metastore() for application in found]
    return found


def metastore_uri(applications: Iterable[Application], master_host: str) -> str:
    """The URI of the cluster's own metastore. Empty: it runs none."""
    ports = [application.metastore.port for application in applications if application.metastore]
    return f"thrift://{master_host}:{ports[0]}" if ports else ""


def uses_catalog(records: Records, applications: Iterable[Application]) -> bool:
    """Whether the cluster, or the target of one of its groups, uses the catalog."""
    used = list(applications)
    layers = [records.cluster.spec.configurations, *(target(group).configurations for group in records.groups)]
    return any(
        chosen_for(resolved(merge(layer), used), reader.classification, reader.address)
        for layer in layers
        for reader in readers(used)
    )


def requested_at(seen: Observed) -> float | None:
    """When an instance last requested the catalog by its measurement (epoch seconds). None: none has."""
    times = [each.measurements[ALIAS].at for each in seen.instances.values() if ALIAS in each.measurements]
    return max(times, default=None)
