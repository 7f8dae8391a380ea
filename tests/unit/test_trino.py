"""Trino's settings fit each other, on every instance and with users' own; its Java and its image are its own."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

import pytest
from localemr_node.failure import Rules

from localemr.applications.query_memory import LEAST_HEAP_MB, size_mb
from localemr.applications.trino.application import ALWAYS, APPLICATION, ON_REQUEST, TABLES, catalog, connector
from localemr.applications.trino.defaults import config, env, exchange_manager
from localemr.applications.trino.memory import HEADROOM, HEAP, PER_NODE
from localemr.domain.model.application import Application, Facts
from localemr.domain.model.dependencies import installed
from localemr.domain.model.records import Records
from localemr.domain.node.configurations import files
from localemr.domain.node.instance_files import facts_of
from localemr.domain.node.shared_catalog import URI, resolved, uses_catalog
from localemr.images import plan
from localemr.images.image import with_needs
from localemr.releases import releases
from tests.golden import CATALOG, records_of
from tests.golden_scenarios import LABEL, Scenario, export

REASON = Path(APPLICATION.image) / "files" / "reason"
CONFIG = "trino-config"


def cluster(scenario: Scenario) -> tuple[Records, list[Application]]:
    records = records_of(scenario)
    return records, installed(scenario.applications, CATALOG.applications)


def facts(scenario: Scenario, instance: int = 1) -> Facts:
    """Of the instance at this place, by default the first worker."""
    records, used = cluster(scenario)
    return facts_of(records, records.instances[min(instance, len(records.instances) - 1)], used, CATALOG)


def made(*documents: dict[str, object]) -> dict[str, str]:
    """The files of Trino's configuration on a worker."""
    scenario = Scenario(("Trino",), configurations=documents)
    found = files(cluster(scenario)[1], facts(scenario))
    return {path: text for path, text in found.items() if path.startswith("/etc/trino/")}


@pytest.mark.parametrize("own", [{}, {PER_NODE: "4GB"}, {PER_NODE: "100MB"}, {HEADROOM: "600MB"}], ids=str)
@pytest.mark.parametrize("kind", ["m5.xlarge", "r5.xlarge", "m5.4xlarge"])
def test_trino_accepts_the_sizes(kind: str, own: dict[str, str]) -> None:
    configurations = ({"Classification": CONFIG, "Properties": own},)
    given = facts(Scenario(("Trino",), instance_type=kind, configurations=configurations))
    written = {**config(given), **own}
    heap = float(env(given)[HEAP])
    # LocalMemoryManager.validateHeapHeadroom; a JVM's heap is a little less than its option.
    assert size_mb(written[PER_NODE]) + size_mb(written[HEADROOM]) <= heap * 0.97
    assert size_mb(written[HEADROOM]) >= 599
    assert LEAST_HEAP_MB <= heap <= given.memory_mb * 0.8


def test_the_heap_follows_the_instance_and_the_variable() -> None:
    assert env(facts(Scenario(("Trino",))))[HEAP] == "1365"
    assert env(facts(Scenario(("Trino",), instance_type="m5.4xlarge")))[HEAP] == "5461"
    own = export("trino-env", **{HEAP: "2048"})
    assert f'export {HEAP}="2048"' in made(own)["/etc/trino/conf/trino-env.sh"]


def test_only_a_single_instance_works_as_its_own_coordinator() -> None:
    def roles(scenario: Scenario, instance: int) -> tuple[str, str]:
        written = config(facts(scenario, instance))
        return written["coordinator"], written["node-scheduler.include-coordinator"]

    two = Scenario(("Trino",))
    assert [roles(two, 0), roles(two, 1)] == [("true", "false"), ("false", "false")]
    assert roles(Scenario(("Trino",), core=0), 0) == ("true", "true")


def test_a_catalog_on_request_is_a_file_only_where_its_classification_is_given() -> None:
    usual = set(made())
    assert {catalog(name) for name in ("hive", *ALWAYS)} < usual
    assert not {catalog(name) for name in (*ON_REQUEST, "iceberg", "delta", "hudi")} & usual
    for name in ("mysql", "delta"):
        given = {"Classification": connector(name), "Properties": {}}
        assert set(made(given)) - usual == {catalog(name)}
    delta = made({"Classification": "trino-connector-delta", "Properties": {}})[catalog("delta")]
    assert "connector.name=delta_lake" in delta and "hive.metastore.uri=thrift://" in delta


