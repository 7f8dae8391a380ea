"""A world over the memory runtime in which every operation has something to answer with; each thing is made when it is
first requested."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from functools import cached_property
from typing import Any

from localemr.testing.memory import MemoryEmr
from tests.contract.full_requests import (
    ROLES,
    TAGS,
    fleet_cluster,
    full_cluster,
    full_execution,
    full_studio,
    scaling,
)
from tests.contract.requests import cluster
from tests.contract.test_studios import POLICY


class World:
    """What requests can name; the clock stands from `freeze` on."""

    def __init__(self, memory: MemoryEmr) -> None:
        self.endpoint = memory.endpoint
        self.emr = memory.client()
        self._control = memory.control

    def freeze(self) -> None:
        """From now on nothing happens by itself, and the same question has the same answer."""
        self._control.speed(0)

    def end(self) -> None:
        """Let everything end that ends."""
        clusters = [self.cluster_id, self.fleets_id, self.plain_id]
        self.emr.terminate_job_flows(JobFlowIds=clusters)
        self._control.advance(60)
        live = ["STARTING", "BOOTSTRAPPING", "RUNNING", "WAITING", "TERMINATING"]
        self._until(lambda: not self.emr.list_clusters(ClusterStates=live)["Clusters"])

    def _until(self, look: Callable[[], bool]) -> None:
        for _ in range(1000):
            if look():
                return
            time.sleep(0.005)
        raise AssertionError("the world did not become ready")

    def _waiting(self, request: dict[str, Any]) -> str:
        cluster_id: str = self.emr.run_job_flow(**request)["JobFlowId"]
        find = lambda: self.emr.describe_cluster(ClusterId=cluster_id)["Cluster"]  # noqa: E731
        self._until(lambda: find()["Status"]["State"] == "WAITING")
        return cluster_id

    @cached_property
    def cluster_id(self) -> str:
        """A cluster of groups with everything; its steps have COMPLETED, FAILED, and one runs on and on."""
        self._control.fail_step("failing", reason="Unknown Error.", message="no")
        self._control.hang_step("unending")
        request = full_cluster(SecurityConfiguration=self.security_configuration)
        cluster_id: str = self.emr.run_job_flow(**request)["JobFlowId"]
        wanted = {"COMPLETED", "FAILED", "RUNNING"}
        self._until(lambda: {each["Status"]["State"] for each in self.steps(cluster_id).values()} == wanted)
        return cluster_id

    @cached_property
    def fleets_id(self) -> str:
        """A cluster of fleets."""
        return self._waiting(fleet_cluster())

    @cached_property
    def plain_id(self) -> str:
        """A cluster of groups that nothing scales."""
        gateway = [{"Name": "JupyterEnterpriseGateway"}]
        return self._waiting(cluster(ManagedScalingPolicy=scaling("Instances"), Applications=gateway))

    @cached_property
    def security_configuration(self) -> str:
        """The name of one with runtime roles."""
        self.emr.create_security_configuration(Name="roles", SecurityConfiguration=json.dumps(ROLES))
        return "roles"

    def steps(self, cluster_id: str) -> dict[str, Any]:
        """Name → step."""
        return {each["Name"]: each for each in self.emr.list_steps(ClusterId=cluster_id)["Steps"]}

    def step_id(self, name: str) -> str:
        """The id of one of the first cluster's steps."""
        return str(self.steps(self.cluster_id)[name]["Id"])

    @property
    def core_group(self) -> str:
        """The id of the first cluster's core group."""
        return str(self.emr.list_instance_groups(ClusterId=self.cluster_id)["InstanceGroups"][1]["Id"])

    @property
    def core_fleet(self) -> str:
        """The id of the second cluster's core fleet."""
        return str(self.emr.list_instance_fleets(ClusterId=self.fleets_id)["InstanceFleets"][1]["Id"])

    @cached_property
    def studio_id(self) -> str:
        """A studio of AuthMode SSO."""
        return str(self.emr.create_studio(**full_studio())["StudioId"])

    @cached_property
    def mapping(self) -> dict[str, str]:
        """A session mapping, as requests name it."""
        who = {"StudioId": self.studio_id, "IdentityType": "USER", "IdentityName": "ada"}
        self.emr.create_studio_session_mapping(**who, SessionPolicyArn=POLICY)
        return who

    @cached_property
    def execution_id(self) -> str:
        """A notebook execution that runs on and on."""
        self._control.add({"on": "notebook", "result": "hang"})
        made = str(self.emr.start_notebook_execution(**full_execution(self.plain_id))["NotebookExecutionId"])
        find = lambda: self.emr.describe_notebook_execution(NotebookExecutionId=made)["NotebookExecution"]  # noqa: E731
        self._until(lambda: find()["Status"] == "RUNNING")
        return made

    @cached_property
    def app_ui_id(self) -> str:
        """A persistent UI of the first cluster."""
        return str(self.emr.create_persistent_app_ui(TargetResourceArn=self.arn, Tags=TAGS)["PersistentAppUIId"])

    @property
    def arn(self) -> str:
        """The first cluster's."""
        return str(self.emr.describe_cluster(ClusterId=self.cluster_id)["Cluster"]["ClusterArn"])
