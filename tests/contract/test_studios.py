"""Studios and their session mappings."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.contract.endpoint import START, Endpoint
from tests.contract.requests import invalid, refusal, validation

UNKNOWN = "es-" + "Z" * 25
MISSING = invalid("Studio does not exist.")
NO_MAPPING = invalid("Studio session mapping does not exist.")
POLICY, OTHER = "arn:aws:iam::123456789012:policy/a", "arn:aws:iam::123456789012:policy/b"
ONE_IDENTITY = invalid("Exactly one of IdentityId and IdentityName must be specified.")


def studio(**members: Any) -> dict[str, Any]:
    """A CreateStudio request."""
    return {
        "Name": "lab",
        "AuthMode": "IAM",
        "VpcId": "vpc-1",
        "SubnetIds": ["subnet-1", "subnet-2"],
        "ServiceRole": "service",
        "WorkspaceSecurityGroupId": "sg-1",
        "EngineSecurityGroupId": "sg-2",
        "DefaultS3Location": "s3://bucket/studio",
        **members,
    }


def make(emr: Any, **members: Any) -> str:
    studio_id: str = emr.create_studio(**studio(**members))["StudioId"]
    return studio_id


def sso(emr: Any) -> str:
    return make(emr, AuthMode="SSO", UserRole="user")


def tags(emr: Any, studio_id: str) -> dict[str, str]:
    found = emr.describe_studio(StudioId=studio_id)["Studio"]["Tags"]
    return {each["Key"]: each["Value"] for each in found}


@pytest.mark.shows("emr", "CreateStudio", "DescribeStudio")
def test_made_and_described(endpoint: Endpoint, emr: Any) -> None:
    requested = studio(Description="d", IdpAuthUrl="https://idp", Tags=[{"Key": "a", "Value": "1"}, {"Key": "b"}])
    made = endpoint.client("eu-west-1").create_studio(**requested)
    studio_id = made["StudioId"]
    assert re.fullmatch(r"es-[A-Z0-9]{25}", studio_id)
    assert made["Url"] == f"https://{studio_id}.emrstudio-prod.eu-west-1.amazonaws.com"
    found = emr.describe_studio(StudioId=studio_id)["Studio"]
    assert found.pop("CreationTime").timestamp() == START
    assert found == {
        **requested,
        "StudioId": studio_id,
        "StudioArn": f"arn:aws:elasticmapreduce:eu-west-1:123456789012:studio/{studio_id}",
        "Url": made["Url"],
        "Tags": [{"Key": "a", "Value": "1"}, {"Key": "b", "Value": ""}],
        "TrustedIdentityPropagationEnabled": False,
    }
    [listed] = emr.list_studios()["Studios"]
    assert set(listed) == {"StudioId", "Name", "VpcId", "Description", "Url", "AuthMode", "CreationTime"}


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ({"Name": " "}, "Name must not be empty."),
        ({"VpcId": ""}, "VpcId must not be empty."),
        ({"ServiceRole": ""}, "ServiceRole must not be empty."),
        ({"SubnetIds": []}, "A Studio must have between 1 and 5 subnets."),
        ({"SubnetIds": list("abcdef")}, "A Studio must have between 1 and 5 subnets."),
        ({"SubnetIds": ["a", "a"]}, "SubnetIds must not contain duplicates."),
        ({"DefaultS3Location": "/tmp"}, "DefaultS3Location '/tmp' is not valid. It must have the form s3://bucket/."),
        ({"UserRole": "user"}, "UserRole cannot be specified when AuthMode is IAM."),
        ({"TrustedIdentityPropagationEnabled": True},
         "TrustedIdentityPropagationEnabled cannot be specified when AuthMode is IAM."),
        ({"AuthMode": "SSO"}, "UserRole must be specified when AuthMode is SSO."),
        ({"AuthMode": "SSO", "UserRole": "user", "IdpAuthUrl": "https://idp"},
         "IdpAuthUrl cannot be specified when AuthMode is SSO."),
        ({"Tags": [{"Value": "v"}]},
         "Invalid tag key: 'null'. Tag keys must be between 1 and 128 characters in length."),
    ],
)  # fmt: skip
def test_requests_that_are_refused(emr: Any, members: dict[str, Any], message: str) -> None:
    assert refusal(emr.create_studio, **studio(**members)) == invalid(message)
    assert emr.list_studios()["Studios"] == []


def test_identity_center_with_propagation_needs_no_user_role(emr: Any) -> None:
    studio_id = make(emr, AuthMode="SSO", TrustedIdentityPropagationEnabled=True, IdcUserAssignment="OPTIONAL")
    found = emr.describe_studio(StudioId=studio_id)["Studio"]
    assert found["TrustedIdentityPropagationEnabled"] is True
    assert found["IdcUserAssignment"] == "OPTIONAL"


@pytest.mark.shows("emr", "UpdateStudio")
def test_update(emr: Any) -> None:
    studio_id = make(emr)
    before = emr.describe_studio(StudioId=studio_id)["Studio"]
    changes = {"Name": "new", "Description": "d", "SubnetIds": ["subnet-3", "subnet-2", "subnet-1"]}
    emr.update_studio(StudioId=studio_id, **changes)
    after = {**before, **changes}
    assert emr.describe_studio(StudioId=studio_id)["Studio"] == after
    fewer = invalid("SubnetIds must include all subnets that the Studio already has.")
    assert refusal(emr.update_studio, StudioId=studio_id, Name="x", SubnetIds=["subnet-1"]) == fewer
    assert refusal(emr.update_studio, StudioId=studio_id, Name="") == invalid("Name must not be empty.")
    assert emr.describe_studio(StudioId=studio_id)["Studio"] == after


@pytest.mark.shows("emr", "DeleteStudio")
def test_delete_takes_the_mappings_along(emr: Any) -> None:
    studio_id, other = sso(emr), sso(emr)
    for each in (studio_id, other):
        emr.create_studio_session_mapping(StudioId=each, IdentityType="USER", IdentityName="u", SessionPolicyArn=POLICY)
    emr.delete_studio(StudioId=studio_id)
    assert [each["StudioId"] for each in emr.list_studio_session_mappings()["SessionMappings"]] == [other]
    assert [each["StudioId"] for each in emr.list_studios()["Studios"]] == [other]


def test_studios_that_do_not_exist(emr: Any) -> None:
    for call in (emr.describe_studio, emr.update_studio, emr.delete_studio, emr.list_studio_session_mappings):
        assert refusal(call, StudioId=UNKNOWN) == MISSING
        assert refusal(call, StudioId="lab") == validation("studioId 'lab' is not valid.")
    assert refusal(emr.add_tags, ResourceId=UNKNOWN, Tags=[]) == MISSING
    assert refusal(emr.remove_tags, ResourceId=UNKNOWN, TagKeys=[]) == MISSING


@pytest.mark.shows("emr", "ListStudios")
def test_pages_newest_first(endpoint: Endpoint, emr: Any) -> None:
    made = []
    for number in range(51):
        endpoint.now = START + number
        made.append(make(emr))
    pages = [[each["StudioId"] for each in page["Studios"]] for page in emr.get_paginator("list_studios").paginate()]
    assert pages == [made[:0:-1], made[:1]]


def test_tags(endpoint: Endpoint, emr: Any) -> None:
    studio_id = make(emr, Tags=[{"Key": "a", "Value": "1"}])
    emr.add_tags(ResourceId=studio_id, Tags=[{"Key": "a", "Value": "2"}, {"Key": "b"}])
    assert tags(emr, studio_id) == {"a": "2", "b": ""}
    assert refusal(emr.add_tags, ResourceId=studio_id, Tags=[{"Key": "c"}, {"Key": ""}])[1] == "InvalidRequestException"
    emr.remove_tags(ResourceId=studio_id, TagKeys=["a", "nope"])
    assert tags(emr, studio_id) == {"b": ""}
    assert endpoint.woken == []


@pytest.mark.shows(
    "emr",
    "CreateStudioSessionMapping",
    "GetStudioSessionMapping",
    "UpdateStudioSessionMapping",
    "DeleteStudioSessionMapping",
)
def test_a_mapping_is_made_changed_and_deleted(endpoint: Endpoint, emr: Any) -> None:
    studio_id = sso(emr)
    who = {"StudioId": studio_id, "IdentityType": "USER", "IdentityName": "ada"}
    emr.create_studio_session_mapping(**who, SessionPolicyArn=POLICY)
    endpoint.now += 60
    emr.update_studio_session_mapping(**who, SessionPolicyArn=OTHER)
    found = emr.get_studio_session_mapping(**who)["SessionMapping"]
    times = [found.pop(name).timestamp() for name in ("CreationTime", "LastModifiedTime")]
    assert times == [START, START + 60]
    assert found == {**who, "SessionPolicyArn": OTHER}
    emr.delete_studio_session_mapping(**who)
    for call, more in (
        (emr.get_studio_session_mapping, {}),
        (emr.update_studio_session_mapping, {"SessionPolicyArn": OTHER}),
        (emr.delete_studio_session_mapping, {}),
    ):
        assert refusal(call, **who, **more) == NO_MAPPING
        assert refusal(call, **{**who, "StudioId": UNKNOWN}, **more) == MISSING
        assert refusal(call, **who, IdentityId="1", **more) == ONE_IDENTITY


def test_mappings_that_are_refused(emr: Any) -> None:
    studio_id, plain = sso(emr), make(emr)
    who = {"StudioId": studio_id, "IdentityType": "GROUP", "IdentityId": "1", "SessionPolicyArn": POLICY}
    create = emr.create_studio_session_mapping
    create(**who)
    assert refusal(create, **who) == invalid("Studio session mapping already exists.")
    only_sso = invalid("Session mappings can only be created for a Studio whose AuthMode is SSO.")
    assert refusal(create, **{**who, "StudioId": plain}) == only_sso
    assert refusal(create, **{**who, "IdentityId": ""}) == ONE_IDENTITY
    no_policy = invalid("SessionPolicyArn 'policy' is not valid.")
    assert refusal(create, **{**who, "IdentityId": "2", "SessionPolicyArn": "policy"}) == no_policy
    changed = {**who, "SessionPolicyArn": "policy"}
    assert refusal(emr.update_studio_session_mapping, **changed) == no_policy
    [mapping] = emr.list_studio_session_mappings()["SessionMappings"]
    assert mapping.pop("CreationTime").timestamp() == START
    assert mapping == who


@pytest.mark.shows(
    "emr",
    "ListStudioSessionMappings",
)
def test_mappings_by_studio_and_type(endpoint: Endpoint, emr: Any) -> None:
    first, second = sso(emr), sso(emr)
    for number, (studio_id, kind) in enumerate([(first, "USER"), (first, "GROUP"), (second, "USER")]):
        endpoint.now = START + number
        emr.create_studio_session_mapping(
            StudioId=studio_id, IdentityType=kind, IdentityName=f"n{number}", SessionPolicyArn=POLICY
        )

    def names(**request: Any) -> list[str]:
        found = emr.list_studio_session_mappings(**request)["SessionMappings"]
        return [each["IdentityName"] for each in found]

    assert names() == ["n2", "n1", "n0"]
    assert names(StudioId=first) == ["n1", "n0"]
    assert names(IdentityType="USER") == ["n2", "n0"]
    assert names(StudioId=second, IdentityType="GROUP") == []
