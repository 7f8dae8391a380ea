"""Trino's settings fit each other, on every instance and with users' own; its Java and its image are its own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from localemr.applications.query_memory import LEAST_HEAP_MB, size_mb
from localemr.applications.trino.application import APPLICATION, TABLES
from localemr.applications.trino.defaults import ENGINE, exchange_manager
from localemr.applications.trino.memory import HEADROOM, HEAP, PER_NODE
from localemr.domain.node.shared_catalog import URI, resolved, uses_catalog
from localemr.images import plan
from localemr.images.image import with_needs
from localemr.releases import releases
from tests.facts import cluster, facts, made, properties
from tests.golden_scenarios import LABEL, Scenario

REASON = Path(APPLICATION.image) / "files" / "reason"
CONFIG = "trino-config"


@pytest.mark.parametrize("own", [{}, {PER_NODE: "4GB"}, {PER_NODE: "100MB"}, {HEADROOM: "600MB"}], ids=str)
@pytest.mark.parametrize("kind", ["m5.xlarge", "r5.xlarge", "m5.4xlarge"])
def test_trino_accepts_the_sizes(kind: str, own: dict[str, str]) -> None:
    configurations = ({"Classification": CONFIG, "Properties": own},)
    scenario = Scenario(("Trino",), instance_type=kind, configurations=configurations)
    written = properties(CONFIG, scenario)
    heap = float(properties("trino-env", scenario)[HEAP])
    # LocalMemoryManager.validateHeapHeadroom; a JVM's heap is a little less than its option.
    assert size_mb(written[PER_NODE]) + size_mb(written[HEADROOM]) <= heap * 0.97
    assert size_mb(written[HEADROOM]) >= 599
    assert LEAST_HEAP_MB <= heap <= facts(scenario).memory_mb * 0.8


def test_a_catalog_has_its_connector_and_its_metastore() -> None:
    given = {"Classification": "trino-connector-delta", "Properties": {}}
    delta = made(ENGINE.conf, Scenario(("Trino",), configurations=(given,)))[ENGINE.catalog("delta")]
    assert "connector.name=delta_lake" in delta and "hive.metastore.uri=thrift://" in delta


@pytest.mark.parametrize(
    ("name", "choice"),
    [(name, selected) for name, (_, selects) in TABLES.items() for selected in selects.items()],
    ids=str,
)
def test_glue_is_the_shared_catalog(name: str, choice: tuple[str, str]) -> None:
    given = {
        "Classification": ENGINE.connector(name),
        "Properties": {choice[0]: choice[1], "hive.metastore.glue.region": "r"},
    }
    records, used = cluster(Scenario(("Trino",), configurations=(given,)))
    found = resolved({ENGINE.connector(name): given["Properties"]}, used)[ENGINE.connector(name)]
    # Trino ends with a property that it does not use.
    assert found == {"hive.metastore.uri": URI}
    assert uses_catalog(records, used)


def test_another_metastore_and_another_catalog_of_iceberg_stay() -> None:
    _, used = cluster(Scenario(("Trino",)))
    for own in ({"hive.metastore.uri": "thrift://elsewhere:9083"}, {"iceberg.catalog.type": "rest"}):
        assert resolved({"trino-connector-iceberg": own}, used)["trino-connector-iceberg"] == own


def test_what_is_exchanged_is_in_hdfs_or_on_s3() -> None:
    def of(**own: str) -> dict[str, str]:
        given = {"Classification": "trino-exchange-manager", "Properties": own}
        return exchange_manager(facts(Scenario(("Trino",), configurations=(given,))))

    assert of()["exchange-manager.name"] == "hdfs" and "hdfs.config.resources" in of()
    on_s3 = of(**{"exchange.base-directories": "s3://lake/exchange"})
    assert on_s3["exchange-manager.name"] == "filesystem" and on_s3["exchange.s3.endpoint"] == "http://s3:9000"
    assert not [name for name in on_s3 if name.startswith("hdfs.")]
    assert "/etc/trino/conf/exchange-manager.properties" not in made(ENGINE.conf, Scenario(("Trino",)))


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
    assert (
        'export JAVA_HOME="/usr/lib/jvm/jre-25"'
        in made(ENGINE.conf, Scenario(("Trino",)))["/etc/trino/conf/trino-env.sh"]
    )