@pytest.mark.parametrize(
    ("name", "choice"),
    [(name, selected) for name, (_, selects) in TABLES.items() for selected in selects.items()],
    ids=str,
)
def test_glue_is_the_shared_catalog(name: str, choice: tuple[str, str]) -> None:
    given = {"Classification": connector(name), "Properties": {choice[0]: choice[1], "hive.metastore.glue.region": "r"}}
    records, used = cluster(Scenario(("Trino",), configurations=(given,)))
    properties = resolved({connector(name): given["Properties"]}, used)[connector(name)]
    # Trino ends with a property that it does not use.
    assert properties == {"hive.metastore.uri": URI}
    assert uses_catalog(records, used)


def test_another_metastore_and_another_catalog_of_iceberg_stay() -> None:
    _, used = cluster(Scenario(("Trino",)))
    for own in ({"hive.metastore.uri": "thrift://elsewhere:9083"}, {"iceberg.catalog.type": "rest"}):
        assert resolved({"trino-connector-iceberg": own}, used)["trino-connector-iceberg"] == own


def test_what_is_exchanged_is_in_hdfs_or_on_s3() -> None:
    def of(**properties: str) -> dict[str, str]:
        given = {"Classification": "trino-exchange-manager", "Properties": properties}
        return exchange_manager(facts(Scenario(("Trino",), configurations=(given,))))

    assert of()["exchange-manager.name"] == "hdfs" and "hdfs.config.resources" in of()
    on_s3 = of(**{"exchange.base-directories": "s3://lake/exchange"})
    assert on_s3["exchange-manager.name"] == "filesystem" and on_s3["exchange.s3.endpoint"] == "http://s3:9000"
    assert not [name for name in on_s3 if name.startswith("hdfs.")]
    assert "/etc/trino/conf/exchange-manager.properties" not in made()


def test_a_failed_query_explains_its_step() -> None:
    rules = Rules([asdict(APPLICATION.failures)]) if APPLICATION.failures else Rules([])
    stderr = "Query 20261129_115346_00002_737k4 failed: line 1:15: Table 'tpch.tiny.nope' does not exist\n\n"
    assert rules.explain({"stderr": stderr}).message == "failed: line 1:15: Table 'tpch.tiny.nope' does not exist"
    memory = "Query 1_2_3 failed: Query exceeded per-node memory limit of 200MB [Allocated: 199MB]\n"
    assert rules.explain({"stderr": memory}).reason == "The job ran out of memory."


@pytest.mark.parametrize(
    ("log", "wanted"),
    [
        (
            "T\tERROR\tmain\tio.trino.server.Server\tConfiguration is invalid\n==========\n\nErrors:\n\n"
            "1) Error: Configuration property 'hive.nope' was not used\n\n==========\n",
            "Configuration property 'hive.nope' was not used",
        ),
        (
            "T\tERROR\tmain\tio.trino.server.Server\tUnexpected\n"
            "java.lang.RuntimeException: Unexpected\n\tat a.b.C(D.java:1)\n"
            "Caused by: java.net.BindException: Address already in use\n\t... 3 more\n",
            "BindException: Address already in use",
        ),
        ("T\tINFO\tmain\tBootstrap\tx\n", ""),
    ],
)
def test_a_server_that_ends_says_why(log: str, wanted: str) -> None:
    done = subprocess.run([sys.executable, str(REASON)], input=log, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == wanted


def test_each_label_that_runs_and_has_trino_has_a_version_and_a_java_for_it() -> None:
    having = [each for each in releases().values() if each.runs and "Trino" in each.applications]
    assert len(having) >= 20
    for release in having:
        assert (Path(APPLICATION.image) / "versions" / release.version("Trino")).is_dir(), release.label
        assert release.java_of("Trino") == 25, release.label


def test_its_java_lies_below_it_alone() -> None:
    own = {image.name: image for image in with_needs([plan.node(LABEL, ["Trino"])])}
    without = {image.name: image for image in with_needs([plan.node(LABEL, ["Hive"])])}
    assert own["java-25"].reference in {need.reference for need in own["trino"].needs}
    assert own["hive"].reference in {need.reference for need in own["java-25"].needs}
    assert "java-25" not in without and own["hive"].tag == without["hive"].tag
    assert [need.name for need in own["trino-files"].needs] == ["tools-17"]
    assert own["trino"].args["JAVA"] == "25" and own["node"].args["JAVA"] == "17"
    assert 'export JAVA_HOME="/usr/lib/jvm/jre-25"' in made()["/etc/trino/conf/trino-env.sh"]
