"""Livy as an application: what its server is given, and what its clusters say of it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from localemr.applications.livy.application import APPLICATION
from localemr.domain.model.application import Facts
from localemr.domain.model.dependencies import installed
from localemr.domain.model.stand_ins import STAND_INS_TAG, tags
from localemr.domain.node.instance_files import facts_of, instance_files
from localemr.releases import releases, running_labels
from tests.golden import CATALOG, records_of
from tests.golden_scenarios import Scenario, document


def facts(label: str) -> Facts:
    scenario = Scenario(("Livy",), label=label)
    records = records_of(scenario)
    used = installed(scenario.applications, CATALOG.applications)
    return facts_of(records, records.instances[0], used, CATALOG)


@pytest.mark.parametrize("label", running_labels())
def test_every_label_that_runs_has_it(label: str) -> None:
    release = releases()[label]
    assert release.stand_ins["Livy"] == "0.8.0-localemr"
    # No label has another Java for its sake.
    assert release.java_of("Livy") == release.default_java
    (daemon,) = APPLICATION.daemons
    assert callable(daemon.env)
    assert daemon.env(facts(label))["LIVY_API_VERSION"] == f"{release.applications['Livy']}-incubating"


def test_its_cluster_says_that_the_server_is_another() -> None:
    spec = records_of(Scenario(("Livy",))).cluster.spec
    assert "Livy 0.8.0-localemr for 0.8.0" in tags(spec, CATALOG)[STAND_INS_TAG].split(", ")
    assert "Livy" not in tags(replace(spec, applications=("Spark",)), CATALOG).get(STAND_INS_TAG, "")


def test_users_settings_are_in_its_files() -> None:
    given = document("livy-conf", livy__server__session__timeout="5m", livy__spark__deploy_mode="client")
    records = records_of(Scenario(("Livy",), configurations=(given,)))
    used = installed(("Livy",), CATALOG.applications)
    written = instance_files(records, records.instances[0], used, CATALOG)
    lines = written["/etc/livy/conf/livy.conf"].splitlines()
    assert {"livy.server.session.timeout 5m", "livy.spark.deploy-mode client", "livy.spark.master yarn"} <= {*lines}
    assert "/etc/livy/conf/log4j.properties" not in written
