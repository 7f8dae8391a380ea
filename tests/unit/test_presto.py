"""Presto's settings fit each other, on every instance and with users' own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from localemr.applications.presto.application import APPLICATION
from localemr.applications.presto.defaults import hive
from localemr.applications.presto.memory import HEADROOM, HEAP, PER_NODE, TOTAL_PER_NODE
from localemr.applications.query_memory import LEAST_HEAP_MB, size_mb
from localemr.domain.model.dependencies import installed
from localemr.domain.node.shared_catalog import FACTORY, GLUE, URI, resolved, uses_catalog, with_needed_daemons
from localemr.domain.node.sizing import idle_mb
from tests.facts import cluster, facts, properties
from tests.golden import CATALOG
from tests.golden_scenarios import Scenario, document

REASON = Path(APPLICATION.image) / "files" / "reason"
CONFIG, CONNECTOR = "presto-config", "presto-connector-hive"


def sizes(scenario: Scenario) -> tuple[float, float, float, float]:
    """The heap, a query's memory, all memory of a query, the headroom, as Presto gets them."""
    written, heap = properties(CONFIG, scenario), properties("presto-env", scenario)[HEAP]
    return (float(heap), *(size_mb(written[name]) for name in (PER_NODE, TOTAL_PER_NODE, HEADROOM)))


@pytest.mark.parametrize(
    "own",
    [
        {},
        {PER_NODE: "4GB"},
        {TOTAL_PER_NODE: "3GB"},
        {PER_NODE: "100MB", TOTAL_PER_NODE: "200MB"},
        {PER_NODE: "2GB", TOTAL_PER_NODE: "3GB", HEADROOM: "1GB"},
        {HEADROOM: "600MB"},
    ],
    ids=str,
)
@pytest.mark.parametrize("kind", ["m5.xlarge", "r5.xlarge", "m5.4xlarge"])
def test_presto_accepts_the_sizes(kind: str, own: dict[str, str]) -> None:
    configurations = ({"Classification": CONFIG, "Properties": own},)
    scenario = Scenario(("Presto",), instance_type=kind, configurations=configurations)
    heap, per_node, total, headroom = sizes(scenario)
    # LocalMemoryManager.validateHeapHeadroom and NodeMemoryConfig; a JVM's heap is a little less than its option.
    assert per_node <= total
    assert total + headroom <= heap * 0.97
    # Presto's own objects and the text of its tpch connector.
    assert HEADROOM in own or headroom >= 599
    assert LEAST_HEAP_MB <= heap <= facts(scenario).memory_mb * 0.8


def test_more_than_the_instance_has_is_left_to_presto() -> None:
    own = (document(CONFIG, query__max_memory_per_node="64GB"),)
    heap, per_node, _, _ = sizes(Scenario(("Presto",), configurations=own))
    assert heap == round(16384 * 0.8) and per_node == 64 * 1024


def test_sizes_are_read_as_presto_writes_them() -> None:
    assert [size_mb(text) for text in ("30GB", "1.5 GB", "512MB", "2048kB", "1048576B", "much", "")] == [
        30720, 1536, 512, 2, 1, 0, 0,
    ]  # fmt: skip


def test_a_server_counts_once_on_each_instance() -> None:
    def idle(scenario: Scenario, alone: bool) -> int:
        records, _ = cluster(scenario)
        return idle_mb(CATALOG, records.cluster, [group.spec for group in records.groups], alone)

    with_presto, without = ("Hadoop", "Hive", "Presto"), ("Hadoop", "Hive")
    assert idle(Scenario(with_presto, task=1), False) - idle(Scenario(without, task=1), False) == 3 * 512
    assert idle(Scenario(with_presto, core=0), True) - idle(Scenario(without, core=0), True) == 512


def test_presto_has_the_metastore_without_hive_server() -> None:
    def daemons(*names: str) -> set[str]:
        return {daemon.name for each in installed(names, CATALOG.applications) for daemon in each.daemons}

    assert {"presto-server", "hive-hcatalog-server"} < daemons("Presto")
    assert "hive-server2" not in daemons("Presto")
    assert "hive-server2" in daemons("Presto", "Hive") & daemons("Hive", "Presto")
    hive = next(each for each in installed(["Presto"], CATALOG.applications) if each.name == "Hive")
    assert not hive.web_uis and not hive.services and "HiveServer2" not in {check.what for check in hive.checks}


@pytest.mark.parametrize(
    "choice",
    [
        {"hive.metastore": "glue"},
        {"hive.metastore.glue.datacatalog.enabled": "true"},
        {FACTORY: GLUE},
    ],
    ids=lambda choice: next(iter(choice)),
)
def test_glue_is_the_shared_catalog(choice: dict[str, str]) -> None:
    scenario = Scenario(("Presto",), configurations=({"Classification": CONNECTOR, "Properties": choice},))
    records, used = cluster(scenario)
    found = {**hive(facts(scenario)), **resolved({CONNECTOR: choice}, used)[CONNECTOR]}
    assert found["hive.metastore.uri"] == URI
    # Presto ends with a property that it does not know.
    assert not {"hive.metastore.warehouse.dir", *choice} & found.keys()
    assert uses_catalog(records, used)
    own = {daemon.name for each in with_needed_daemons(used, {CONNECTOR: choice}) for daemon in each.daemons}
    assert "hive-hcatalog-server" in own  # for Hive's client


def test_another_metastore_stays() -> None:
    own = {"hive.metastore.uri": "thrift://elsewhere:9083", "hive.metastore": "thrift"}
    _, used = cluster(Scenario(("Presto",)))
    assert resolved({CONNECTOR: own}, used)[CONNECTOR] == own


@pytest.mark.parametrize(
    ("log", "wanted"),
    [
        (
            "T\tINFO\tmain\tBootstrap\tx\n"
            "T\tERROR\tmain\tPrestoServer\tUnable to create injector, see the following errors:\n"
            "\n1) Error: Configuration property 'hive.nope' was not used\n  at a.b.C\n\n1 error\n"
            "com.google.inject.CreationException: Unable to create injector, see the following errors:\n"
            "\n1) Error: Configuration property 'hive.nope' was not used\n",
            "Configuration property 'hive.nope' was not used",
        ),
        (
            "T\tERROR\tmain\tPrestoServer\tNo factory for connector nope\n"
            "java.lang.IllegalArgumentException: No factory for connector nope\n\tat a.b.C(D.java:1)\n",
            "No factory for connector nope",
        ),
        (
            "T\tERROR\tmain\tPrestoServer\tUnexpected\njava.lang.RuntimeException: Unexpected\n\tat a.b.C(D.java:1)\n"
            "Caused by: java.net.BindException: Address already in use\n\t... 3 more\n",
            "BindException: Address already in use",
        ),
        ("T\tINFO\tmain\tBootstrap\tx\n", ""),
        ("", ""),
    ],
)
def test_a_server_that_ends_says_why(log: str, wanted: str) -> None:
    done = subprocess.run([sys.executable, str(REASON)], input=log, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == wanted
