"""The demo's way through the API, against clients that answer from a script."""

import gzip
import io
from contextlib import contextmanager

import botocore.session
import pytest
from botocore.validate import ParamValidator

from localemr.demo import flow
from localemr.problem import Problem


@contextmanager
def quiet(_name):
    yield lambda _news: None


class FakeS3:
    def __init__(self, objects):
        self.objects = objects

    def get_paginator(self, _name):
        return self

    def paginate(self, Bucket, Prefix):
        assert Bucket == flow.BUCKET
        return [{"Contents": [{"Key": key} for key in self.objects if key.startswith(Prefix)]}, {}]

    def get_object(self, Bucket, Key):
        return {"Body": io.BytesIO(self.objects[Key])}


class FailingStep:
    """An EMR client whose step fails."""

    def add_job_flow_steps(self, JobFlowId, Steps):
        return {"StepIds": ["s-1"]}

    def describe_step(self, ClusterId, StepId):
        details = {"Reason": "Unknown Error.", "Message": "Exception: no such file", "LogFile": "s3://x/stderr.gz"}
        return {"Step": {"Status": {"State": "FAILED", "FailureDetails": details}}}

    def get_waiter(self, name):
        assert name == "step_complete"
        return self

    def wait(self, **_arguments):
        raise RuntimeError("Waiter StepComplete failed")


@pytest.mark.parametrize(
    ("operation", "request_"),
    [
        ("RunJobFlow", flow.cluster_request()),
        ("AddJobFlowSteps", {"JobFlowId": "j-1", "Steps": [flow.step_request("s3://out/")]}),
    ],
)
def test_requests_fit_the_service_model(operation, request_):
    shape = botocore.session.get_session().get_service_model("emr").operation_model(operation).input_shape
    assert not ParamValidator().validate(request_, shape).has_errors()


def test_demo_asks_for_one_master_one_core_one_task():
    groups = flow.cluster_request()["Instances"]["InstanceGroups"]
    assert [(group["InstanceRole"], group["InstanceCount"]) for group in groups] == [
        ("MASTER", 1),
        ("CORE", 1),
        ("TASK", 1),
    ]


def test_failed_step_is_shown_with_its_details_and_the_end_of_its_stderr():
    stderr = gzip.compress("\n".join(f"line {number}" for number in range(100)).encode())
    run = flow.Demo(FailingStep(), FakeS3({"logs/j-1/steps/s-1/stderr.gz": stderr}), quiet, cluster_id="j-1")
    with pytest.raises(Problem) as caught:
        run.run_step()
    assert "s-1 is FAILED" in caught.value.message
    assert "no such file" in caught.value.message
    assert caught.value.message.endswith("line 99")
    assert "line 10\n" not in caught.value.message


def test_answer_is_read_from_this_clusters_output_only():
    text = b"name,total_red_violations\nA,2\n"
    objects = {"output/j-1/_SUCCESS": b"", "output/j-1/part-0.csv": text, "output/j-10/part-0.csv": text}
    assert flow.Demo(None, FakeS3(objects), quiet, cluster_id="j-1").read_answer() == [("A", 2)]


def test_a_step_without_output_is_a_problem():
    with pytest.raises(Problem, match="left no CSV"):
        flow.Demo(None, FakeS3({"output/j-1/_SUCCESS": b""}), quiet, cluster_id="j-1").read_answer()
