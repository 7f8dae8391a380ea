"""IAM: EMR's default roles are there, so `aws emr create-default-roles` has nothing to make."""

from __future__ import annotations

from typing import Any

import pytest

from localemr.cli.env import variables
from localemr.settings import Settings
from tests.contract.endpoint import Endpoint
from tests.contract.requests import refusal


@pytest.fixture
def iam(endpoint: Endpoint) -> Any:
    return endpoint.client(service="iam")


def test_what_the_cli_looks_for_is_there(iam: Any) -> None:
    """The calls of `aws emr create-default-roles`: for a role that is missing it needs EMR's own host name."""
    for name in ("EMR_EC2_DefaultRole", "EMR_DefaultRole", "EMR_AutoScaling_DefaultRole"):
        role = iam.get_role(RoleName=name)["Role"]
        assert (role["RoleName"], role["Arn"]) == (name, f"arn:aws:iam::123456789012:role/{name}")
        assert role["AssumeRolePolicyDocument"]["Statement"][0]["Action"] == "sts:AssumeRole"
        assert (len(role["RoleId"]), role["CreateDate"].year) == (21, 2009)
    profile = iam.get_instance_profile(InstanceProfileName="EMR_EC2_DefaultRole")["InstanceProfile"]
    assert [role["RoleName"] for role in profile["Roles"]] == ["EMR_EC2_DefaultRole"]


def test_lists(iam: Any) -> None:
    names = [role["RoleName"] for page in iam.get_paginator("list_roles").paginate() for role in page["Roles"]]
    assert names == ["EMR_AutoScaling_DefaultRole", "EMR_DefaultRole", "EMR_EC2_DefaultRole"]
    assert len(iam.list_instance_profiles()["InstanceProfiles"]) == 1


def test_others_are_not(iam: Any) -> None:
    missing = (404, "NoSuchEntity", "The role with name mine cannot be found.")
    assert refusal(iam.get_role, RoleName="mine") == missing
    assert refusal(iam.get_instance_profile, InstanceProfileName="mine")[:2] == (404, "NoSuchEntity")
    status, kind, message = refusal(iam.create_role, RoleName="mine", AssumeRolePolicyDocument="{}")
    assert (status, kind) == (403, "AccessDenied")
    assert "clusters accept any role" in message


def test_the_environment_leads_here() -> None:
    found = variables(Settings())
    assert found["AWS_ENDPOINT_URL_IAM"] == found["AWS_ENDPOINT_URL_EMR"]
