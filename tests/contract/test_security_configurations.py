"""Security configurations."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.contract.endpoint import START, Endpoint
from tests.contract.requests import cluster, invalid, refusal, run, validation

DOCUMENT = json.dumps({"EncryptionConfiguration": {
    "EnableInTransitEncryption": False,
    "EnableAtRestEncryption": True,
    "AtRestEncryptionConfiguration": {"S3EncryptionConfiguration": {"EncryptionMode": "SSE-S3"}},
}}, indent=1)  # fmt: skip
NO_OBJECT = "The security configuration must be a valid JSON object."


def missing(name: str) -> tuple[int, str, str]:
    return invalid(f"Security configuration with name '{name}' does not exist.")


def names(emr: Any, **request: Any) -> list[str]:
    return [each["Name"] for each in emr.list_security_configurations(**request)["SecurityConfigurations"]]


def encryption(**members: Any) -> str:
    return json.dumps({"EncryptionConfiguration": members})


@pytest.mark.shows("emr", "CreateSecurityConfiguration", "DescribeSecurityConfiguration")
def test_made_shown_and_deleted(emr: Any) -> None:
    made = emr.create_security_configuration(Name="one", SecurityConfiguration=DOCUMENT)
    assert (made["Name"], made["CreationDateTime"].timestamp()) == ("one", START)
    found = emr.describe_security_configuration(Name="one")
    del found["ResponseMetadata"]
    assert found == {
        "Name": "one",
        "SecurityConfiguration": DOCUMENT,
        "CreationDateTime": made["CreationDateTime"],
    }
    emr.delete_security_configuration(Name="one")
    assert names(emr) == []
    for call in (emr.describe_security_configuration, emr.delete_security_configuration):
        assert refusal(call, Name="one") == missing("one")


def test_names_are_unique_in_their_region(endpoint: Endpoint, emr: Any) -> None:
    emr.create_security_configuration(Name="one", SecurityConfiguration="{}")
    taken = invalid("Security configuration with name 'one' already exists.")
    assert refusal(emr.create_security_configuration, Name="one", SecurityConfiguration=DOCUMENT) == taken
    assert emr.describe_security_configuration(Name="one")["SecurityConfiguration"] == "{}"
    other = endpoint.client("eu-west-1")
    assert refusal(other.describe_security_configuration, Name="one") == missing("one")
    other.create_security_configuration(Name="one", SecurityConfiguration=DOCUMENT)
    emr.delete_security_configuration(Name="one")
    assert (names(emr), names(other)) == ([], ["one"])


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ("", NO_OBJECT),
        ("nonsense", NO_OBJECT),
        ("[]", NO_OBJECT),
        ('"text"', NO_OBJECT),
        ('{"a": NaN}', NO_OBJECT),
        ("[" * 100_000, NO_OBJECT),
        ('{"a": ' + "1" * 5000 + "}", NO_OBJECT),
        ('{"EncryptionConfiguration": null}', "EncryptionConfiguration must be a JSON object."),
        (
            encryption(EnableAtRestEncryption=False),
            "EncryptionConfiguration must contain EnableInTransitEncryption, which is true or false.",
        ),
        (
            encryption(EnableInTransitEncryption=False, EnableAtRestEncryption="no"),
            "EncryptionConfiguration must contain EnableAtRestEncryption, which is true or false.",
        ),
        (
            encryption(EnableInTransitEncryption=False, EnableAtRestEncryption=True),
            "AtRestEncryptionConfiguration must be specified when EnableAtRestEncryption is true.",
        ),
    ],
)
def test_documents_that_are_refused(emr: Any, document: str, message: str) -> None:
    assert refusal(emr.create_security_configuration, Name="x", SecurityConfiguration=document) == invalid(message)
    assert names(emr) == []


def test_a_name_is_needed(emr: Any) -> None:
    empty = invalid("The name of a security configuration must not be empty.")
    assert refusal(emr.create_security_configuration, Name=" ", SecurityConfiguration="{}") == empty


@pytest.mark.shows("emr", "ListSecurityConfigurations")
def test_listed_newest_first_in_pages(endpoint: Endpoint, emr: Any) -> None:
    for number in range(60):
        endpoint.now = START + number // 2
        emr.create_security_configuration(Name=f"n{number:02}", SecurityConfiguration="{}")
    first = emr.list_security_configurations()
    emr.delete_security_configuration(Name="n10")
    emr.create_security_configuration(Name="later", SecurityConfiguration="{}")
    found = [each["Name"] for each in first["SecurityConfigurations"]]
    assert found == [f"n{number:02}" for number in range(59, 9, -1)]
    rest = emr.list_security_configurations(Marker=first["Marker"])
    assert [each["Name"] for each in rest["SecurityConfigurations"]] == [f"n{number:02}" for number in range(9, -1, -1)]
    assert "Marker" not in rest
    wrong = invalid("Marker 'x' is not valid.")
    assert refusal(emr.list_security_configurations, Marker="x") == wrong
    assert refusal(emr.list_studios, Marker=first["Marker"]) == invalid(f"Marker '{first['Marker']}' is not valid.")


@pytest.mark.shows("emr", "DeleteSecurityConfiguration")
def test_one_that_a_cluster_names_can_be_deleted(emr: Any) -> None:
    emr.create_security_configuration(Name="one", SecurityConfiguration="{}")
    cluster_id = run(emr, SecurityConfiguration="one")
    emr.delete_security_configuration(Name="one")
    assert emr.describe_cluster(ClusterId=cluster_id)["Cluster"]["SecurityConfiguration"] == "one"


def test_a_cluster_needs_one_that_is_there(endpoint: Endpoint, emr: Any) -> None:
    unknown = validation("Security configuration with name 'nobody' does not exist.")
    assert refusal(emr.run_job_flow, **cluster(SecurityConfiguration="nobody")) == unknown
    assert endpoint.stored() == []
