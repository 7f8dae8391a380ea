"""How commands find what users name."""

from __future__ import annotations

import pytest
from botocore.stub import Stubber

from localemr.cli import clients, targets
from localemr.problem import Problem
from localemr.settings import Settings


@pytest.mark.parametrize(
    ("called", "state", "message"),
    [(None, "TERMINATED", "j-1 is TERMINATED, and has no running master"),
     ("i-2", "WAITING", "j-1 is WAITING, and has no running instance 'i-2'")],
)  # fmt: skip
def test_an_instance_that_does_not_run(called: str | None, state: str, message: str) -> None:
    emr = clients.emr(Settings())
    names = {"PrivateDnsName": "ip-10-0-0-1.ec2.internal", "PrivateIpAddress": "10.0.0.1"}
    gone = {"Id": "ci-1", "Ec2InstanceId": "i-1", "Status": {"State": "TERMINATED"}, **names}
    with Stubber(emr) as stubber:
        stubber.add_response("list_instances", {"Instances": [gone]}, {"ClusterId": "j-1"})
        with pytest.raises(Problem) as caught:
            targets.instance(emr, {"Id": "j-1", "Status": {"State": state}}, called)
    assert (caught.value.message, "`localemr status`" in caught.value.fix) == (message, True)
