"""Labels and applications that LocalEMR cannot run: refused, or with the setting the nearest runs and says so."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from localemr.domain.model.catalog import Catalog
from localemr.domain.model.release import Release
from localemr.domain.model.states import Reason
from tests.catalog import CATALOG
from tests.contract.endpoint import Endpoint
from tests.contract.requests import refusal, run, validation

RELEASES = {
    "emr-6.15.0": Release("emr-6.15.0", {"Hadoop": "3.3.6", "Spark": "3.4.1", "Hue": "4"}, 8, stand_ins={"Java": "17"}),
    "emr-7.13.0": Release("emr-7.13.0", {"Hadoop": "3.4.2", "Spark": "3.5.6"}),
    "emr-6.5.0": Release("emr-6.5.0", {"Hadoop": "3.2.1", "Spark": "3.1.2", "Hue": "4"}, 8, runs=False, python="3.7"),
}
STRICT = replace(CATALOG, releases=RELEASES)
NEAREST = replace(STRICT, nearest=True)
OLD = {"ReleaseLabel": "emr-6.5.0"}
SPARK_AND_HUE = [{"Name": "Spark"}, {"Name": "Hue"}]

MakeEndpoint = Callable[..., Endpoint]


@pytest.fixture
def client(make_endpoint: MakeEndpoint) -> Callable[[Catalog], Any]:
    """Makes a client of an installation."""
    return lambda catalog: make_endpoint(catalog=catalog).client()


def described(emr: Any, **members: Any) -> dict[str, Any]:
    found: dict[str, Any] = emr.describe_cluster(ClusterId=run(emr, **members))["Cluster"]
    return found


def test_a_label_that_is_data_only_is_refused_with_the_setting_and_the_nearest(client: Callable[..., Any]) -> None:
    emr = client(STRICT)
    assert refusal(lambda: run(emr, **OLD)) == validation(
        "LocalEMR cannot run release label emr-6.5.0 yet. With the setting LOCALEMR_NEAREST_RELEASE=1 it runs the "
        "nearest: emr-6.15.0."
    )
    assert emr.list_clusters()["Clusters"] == []


def test_an_application_that_only_emr_has_is_refused_in_other_words_than_an_unknown_one(
    client: Callable[..., Any],
) -> None:
    emr = client(STRICT)
    assert refusal(lambda: run(emr, ReleaseLabel="emr-6.15.0", Applications=SPARK_AND_HUE)) == validation(
        "LocalEMR does not have Hue yet. With the setting LOCALEMR_NEAREST_RELEASE=1 it runs the nearest: emr-6.15.0, "
        "without Hue."
    )
    assert refusal(lambda: run(emr, **OLD, Applications=SPARK_AND_HUE))[2].startswith(
        "LocalEMR cannot run release label emr-6.5.0 and does not have Hue yet."
    )
    assert refusal(lambda: run(emr, Applications=[{"Name": "Hue"}]))[2].startswith("Application 'Hue' is not supported")


def test_the_nearest_runs_and_says_so(client: Callable[..., Any]) -> None:
    emr = client(NEAREST)
    cluster = described(emr, **OLD, Applications=SPARK_AND_HUE, Tags=[{"Key": "mine", "Value": "1"}])
    assert cluster["ReleaseLabel"] == "emr-6.5.0"
    assert cluster["Applications"] == [{"Name": "Spark", "Version": "3.1.2"}, {"Name": "Hue", "Version": "4"}]
    assert {tag["Key"]: tag["Value"] for tag in cluster["Tags"]} == {
        "mine": "1",
        "aws:localemr:release": "emr-6.15.0",
        "aws:localemr:stand-ins": "Hadoop 3.3.6 for 3.2.1, Spark 3.4.1 for 3.1.2, Java 17 for 8",
        "aws:localemr:without": "Hue",
    }
    message = "LocalEMR runs emr-6.15.0 in place of emr-6.5.0 without Hue."
    assert cluster["Status"]["StateChangeReason"] == {"Message": message}
    (summary,) = emr.list_clusters()["Clusters"]
    assert summary["Status"]["StateChangeReason"] == {"Message": message}
    (old_form,) = emr.describe_job_flows()["JobFlows"]
    assert old_form["ExecutionStatusDetail"]["LastStateChangeReason"] == message


def test_the_sentence_follows_emrs_own(make_endpoint: MakeEndpoint) -> None:
    endpoint = make_endpoint(catalog=NEAREST)
    emr = endpoint.client()
    cluster_id = run(emr, **OLD)
    endpoint.move(cluster_id, "WAITING", reason=Reason(message="Cluster ready to run steps."))
    shown = emr.describe_cluster(ClusterId=cluster_id)["Cluster"]["Status"]["StateChangeReason"]["Message"]
    assert shown == "Cluster ready to run steps. LocalEMR runs emr-6.15.0 in place of emr-6.5.0."


def test_an_exact_label_has_its_stand_ins_in_a_tag_alone(client: Callable[..., Any]) -> None:
    cluster = described(client(STRICT), ReleaseLabel="emr-6.15.0")
    assert cluster["Tags"] == [{"Key": "aws:localemr:stand-ins", "Value": "Java 17 for 8"}]
    assert cluster["Status"]["StateChangeReason"] == {}
    assert described(client(NEAREST), ReleaseLabel="emr-7.13.0")["Tags"] == []


def test_simulated_clusters_have_every_label_and_application(client: Callable[..., Any]) -> None:
    cluster = described(client(replace(STRICT, simulated=True)), **OLD, Applications=SPARK_AND_HUE)
    assert (cluster["Tags"], cluster["Status"]["StateChangeReason"]) == ([], {})
    assert [each["Name"] for each in cluster["Applications"]] == ["Spark", "Hue"]
