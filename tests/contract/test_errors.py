"""EMR's error catalogue, text by text: type, HTTP status and words; and what is refused changes nothing."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.contract import catalogue, catalogue_run_job_flow, scene
from tests.contract.catalogue import Case
from tests.contract.endpoint import Endpoint
from tests.contract.requests import cluster

CASES = [*catalogue.CASES, *catalogue_run_job_flow.CASES]
TEXTS = 49


def request_of(case: Case, ids: dict[str, str]) -> dict[str, Any]:
    """What is sent; RunJobFlow's members are changes to a request that is right."""
    whole = cluster(**case.request) if case.method == "run_job_flow" else case.request
    filled: dict[str, Any] = scene.fill({name: value for name, value in whole.items() if value is not None}, ids)
    return filled


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.number}-{case.method}")
def test_the_text_and_nothing_stored(endpoint: Endpoint, case: Case) -> None:
    # Without botocore's own check of parameters, which keeps some requests from being sent.
    emr = endpoint.client(validate=False)
    ids = scene.build(endpoint, emr)
    if case.target:
        target = f"ElasticMapReduce.{case.target}"
        emr.meta.events.register(
            "before-call.emr", lambda params, **_: params["headers"].update({"X-Amz-Target": target})
        )
    before = endpoint.everything()
    with pytest.raises(ClientError) as caught:
        getattr(emr, case.method)(**request_of(case, ids))
    answer = caught.value.response
    assert answer["Error"]["Message"] == scene.fill(case.message, ids)
    assert (answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"]) == (case.kind, case.status)
    assert answer.get("ErrorCode") == case.error_code
    # InvalidRequestException is the only one of the model: clients may catch it as a class.
    assert isinstance(caught.value, emr.exceptions.InvalidRequestException) == (case.kind == catalogue.NEW)
    assert endpoint.everything() == before
    assert endpoint.woken == []


def test_every_text_is_requested_or_has_no_situation_here() -> None:
    numbers = {case.number for case in CASES} | {number for number, _, _ in catalogue.NOT_HERE}
    assert sorted(numbers) == list(range(1, TEXTS + 1))
    assert not {text for _, text, _ in catalogue.NOT_HERE} & {case.message for case in CASES}
    assert all(why for _, _, why in catalogue.NOT_HERE)


def test_the_scene_is_right_but_for_what_is_refused(endpoint: Endpoint) -> None:
    """The same requests without their fault are taken: it is the fault that is refused."""
    emr = endpoint.client()
    ids = scene.build(endpoint, emr)
    emr.run_job_flow(**cluster())
    emr.add_job_flow_steps(**scene.fill(catalogue._steps("<waiting>"), ids))
    emr.add_job_flow_steps(**scene.fill(catalogue._steps("<roles>"), ids), ExecutionRoleArn=catalogue.ROLE)
    emr.run_job_flow(**cluster(SecurityConfiguration="roles", StepExecutionRoleArn=catalogue.ROLE))
    volumes = [("gp2", None), ("gp3", 3000), ("gp3", None), ("io1", 100), ("io1", 20000), ("io2", 64000)]
    for kind, iops in volumes:
        members = {} if iops is None else {"Iops": iops}
        emr.run_job_flow(**cluster(Instances=catalogue_run_job_flow._disk(kind, **members)))
    emr.run_job_flow(**cluster(Instances=catalogue_run_job_flow._core()))
