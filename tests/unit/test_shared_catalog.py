"""The classification that chooses Glue on EMR leads a cluster to the shared catalog."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from localemr.applications.spark.defaults import spark_defaults
from localemr.domain.decide.passes import Pass
from localemr.domain.model.application import Facts
from localemr.domain.model.instructions import Configure, EnsureCluster
from localemr.domain.model.observed import Observed
from localemr.domain.model.records import ClusterSpec, Records
from localemr.domain.node.configurations import files
from localemr.domain.node.instance_files import facts_of
from localemr.domain.node.shared_catalog import FACTORY, GLUE, URI, URIS, chosen_for, resolved, uses_catalog
from localemr.reconcile.act import Tools, act
from localemr.runtime.base import RuntimeFailure
from localemr.runtime.memory import MemoryRuntime
from tests.unit.test_configurations import with_instances
from tests.world import CATALOG, make_records

APPLICATIONS = list(CATALOG.applications.values())
CHOICE = {"Classification": "spark-hive-site", "Properties": {FACTORY: GLUE}}


def choosing(*documents: dict[str, Any]) -> Records:
    spec = ClusterSpec("t", "emr-7.13.0", ("Spark",), configurations=documents)
    return with_instances(make_records(spec=spec))


def facts(*documents: dict[str, Any]) -> Facts:
    records = choosing(*documents)
    applications = list(CATALOG.applications.values())
    return facts_of(records, records.instances[0], applications, CATALOG)


def test_the_choice_becomes_an_address() -> None:
    requested = {"hive-site": {FACTORY: GLUE, URIS: "thrift://else:1", "a": "b"}, "core-site": {FACTORY: GLUE}}
    asked = resolved(requested, APPLICATIONS)
    assert asked["hive-site"][URIS] == URI
    assert asked["hive-site"]["a"] == "b"
    assert FACTORY not in asked["hive-site"]
    assert asked["core-site"] == {FACTORY: GLUE}
    assert chosen_for(asked, "hive-site")
    assert not chosen_for(asked, "spark-hive-site")


def test_another_factory_is_the_users_own() -> None:
    asked = {"hive-site": {FACTORY: "org.example.Factory"}}
    assert resolved(asked, APPLICATIONS) == asked
    assert not uses_catalog(choosing({"Classification": "hive-site", "Properties": asked["hive-site"]}), APPLICATIONS)


def test_sparks_files_lead_to_the_catalog_and_its_warehouse() -> None:
    found = files(list(CATALOG.applications.values()), facts(CHOICE))
    assert f"<name>{URIS}</name><value>{URI}</value>" in found["/etc/spark/conf/hive-site.xml"]
    assert FACTORY not in "".join(found.values())
    assert spark_defaults(facts(CHOICE))["spark.sql.warehouse.dir"] == "s3://localemr-catalog/warehouse"
    assert spark_defaults(facts())["spark.sql.warehouse.dir"] == "hdfs:///user/spark/warehouse"


def test_a_group_may_choose_alone() -> None:
    records = make_records()
    assert not uses_catalog(records, APPLICATIONS)
    (first, *others) = records.groups
    own = replace(first, spec=replace(first.spec, configurations=(CHOICE,)))
    assert uses_catalog(replace(records, groups=(own, *others)), APPLICATIONS)


class Seen(MemoryRuntime):
    """The services that a cluster was to reach."""

    services: set[str] | None = None

    async def ensure_cluster(self, cluster: str, annotations: Any, hosts: str, services: Any) -> None:
        self.services = set(services)
        await super().ensure_cluster(cluster, annotations, hosts, services)


def attached(records: Records, started: Any, instruction: Any) -> Any:
    runtime = Seen()
    tools = Tools(runtime, CATALOG, frozenset({"s3"}), started)
    applications = list(CATALOG.applications.values())

    async def run() -> None:
        if isinstance(instruction, Configure):
            with pytest.raises(RuntimeFailure):  # there is no such instance
                await act(tools, records, applications, [instruction])
        else:
            await act(tools, records, applications, [instruction])

    asyncio.run(run())
    return runtime.services


async def _start(cluster: str) -> None:
    pass


def test_the_catalog_is_attached_where_it_is_used_alone() -> None:
    assert attached(choosing(CHOICE), _start, EnsureCluster()) == {"s3", "catalog"}
    assert attached(choosing(), _start, EnsureCluster()) == {"s3"}


def test_it_is_attached_as_well_when_a_running_cluster_is_reconfigured() -> None:
    records = choosing(CHOICE)
    configure = Configure(records.instances[0].id)
    assert attached(records, _start, configure) == {"s3", "catalog"}
    assert attached(choosing(), _start, configure) is None


def test_a_catalog_that_does_not_start_is_the_runtimes_failure() -> None:
    async def broken(cluster: str) -> None:
        raise RuntimeFailure("the shared catalog does not run: no image")

    with pytest.raises(RuntimeFailure, match="no image"):
        attached(choosing(CHOICE), broken, EnsureCluster())


def daemons(applications: tuple[str, ...], *classifications: str) -> set[str]:
    chosen = tuple({"Classification": each, "Properties": {FACTORY: GLUE}} for each in classifications)
    spec = ClusterSpec("t", "emr-7.13.0", applications, configurations=chosen)
    work = Pass(make_records(spec=spec), Observed(), 0.0, CATALOG)
    hive = next(each for each in work.applications() if each.name == "Hive")
    assert {check.what for check in hive.checks} == {daemon.up.what for daemon in hive.daemons if daemon.up}
    return {daemon.name for daemon in hive.daemons}


def test_a_metastore_that_nobody_would_ask_does_not_run() -> None:
    both = {"hive-server2", "hive-hcatalog-server"}
    assert daemons(("Hive",)) == both
    assert daemons(("Hive",), "hive-site") == {"hive-server2"}
    assert daemons(("Hive", "Spark"), "hive-site") == both
    assert daemons(("Hive", "Spark"), "spark-hive-site") == both
    assert daemons(("Hive", "Spark"), "hive-site", "spark-hive-site") == {"hive-server2"}
