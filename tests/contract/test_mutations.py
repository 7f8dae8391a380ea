"""Right requests with one thing changed: an answer or an error of the caller's, never a failure of ours.

What is refused changes nothing. What is taken can be read: every Describe and List answers afterwards.
"""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.contract import catalogue, scene
from tests.contract.catalogue_run_job_flow import _core, _disk
from tests.contract.endpoint import Endpoint
from tests.contract.requests import cluster, fleet, step
from tests.contract.test_auto_scaling import policy
from tests.contract.test_studios import studio

SAME_EVERY_TIME = settings(
    max_examples=40,
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
EXTREMES = st.sampled_from([
    None, True, 0, -1, 1, 2**31 - 1, -(2**31), 2**31, 0.5, 1e308, "", " ", "x", "ü😀", "\0", "9" * 300, "x" * 300,
    "NaN", "1e9999", "null", "s3://", "arn:aws:iam::1:role/r-12345678", [], {}, [None], [{}], ["x"], {"x": "y"},
])  # fmt: skip
"""What may come in the place of anything."""

MANAGED = {"UnitType": "Instances", "MinimumCapacityUnits": 1, "MaximumCapacityUnits": 4}
ACTIONS = [{"Name": "b", "ScriptBootstrapAction": {"Path": "s3://b/x.sh", "Args": ["1"]}}]
CONFIGURATIONS = [
    {"Classification": "core-site", "Properties": {"a": "b"}},
    {"Classification": "hadoop-env", "Configurations": [{"Classification": "export", "Properties": {"A": "1"}}]},
]
WHOLE = cluster(
    LogUri="s3://logs/x", Steps=[step("one", "a")], BootstrapActions=ACTIONS, Configurations=CONFIGURATIONS,
    Tags=[{"Key": "k", "Value": "v"}], ManagedScalingPolicy={"ComputeLimits": MANAGED},
    AutoTerminationPolicy={"IdleTimeout": 60}, StepConcurrencyLevel=1, EbsRootVolumeSize=20,
    KerberosAttributes={"Realm": "R", "KdcAdminPassword": "x"}, PlacementGroupConfigs=[{"InstanceRole": "MASTER"}],
)  # fmt: skip
SPOT = {"SpotSpecification": {"TimeoutDurationMinutes": 10, "TimeoutAction": "TERMINATE_CLUSTER"}}
TASK = {"InstanceRole": "TASK", "InstanceType": "m5.xlarge", "InstanceCount": 1, "Market": "SPOT", "BidPrice": "0.1"}
SHRINK = {"DecommissionTimeout": 1, "InstanceResizePolicy": {"InstanceTerminationTimeout": 1}}
REQUESTS: list[tuple[str, dict[str, Any]]] = [
    ("RunJobFlow", WHOLE),
    ("RunJobFlow", cluster(Instances=_core({"WeightedCapacity": 2, "BidPrice": "1"}, LaunchSpecifications=SPOT))),
    ("RunJobFlow", cluster(Instances=_disk("io1", Iops=100))),
    ("RunJobFlow", cluster(Instances={"InstanceCount": 2, "MasterInstanceType": "m5.xlarge",
                                      "SlaveInstanceType": "m5.xlarge", "HadoopVersion": "1"})),
    ("AddJobFlowSteps", catalogue._steps("<waiting>", ActionOnFailure="CONTINUE")),
    ("CancelSteps", {"ClusterId": "<full>", "StepIds": [catalogue.STEP]}),
    ("AddInstanceGroups", {"JobFlowId": "<waiting>", "InstanceGroups": [{**TASK, "AutoScalingPolicy": policy()}]}),
    ("ModifyInstanceGroups",
     {"InstanceGroups": [{"InstanceGroupId": "<waiting.core>", "InstanceCount": 3, "ShrinkPolicy": SHRINK}]}),
    ("AddInstanceFleet", {"ClusterId": "<fleets>", "InstanceFleet": fleet("TASK", LaunchSpecifications=SPOT)}),
    ("ModifyInstanceFleet", {"ClusterId": "<fleets>", "InstanceFleet": {"InstanceFleetId": "<fleets.core>",
                                                                       "TargetOnDemandCapacity": 2}}),
    ("ModifyCluster", {"ClusterId": "<waiting>", "StepConcurrencyLevel": 2}),
    ("PutManagedScalingPolicy", {"ClusterId": "<waiting>", "ManagedScalingPolicy": {"ComputeLimits": MANAGED}}),
    ("PutAutoTerminationPolicy", {"ClusterId": "<waiting>", "AutoTerminationPolicy": {"IdleTimeout": 60}}),
    ("PutAutoScalingPolicy",
     {"ClusterId": "<waiting>", "InstanceGroupId": "<waiting.core>", "AutoScalingPolicy": policy()}),
    ("AddTags", {"ResourceId": "<waiting>", "Tags": [{"Key": "k", "Value": "v"}]}),
    ("CreateSecurityConfiguration", {"Name": "new", "SecurityConfiguration": "{}"}),
    ("PutBlockPublicAccessConfiguration",
     {"BlockPublicAccessConfiguration": {"BlockPublicSecurityGroupRules": True,
                                         "PermittedPublicSecurityGroupRuleRanges": [{"MinRange": 1, "MaxRange": 2}]}}),
    ("CreateStudio", studio(Tags=[{"Key": "k", "Value": "v"}])),
    ("StartNotebookExecution",
     {"EditorId": "e-" + "A" * 25, "RelativePath": "a", "ExecutionEngine": {"Id": "<waiting>"}, "ServiceRole": "r",
      "NotebookParams": "{}"}),
]  # fmt: skip
READS: list[tuple[str, dict[str, Any]]] = [
    ("ListClusters", {}), ("DescribeJobFlows", {}), ("ListStudios", {}), ("ListSecurityConfigurations", {}),
    ("ListNotebookExecutions", {}), ("GetBlockPublicAccessConfiguration", {}),
]  # fmt: skip
CLUSTER_READS = (
    "DescribeCluster", "ListSteps", "ListInstances", "ListBootstrapActions", "GetManagedScalingPolicy",
    "GetAutoTerminationPolicy",
)  # fmt: skip


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The paths of everything in the value."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    below = [place for key, each in inner for place in places(each, (*path, key))]
    return ([path] if path else []) + below


def changed(request: dict[str, Any], place: tuple[Any, ...], how: str, value: Any) -> dict[str, Any]:
    """The request with what is at the place replaced, removed, or (in a list) there twice."""
    whole = copy.deepcopy(request)
    *path, last = place
    at: Any = whole
    for key in path:
        at = at[key]
    if how == "remove":
        del at[last]
    elif how == "double" and isinstance(at, list):
        at.append(copy.deepcopy(at[last]))
    else:
        at[last] = value
    return whole


def check_reading(endpoint: Endpoint) -> None:
    for operation, request in READS:
        assert endpoint.post(operation, json.dumps(request).encode())[0] == 200, operation
    for cluster_id in endpoint.stored():
        groups = "ListInstanceFleets" if endpoint.load(cluster_id).cluster.spec.fleets else "ListInstanceGroups"
        for operation in (*CLUSTER_READS, groups):
            assert endpoint.post(operation, json.dumps({"ClusterId": cluster_id}).encode())[0] == 200, operation


@pytest.mark.parametrize(("operation", "request_"), REQUESTS, ids=[name for name, _ in REQUESTS])
def test_one_thing_changed(endpoint: Endpoint, operation: str, request_: dict[str, Any]) -> None:
    right = scene.fill(request_, scene.build(endpoint, endpoint.client()))
    assert endpoint.post(operation, json.dumps(right).encode())[0] == 200

    @SAME_EVERY_TIME
    @given(place=st.sampled_from(places(right)), how=st.sampled_from(["replace"] * 4 + ["remove", "double"]),
           value=EXTREMES)  # fmt: skip
    def ask(place: tuple[Any, ...], how: str, value: Any) -> None:
        request = changed(right, place, how, value)
        before = endpoint.everything()
        status, _, answer = endpoint.post(operation, json.dumps(request).encode())
        assert status < 500, (request, answer)
        if status != 200:
            assert endpoint.everything() == before

    ask()
    check_reading(endpoint)
