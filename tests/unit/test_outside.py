"""An application and a release label from another package, found by their entry points (tests/outside): no line of
LocalEMR knows them. The same on a real cluster: tests/cluster/test_outside.py."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from botocore.exceptions import ClientError
from localemr_node import applications as on_the_node
from localemr_node.failure import explain

from localemr import applications as own
from localemr import extensions, releases
from localemr.domain.decide.passes import Pass
from localemr.domain.decide.rules.daemons import daemons_of
from localemr.domain.model.catalog import Catalog
from localemr.domain.model.observed import Observed
from localemr.domain.model.records import Instance, Records
from localemr.domain.node.instance_files import APPLICATIONS, facts_of, instance_files
from localemr.domain.node.runs import daemon_run
from localemr.domain.node.sizing import INSTANCE_MB, idle_mb
from localemr.images import plan
from localemr.testing.memory import MemoryEmr
from tests import images
from tests.contract.requests import cluster
from tests.golden import records_of
from tests.golden_scenarios import Scenario

OUTSIDE = Path(__file__).parents[1] / "outside"
LABEL = "emr-7.99.0"
GREETING = {"Classification": "greeter", "Properties": {"greeting": "servus"}}


def forget() -> None:
    for cached in (extensions._entry_points, own.applications, releases.releases):
        cached.cache_clear()
    images.forget()


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The package is on the path, as after `pip install`."""
    monkeypatch.syspath_prepend(OUTSIDE)
    forget()
    yield
    forget()


def made() -> tuple[Catalog, Records, Pass]:
    """A cluster with the application."""
    catalog = Catalog(own.applications(), releases.releases(), releases.instance_types())
    scenario = Scenario(("Spark", "Greeter"), configurations=(GREETING,), label=LABEL)
    records = records_of(scenario)
    return catalog, records, Pass(records, Observed(), 0.0, catalog)


def core(records: Records) -> Instance:
    return next(each for each in records.instances if each.spec.role == "CORE")


@pytest.mark.usefixtures("installed")
def test_clusters_have_its_daemon_with_what_only_the_facts_know() -> None:
    catalog, records, work = made()
    instance, used = core(records), work.applications()
    daemon = next(each for each in daemons_of(work, instance) if each.name == "greeter-server")
    run = daemon_run("greeter-server.1", daemon, lambda: facts_of(records, instance, used, catalog))
    assert run.argv[2:] == (LABEL, "1.0", "17", "m5.xlarge")
    assert run.env == {"GREETER_NODE": f"{instance.id}#{instance.spec.number}"}
    assert "Greeter" in {check.what for application in used for check in application.checks}
    group = next(each.spec for each in records.groups if each.spec.role == "CORE")
    assert idle_mb(catalog, records.cluster, [group], alone=False) == INSTANCE_MB + 384 + 512


@pytest.mark.usefixtures("installed")
def test_files_have_its_classification_and_what_it_contributes() -> None:
    catalog, records, work = made()
    files = instance_files(records, core(records), work.applications(), catalog)
    assert "greeting=servus\n" in files["/etc/greeter/conf/greeter.properties"]
    assert "hadoop.proxyuser.greeter.hosts" in files["/etc/hadoop/conf/core-site.xml"]
    assert ",AWS_EC2_METADATA_SERVICE_ENDPOINT,GREETER</value>" in files["/etc/hadoop/conf/yarn-site.xml"]


@pytest.mark.usefixtures("installed")
def test_the_node_sends_its_logs_and_explains_its_failures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    catalog, records, work = made()
    file = tmp_path / "applications.json"
    file.write_text(instance_files(records, core(records), work.applications(), catalog)[APPLICATIONS])
    monkeypatch.setattr(on_the_node, "FILE", str(file))
    assert on_the_node.logs()["greeter"] == "/var/log/greeter"
    cause = explain({"stderr": "greeter says: nobody to greet\njava.lang.IllegalStateException: x\n"})
    assert (cause.reason, cause.message) == ("File not found.", "nobody to greet")
    assert json.loads(file.read_text())["logs"]["hadoop-yarn"] == "/var/log/hadoop-yarn"


@pytest.mark.usefixtures("installed")
def test_what_was_computed_from_one_catalog_is_not_used_for_another() -> None:
    catalog, records, work = made()
    without = replace(catalog, applications={k: v for k, v in catalog.applications.items() if k != "Greeter"})
    texts = [instance_files(records, core(records), work.applications(), each)[APPLICATIONS]
             for each in (catalog, without, catalog)]  # fmt: skip
    assert ["greeter" in json.loads(each)["logs"] for each in texts] == [True, False, True]


@pytest.mark.usefixtures("installed")
def test_its_image_is_a_layer_between_those_of_others_and_the_node() -> None:
    usual = {image.name: image for image in plan.plan()}
    made = {image.name: image for image in plan.plan((LABEL,))}
    own = {name for name in made if name not in usual or made[name].tag != usual[name].tag}
    # Greeter lies on what the others share; archives of classes are copied onto it, and made once for both.
    classes = {"hadoop-classes", "spark-classes", "hive-classes"}
    above = {"dynamodb", "node"}
    assert own == {"greeter-files", "greeter", *classes, *above} | {name for name in own if name.endswith("-trusting")}
    assert {need.name for need in made["greeter"].needs} == {"hive", "greeter-files"}
    assert made["node"].tag.startswith(f"{LABEL}-")
    assert plan.reference("catalog", LABEL) == plan.reference("catalog")
    assert "application/install.sh" in made["greeter-files"].context
    assert {*made["greeter"].context} == {"Dockerfile", "application/finish.sh"}


@pytest.mark.usefixtures("installed")
def test_the_api_offers_both() -> None:
    members = {"ReleaseLabel": LABEL, "Applications": [{"Name": "Greeter"}], "Configurations": [GREETING]}
    with MemoryEmr(speed=60.0) as memory:
        emr = memory.client()
        assert LABEL in emr.list_release_labels()["ReleaseLabels"]
        known = emr.describe_release_label(ReleaseLabel=LABEL)["Applications"]
        assert {"Name": "Greeter", "Version": "1.0"} in known
        cluster_id = emr.run_job_flow(**cluster(**members))["JobFlowId"]
        emr.get_waiter("cluster_running").wait(ClusterId=cluster_id, WaiterConfig={"Delay": 1, "MaxAttempts": 20})
        with pytest.raises(ClientError, match="'Greeter' is not supported by release label"):
            emr.run_job_flow(**cluster(**members | {"ReleaseLabel": "emr-7.13.0"}))


def test_without_the_package_neither_is_there() -> None:
    forget()
    assert "Greeter" not in own.applications()
    assert LABEL not in releases.releases()
