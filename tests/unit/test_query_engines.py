"""What Presto and Trino have in common: their place in a cluster, their heaps, their catalogs, their failed queries."""

from __future__ import annotations

from dataclasses import asdict, replace
from types import ModuleType

import pytest
from localemr_node.failure import Rules

from localemr.applications.presto import application as presto
from localemr.applications.query_engine import Engine
from localemr.applications.query_failures import FAILURES
from localemr.applications.query_memory import LEAST_HEAP_MB, heap_mb
from localemr.applications.trino import application as trino
from tests.facts import facts, made, properties
from tests.golden_scenarios import Scenario, export

ENGINES = {"Presto": presto, "Trino": trino}
of_each = pytest.mark.parametrize(("name", "module"), ENGINES.items(), ids=ENGINES)


@of_each
def test_the_heap_follows_the_instance_and_the_variable(name: str, module: ModuleType) -> None:
    def heap(scenario: Scenario) -> str:
        return properties(f"{name.lower()}-env", scenario)[module.NAMES.heap]

    assert heap(Scenario((name,))) == "1365"
    assert heap(Scenario((name,), instance_type="m5.4xlarge")) == "5461"
    small = replace(facts(Scenario((name,))), memory_mb=3072)
    assert heap_mb(small, module.NAMES) == LEAST_HEAP_MB
    own = Scenario((name,), configurations=(export(f"{name.lower()}-env", **{module.NAMES.heap: "2048"}),))
    assert heap(own) == "2048"
    conf = Engine(name).conf
    assert f'export {module.NAMES.heap}="2048"' in made(conf, own)[f"{conf}/{name.lower()}-env.sh"]


@of_each
def test_only_a_single_instance_works_as_its_own_coordinator(name: str, module: ModuleType) -> None:
    def roles(scenario: Scenario, instance: int) -> tuple[str, str]:
        written = properties(f"{name.lower()}-config", scenario, instance)
        return written["coordinator"], written["node-scheduler.include-coordinator"]

    two = Scenario((name,))
    assert [roles(two, 0), roles(two, 1)] == [("true", "false"), ("false", "false")]
    assert roles(Scenario((name,), core=0), 0) == ("true", "true")


@of_each
def test_a_catalog_on_request_is_a_file_only_where_its_classification_is_given(name: str, module: ModuleType) -> None:
    engine = Engine(name)
    usual = made(engine.conf, Scenario((name,))).keys()
    assert {engine.catalog(each) for each in ("hive", *module.ALWAYS)} < usual
    on_request = {
        engine.catalog(each) for each in (*module.ON_REQUEST, *getattr(module, "TABLES", ())) if each != "hive"
    }
    assert not on_request & usual
    for each in ("mysql", "tpcds"):
        given = {"Classification": engine.connector(each), "Properties": {"own": "1"}}
        found = made(engine.conf, Scenario((name,), configurations=(given,)))
        assert found.keys() - usual == {engine.catalog(each)}
        assert sorted(found[engine.catalog(each)].splitlines()) == [f"connector.name={each}", "own=1"]


@of_each
def test_a_change_of_any_of_its_classifications_restarts_its_servers(name: str, module: ModuleType) -> None:
    (server,) = module.APPLICATION.daemons
    assert server.reads == module.APPLICATION.classifications.keys()


def test_a_failed_query_explains_its_step() -> None:
    rules = Rules([asdict(FAILURES)])
    stderr = "Query 20261129_115346_00002_737k4 failed: line 1:15: Table 'tpch.tiny.nope' does not exist\n\n"
    assert rules.explain({"stderr": stderr}).message == "failed: line 1:15: Table 'tpch.tiny.nope' does not exist"
    for limit in ("per-node user memory limit", "per-node memory limit"):
        memory = f"Query 1_2_3 failed: Query exceeded {limit} of 200MB [Allocated: 199MB]\n"
        assert rules.explain({"stderr": memory}).reason == "The job ran out of memory."
