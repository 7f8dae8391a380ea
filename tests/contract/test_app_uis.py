"""Application UIs, and credentials for a cluster's endpoints."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any

import pytest

from localemr.domain.model.ids import ec2_instance_id, instance_id
from localemr.domain.model.records import Instance, InstanceSpec, InstanceStatus, Records
from localemr.domain.model.states import InstanceState
from tests.contract.endpoint import START, Endpoint
from tests.contract.requests import UNKNOWN, invalid, refusal, run, validation

APPLICATION = "application_1700000000000_0001"
NOBODY = "p-" + "Z" * 13
ROLE = "arn:aws:iam::123456789012:role/job"
ROLES = {"AuthorizationConfiguration": {"IAMConfiguration": {"EnableApplicationScopedIAMRole": True}}}


def with_master(old: Records) -> Records:
    """The cluster with a running master at 10.213.0.11."""
    group, cluster_id = old.groups[0], old.cluster.id
    spec = InstanceSpec(group.id, "MASTER", "m5.xlarge", 1, ec2_instance_id(cluster_id, 1), "ip-10-213-0-11")
    status = InstanceStatus(InstanceState.RUNNING, ready=START, address="10.213.0.11")
    return replace(old, instances=(Instance(instance_id(cluster_id, 1), cluster_id, START, spec, status),))


def ready(endpoint: Endpoint, emr: Any, **members: Any) -> str:
    """A cluster that is WAITING, with a master."""
    cluster_id = run(emr, **members)
    endpoint.save(with_master, cluster_id)
    endpoint.move(cluster_id, "WAITING")
    return cluster_id


def arn(cluster_id: str) -> str:
    return f"arn:aws:elasticmapreduce:us-east-1:123456789012:cluster/{cluster_id}"


def persistent(emr: Any, cluster_id: str, **members: Any) -> str:
    ui_id: str = emr.create_persistent_app_ui(TargetResourceArn=arn(cluster_id), **members)["PersistentAppUIId"]
    return ui_id


def answer(call: Any, **request: Any) -> tuple[bool, str | None]:
    found = call(**request)
    return found["PresignedURLReady"], found.get("PresignedURL")


@pytest.mark.parametrize(
    ("request_", "path"),
    [
        ({}, ":18080/"),
        ({"OnClusterAppUIType": "SparkHistoryServer", "ApplicationId": APPLICATION}, f":18080/history/{APPLICATION}/"),
        ({"OnClusterAppUIType": "ResourceManager"}, ":8088/"),
        ({"OnClusterAppUIType": "ResourceManager", "ApplicationId": APPLICATION}, f":8088/cluster/app/{APPLICATION}"),
        ({"OnClusterAppUIType": "ApplicationMaster", "ApplicationId": APPLICATION}, f":8088/proxy/{APPLICATION}/"),
    ],
)
def test_pages_on_the_cluster(endpoint: Endpoint, emr: Any, request_: dict[str, Any], path: str) -> None:
    cluster_id = ready(endpoint, emr)
    call = emr.get_on_cluster_app_ui_presigned_url
    assert answer(call, ClusterId=cluster_id, **request_) == (True, endpoint.url + "/MASTER" + path)
    assert answer(call, ClusterId=cluster_id, DryRun=True, **request_) == (True, None)


def test_pages_that_a_cluster_has_not(endpoint: Endpoint, emr: Any) -> None:
    cluster_id = ready(endpoint, emr, Applications=[{"Name": "Hadoop"}])
    call = emr.get_on_cluster_app_ui_presigned_url
    for kind in ("SparkHistoryServer", "TezUI", "YarnTimelineService"):
        message = f"Cluster '{cluster_id}' does not serve the application UI {kind}."
        assert refusal(call, ClusterId=cluster_id, OnClusterAppUIType=kind) == invalid(message)
    nameless = invalid("ApplicationId must be specified for OnClusterAppUIType ApplicationMaster.")
    assert refusal(call, ClusterId=cluster_id, OnClusterAppUIType="ApplicationMaster") == nameless
    malformed = validation("applicationId '../x' is not valid.")
    request = {"OnClusterAppUIType": "ResourceManager", "ApplicationId": "../x"}
    assert refusal(call, ClusterId=cluster_id, **request) == malformed


def test_the_cluster_has_to_be_there_and_ready(endpoint: Endpoint, emr: Any) -> None:
    cluster_id = run(emr)
    unready = invalid(f"Cluster '{cluster_id}' must be in state RUNNING or WAITING; it is in state STARTING.")
    for call in (emr.get_on_cluster_app_ui_presigned_url, emr.get_cluster_session_credentials):
        assert refusal(call, ClusterId=cluster_id) == unready
        assert refusal(call, ClusterId=UNKNOWN) == invalid(f"Cluster id '{UNKNOWN}' is not valid.")
        assert refusal(call, ClusterId="x") == validation("clusterId 'x' is not valid.")
    endpoint.move(cluster_id, "RUNNING")
    assert answer(emr.get_on_cluster_app_ui_presigned_url, ClusterId=cluster_id) == (False, None)


@pytest.mark.shows("emr", "CreatePersistentAppUI", "DescribePersistentAppUI")
def test_a_persistent_ui(endpoint: Endpoint, emr: Any) -> None:
    cluster_id = run(emr)
    made = emr.create_persistent_app_ui(TargetResourceArn=arn(cluster_id), Tags=[{"Key": "a", "Value": "1"}])
    ui_id = made["PersistentAppUIId"]
    assert re.fullmatch(r"p-[A-Z0-9]{13}", ui_id)
    assert made["RuntimeRoleEnabledCluster"] is False
    found = emr.describe_persistent_app_ui(PersistentAppUIId=ui_id)["PersistentAppUI"]
    assert {found.pop("CreationTime").timestamp(), found.pop("LastModifiedTime").timestamp()} == {START}
    assert found == {
        "PersistentAppUIId": ui_id,
        "PersistentAppUITypeList": ["SHS"],
        "PersistentAppUIStatus": "ATTACHED",
        "AuthorId": "arn:aws:iam::123456789012:root",
        "Tags": [{"Key": "a", "Value": "1"}],
    }


@pytest.mark.shows("emr", "GetPersistentAppUIPresignedURL")
def test_its_url_follows_the_cluster(endpoint: Endpoint, emr: Any) -> None:
    cluster_id = run(emr)
    request = {"PersistentAppUIId": persistent(emr, cluster_id)}
    call = emr.get_persistent_app_ui_presigned_url
    assert answer(call, **request) == (False, None)
    endpoint.save(with_master, cluster_id)
    endpoint.move(cluster_id, "RUNNING")
    assert answer(call, **request, PersistentAppUIType="SHS") == (True, endpoint.url + "/MASTER:18080/")
    page = f"{endpoint.url}/MASTER:18080/history/{APPLICATION}/"
    assert answer(call, **request, ApplicationId=APPLICATION) == (True, page)
    assert refusal(call, **request, ApplicationId="x") == validation("applicationId 'x' is not valid.")
    other = invalid(f"Persistent application UI '{request['PersistentAppUIId']}' does not have type TEZ.")
    assert refusal(call, **request, PersistentAppUIType="TEZ") == other
    endpoint.move(cluster_id, "TERMINATED")
    assert answer(call, **request) == (False, None)


@pytest.mark.parametrize(("profiler", "kind"), [("TEZUI", "TEZ"), ("YTS", "YTS")])
def test_profilers_that_nothing_serves(endpoint: Endpoint, emr: Any, profiler: str, kind: str) -> None:
    ui_id = persistent(emr, ready(endpoint, emr), ProfilerType=profiler)
    found = emr.describe_persistent_app_ui(PersistentAppUIId=ui_id)["PersistentAppUI"]
    assert found["PersistentAppUITypeList"] == [kind]
    request = {"PersistentAppUIId": ui_id, "PersistentAppUIType": kind, "ApplicationId": APPLICATION}
    assert answer(emr.get_persistent_app_ui_presigned_url, **request) == (False, None)


def test_persistent_uis_that_are_refused(emr: Any) -> None:
    create = emr.create_persistent_app_ui
    assert refusal(create, TargetResourceArn=arn(UNKNOWN)) == invalid(f"Cluster id '{UNKNOWN}' is not valid.")
    for wrong in ("j-" + "A" * 20, arn("j-1"), arn(UNKNOWN) + "/x"):
        assert refusal(create, TargetResourceArn=wrong) == validation(f"targetResourceArn '{wrong}' is not valid.")
    containers = invalid("EMRContainersConfig cannot be specified for a cluster of EMR on EC2.")
    request = {"TargetResourceArn": arn(run(emr)), "EMRContainersConfig": {"JobRunId": "1"}}
    assert refusal(create, **request) == containers
    for call in (emr.describe_persistent_app_ui, emr.get_persistent_app_ui_presigned_url):
        missing = invalid(f"Persistent application UI '{NOBODY}' does not exist.")
        assert refusal(call, PersistentAppUIId=NOBODY) == missing
        assert refusal(call, PersistentAppUIId="x") == validation("persistentAppUIId 'x' is not valid.")


@pytest.mark.shows("emr", "GetClusterSessionCredentials")
def test_credentials(endpoint: Endpoint, emr: Any) -> None:
    emr.create_security_configuration(Name="roles", SecurityConfiguration=json.dumps(ROLES))
    cluster_id = ready(endpoint, emr, SecurityConfiguration="roles")
    call = emr.get_cluster_session_credentials
    first, second = (call(ClusterId=cluster_id, ExecutionRoleArn=ROLE) for _ in range(2))
    assert first["ExpiresAt"].timestamp() == START + 3600
    pair = first["Credentials"]["UsernamePassword"]
    assert pair["Username"]
    assert len(pair["Password"]) >= 32
    assert pair != second["Credentials"]["UsernamePassword"]
    roleless = (
        "Runtime roles are required for this cluster. Please specify the role using the ExecutionRoleArn parameter."
    )
    assert refusal(call, ClusterId=cluster_id) == invalid(roleless)
    made = emr.create_persistent_app_ui(TargetResourceArn=arn(cluster_id))
    assert made["RuntimeRoleEnabledCluster"] is True


@pytest.mark.parametrize("document", [{}, {"AuthorizationConfiguration": []}, {"AuthorizationConfiguration": None}])
def test_clusters_without_runtime_roles_give_none(endpoint: Endpoint, emr: Any, document: dict[str, Any]) -> None:
    emr.create_security_configuration(Name="plain", SecurityConfiguration=json.dumps(document))
    plain = invalid("Runtime roles are not supported on this cluster.")
    emr.create_security_configuration(Name="gone", SecurityConfiguration=json.dumps(ROLES))
    for members in ({}, {"SecurityConfiguration": "plain"}, {"SecurityConfiguration": "gone"}):
        cluster_id = ready(endpoint, emr, **members)
        if members.get("SecurityConfiguration") == "gone":
            emr.delete_security_configuration(Name="gone")
        request = {"ClusterId": cluster_id, "ExecutionRoleArn": ROLE}
        assert refusal(emr.get_cluster_session_credentials, **request) == plain
