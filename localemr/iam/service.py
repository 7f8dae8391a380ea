"""The record of IAM and its operations: EMR's default roles exist. LocalEMR accepts any role, and stores none."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from localemr.aws.errors import AwsError
from localemr.aws.registry import Operations, Request, Response
from localemr.aws.service import Service

PROFILE = "EMR_EC2_DefaultRole"
ROLES = {
    PROFILE: ("ec2.amazonaws.com",),
    "EMR_DefaultRole": ("elasticmapreduce.amazonaws.com",),
    "EMR_AutoScaling_DefaultRole": ("elasticmapreduce.amazonaws.com", "application-autoscaling.amazonaws.com"),
}
"""What `aws emr create-default-roles` makes at AWS (its source): names, and the services that may assume the role."""
CREATED = 1_238_457_600.0
"""Epoch seconds: EMR's first day."""


class NoSuchEntity(AwsError):
    """There is no such role or instance profile."""

    status = 404


class AccessDenied(AwsError):
    """An operation that LocalEMR's IAM does not have."""

    status = 403


@dataclass(frozen=True)
class Context:
    """The installation's account."""

    account: str


def _missing(name: str) -> AwsError:
    return AccessDenied(f"LocalEMR does not offer {name}: clusters accept any role, and EMR's default roles exist.")


OPERATIONS = Operations[Context](missing=_missing)


@OPERATIONS.operation("GetRole")
def get_role(context: Context, request: Request) -> Response:
    """One of EMR's default roles."""
    name = request["RoleName"]
    if name not in ROLES:
        raise NoSuchEntity(f"The role with name {name} cannot be found.")
    return {"Role": _role(context, name)}


@OPERATIONS.operation("ListRoles")
def list_roles(context: Context, request: Request) -> Response:
    """EMR's default roles."""
    return {"Roles": [_role(context, name) for name in sorted(ROLES)], "IsTruncated": False}


@OPERATIONS.operation("GetInstanceProfile")
def get_instance_profile(context: Context, request: Request) -> Response:
    """EMR's default instance profile."""
    name = request["InstanceProfileName"]
    if name != PROFILE:
        raise NoSuchEntity(f"Instance Profile {name} cannot be found.")
    return {"InstanceProfile": _profile(context)}


@OPERATIONS.operation("ListInstanceProfiles")
def list_instance_profiles(context: Context, request: Request) -> Response:
    """EMR's default instance profile."""
    return {"InstanceProfiles": [_profile(context)], "IsTruncated": False}


def _role(context: Context, name: str) -> dict[str, Any]:
    services = ROLES[name]
    principal = {"Service": services[0] if len(services) == 1 else list(services)}
    statement = {"Sid": "", "Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
    return {
        "Path": "/",
        "CreateDate": CREATED,
        "RoleName": name,
        "RoleId": _id("AROA", name),
        "Arn": f"arn:aws:iam::{context.account}:role/{name}",
        # Documents are encoded for URLs, as IAM's model says.
        "AssumeRolePolicyDocument": quote(json.dumps({"Version": "2008-10-17", "Statement": [statement]})),
        "MaxSessionDuration": 3600,
    }


def _profile(context: Context) -> dict[str, Any]:
    return {
        "Path": "/",
        "CreateDate": CREATED,
        "InstanceProfileName": PROFILE,
        "InstanceProfileId": _id("AIPA", PROFILE),
        "Arn": f"arn:aws:iam::{context.account}:instance-profile/{PROFILE}",
        "Roles": [_role(context, PROFILE)],
    }


def _id(kind: str, name: str) -> str:
    """An id in IAM's form, always the same for a name."""
    letters = "".join(letter for letter in name.upper() if letter.isalnum())
    return f"{kind}{letters:X<17}"[:21]


def service(account: str) -> Service:
    """IAM for an account."""
    return Service("iam", {"query": "2010-05-08"}, OPERATIONS, lambda caller: Context(account))
