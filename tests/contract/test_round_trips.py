"""Every operation there and back: botocore's serializer, the controller over the memory runtime, botocore's parser."""

from __future__ import annotations

import http.client
import json
from typing import Any

import pytest
from botocore.parsers import create_parser
from botocore.serialize import create_serializer

from localemr.api.model import service
from localemr.testing.memory import MemoryEmr
from tests.contract.good_requests import GOOD
from tests.contract.good_world import World
from tests.contract.shapes import faults, members
from tests.contract.test_wire import as_floats

ALL = sorted(service("emr").operation_names)
REFUSED = {name for name in ALL if name.endswith(("Session", "Sessions", "SessionEndpoint"))}
"""The operations on Spark Connect sessions: there is no release for which they could succeed."""

ONCE = {"GetClusterSessionCredentials"}
"""What is not the same when it is requested again."""

NOT_HERE = {
    "Application.AdditionalInfo",
    "Application.Args",
    "Cluster.OutpostArn",
    "Cluster.RequestedAmiVersion",
    "Cluster.RunningAmiVersion",
    "ClusterSummary.OutpostArn",
    "DescribeReleaseLabelOutput.AvailableOSReleases",
    "Instance.EbsVolumes",
    "Instance.PublicIpAddress",
    "JobFlowDetail.AmiVersion",
    "JobFlowDetail.SupportedProducts",
    "PersistentAppUI.LastStateChangeReason",
    "PlacementType.AvailabilityZones",
    "StepStateChangeReason.Code",
    "StepStateChangeReason.Message",
    "StepStatus.StateChangeReason",
}
"""Members of what there is none of here, or nothing to say of."""

NOT_IN_THIS_WORLD = {
    "ClusterStatus.ErrorDetails",
    "GetOnClusterAppUIPresignedURLOutput.PresignedURL",
    "GetPersistentAppUIPresignedURLOutput.PresignedURL",
    "Instance.InstanceFleetId",
    "InstanceGroup.ShrinkPolicy",
    "NotebookExecution.NotebookS3Location",
    "NotebookExecution.OutputNotebookURI",
    "NotebookExecutionSummary.NotebookS3Location",
    "SessionMappingDetail.IdentityId",
    "SessionMappingSummary.IdentityId",
    "ShrinkPolicy.DecommissionTimeout",
    "ShrinkPolicy.InstanceResizePolicy",
    "Step.AdditionalInfo",
    "StepSummary.AdditionalInfo",
    "Studio.IdpAuthUrl",
    "Studio.IdpRelayStateParameterName",
}
"""Members that other answers have; they have tests of their own."""

NEXT_PAGE = (".Marker", ".NextToken")


def ask(world: World, name: str, request: dict[str, Any], more: bytes = b"") -> tuple[int, dict[str, str], bytes]:
    """Status, headers and body of the answer to what botocore sends for the request, and `more` after it."""
    sent = create_serializer("json").serialize_to_request(request, service("emr").operation_model(name))
    connection = http.client.HTTPConnection(world.endpoint.removeprefix("http://"), timeout=10)
    try:
        connection.request("POST", sent["url_path"], sent["body"] + more, sent["headers"])
        answer = connection.getresponse()
        return answer.status, {key.lower(): value for key, value in answer.getheaders()}, answer.read()
    finally:
        connection.close()


def parsed(name: str, status: int, headers: dict[str, str], body: bytes) -> dict[str, Any]:
    """What botocore makes of the answer."""
    reply = {"status_code": status, "headers": headers, "body": body}
    found = create_parser("json").parse(reply, service("emr").operation_model(name).output_shape)
    answer: dict[str, Any] = as_floats(found)
    answer.pop("ResponseMetadata")
    return answer


READS = [name for name in ALL if name.startswith(("Describe", "List", "Get")) and name not in REFUSED | ONCE]


@pytest.mark.parametrize("name", [each for each in ALL if each not in REFUSED])
def test_there_and_back(emr_memory: MemoryEmr, name: str) -> None:
    world = World(emr_memory)
    request = GOOD[name](world)
    world.freeze()
    status, headers, body = ask(world, name, request)
    assert status == 200, body
    shape = service("emr").operation_model(name).output_shape
    if shape is None:
        assert body == b""
        return
    raw = json.loads(body)
    assert list(faults(shape, raw)) == []
    assert parsed(name, status, headers, body) == raw
    if name in READS:
        # A blank more, so that it is not the first answer that is given again.
        assert ask(world, name, request, b" ")[2] == body


@pytest.mark.parametrize("name", sorted(REFUSED))
def test_there_and_back_with_a_refusal(emr_memory: MemoryEmr, name: str) -> None:
    world = World(emr_memory)
    status, headers, body = ask(world, name, GOOD[name](world))
    model = service("emr").operation_model(name)
    assert status == 400
    (error,) = [each for each in model.error_shapes if each.name == headers["x-amzn-errortype"]]
    raw = json.loads(body)
    assert {"Message"} <= set(raw) <= {"__type", "message", *error.members}
    assert parsed(name, status, headers, body)["Error"] == {"Code": error.name, "Message": raw["Message"]}


def test_whatever_was_sent_or_happened_is_shown(emr_memory: MemoryEmr) -> None:
    world = World(emr_memory)
    requests = {name: GOOD[name](world) for name in READS}
    shown: dict[str, bool] = {}

    def look(name: str) -> None:
        raw = json.loads(ask(world, name, requests[name])[2])
        for member, there in members(service("emr").operation_model(name).output_shape, raw):
            shown[member] = there or shown.get(member, False)

    for name in READS:
        look(name)
    world.end()
    for name in READS:
        if name != "GetOnClusterAppUIPresignedURL":
            look(name)
    missing = {member for member, there in shown.items() if not there and not member.endswith(NEXT_PAGE)}
    assert missing == NOT_HERE | NOT_IN_THIS_WORLD


@pytest.mark.parametrize(
    ("answer", "complaint"),
    [
        ({"Name": "n"}, "answer.CreationDateTime: is not there"),
        ({"Name": "n", "CreationDateTime": "2026-01-01"}, "answer.CreationDateTime: '2026-01-01' is no timestamp"),
        ({"Name": None, "CreationDateTime": 1.5}, "answer.Name: None is no string"),
        ({"Name": "n", "CreationDateTime": True}, "answer.CreationDateTime: True is no timestamp"),
        ({"Name": "n", "CreationDateTime": 1, "Colour": "red"}, "answer.Colour: is not known"),
    ],
)
def test_that_answers_can_be_wrong(answer: dict[str, Any], complaint: str) -> None:
    shape = service("emr").operation_model("CreateSecurityConfiguration").output_shape
    assert list(faults(shape, answer)) == [complaint]
