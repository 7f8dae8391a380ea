"""The connector for DynamoDB on clusters, in files and images."""

from __future__ import annotations

from dataclasses import replace

import pytest

from localemr.applications import applications
from localemr.applications.dynamodb.application import APPLICATION, JARS
from localemr.domain.decide.indexed import applications_of
from localemr.domain.model.application import Facts
from localemr.domain.model.dependencies import installed
from localemr.domain.node.instance_files import facts_of, instance_files
from localemr.images import plan
from localemr.images.chain import parts
from localemr.images.image import with_needs
from tests.golden import CATALOG, records_of
from tests.golden_scenarios import SCENARIOS

SITE = replace(CATALOG.site, emr_endpoint="http://10.0.0.1:4577")


def facts() -> Facts:
    records = records_of(SCENARIOS["hadoop"])
    return facts_of(records, records.instances[0], installed((), applications()), replace(CATALOG, site=SITE))


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_every_cluster_has_it_and_none_shows_it(scenario: str) -> None:
    cluster = records_of(SCENARIOS[scenario]).cluster
    assert APPLICATION in applications_of(cluster, CATALOG)
    assert APPLICATION.name not in cluster.spec.applications


def test_jobs_need_not_name_endpoint_or_keys() -> None:
    made = APPLICATION.contributes["core-site"](facts())
    assert made["dynamodb.endpoint"] == "http://10.0.0.1:4577"
    assert made["dynamodb.awsAccessKeyId"] == SITE.access_key
    assert not APPLICATION.contributes["core-site"](replace(facts(), endpoints={}))


def test_hive_has_the_jars_where_it_is() -> None:
    records = records_of(SCENARIOS["everything"])
    master = next(each for each in records.instances if each.spec.role == "MASTER")
    files = instance_files(records, master, applications_of(records.cluster, CATALOG), CATALOG)
    for path in ("/etc/hive/conf/hive-env.sh", "/etc/hadoop/conf/hadoop-env.sh", "/etc/hadoop/conf/yarn-site.xml"):
        assert all(jar in files[path] for jar in JARS), path


def test_its_image_is_above_all_others_and_changes_none() -> None:
    images = {image.name: image for image in with_needs([plan.node("emr-7.13.0", ["Spark"])])}
    assert images["dynamodb"].reference in {need.reference for need in images["node"].needs}
    assert "dynamodb" not in {need.name for each in images.values() if each.name != "node" for need in each.needs}
    assert parts("emr-7.13.0", ["Spark"]) == ("Hadoop", "Spark")
