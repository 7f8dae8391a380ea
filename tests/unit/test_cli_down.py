"""`localemr down --keep-data` ends each cluster by itself."""

from __future__ import annotations

from typing import Any

from botocore.exceptions import ClientError

from localemr.cli.down import terminate_all


class Emr:
    """As much of EMR as `down` uses. As EMR does, it refuses the whole of a call in which one cluster is ending.

    `ends_early` begin to end by themselves after they were listed first; `stuck` refuse each call.
    """

    def __init__(self, clusters: list[str], ends_early: set[str] = frozenset(), stuck: set[str] = frozenset()) -> None:  # type: ignore[assignment]
        self.states = dict.fromkeys(clusters, "RUNNING")
        self.protected = set(clusters)
        self.ends_early, self.stuck = set(ends_early), set(stuck)

    def get_paginator(self, operation: str) -> Any:
        assert operation == "list_clusters"
        return self

    def paginate(self, ClusterStates: list[str]) -> list[Any]:
        listed = [
            {"Id": name, "Status": {"State": state}} for name, state in self.states.items() if state in ClusterStates
        ]
        for name, state in self.states.items():
            if state == "TERMINATING":
                self.states[name] = "TERMINATED"
            elif name in self.ends_early:
                self.ends_early.remove(name)
                self.states[name] = "TERMINATING"
        return [{"Clusters": listed}]

    def set_termination_protection(self, JobFlowIds: list[str], TerminationProtected: bool) -> None:
        for name in JobFlowIds:
            if name in self.stuck or self.states[name] != "RUNNING":
                error = {"Code": "ValidationException", "Message": f"{name} is {self.states[name]}"}
                raise ClientError({"Error": error}, "SetTerminationProtection")
        self.protected.difference_update(JobFlowIds)

    def terminate_job_flows(self, JobFlowIds: list[str]) -> None:
        for name in JobFlowIds:
            if name not in self.protected:
                self.states[name] = "TERMINATING"


def test_one_that_begins_to_end_meanwhile_does_not_keep_the_others() -> None:
    emr = Emr(["j-1", "j-2", "j-3"], ends_early={"j-2"})
    assert terminate_all(emr, 10, pause=0) == {}
    assert set(emr.states.values()) == {"TERMINATED"}


def test_one_that_cannot_be_ended_is_named_with_the_reason_and_the_others_end() -> None:
    emr = Emr(["j-1", "j-2", "j-3"], stuck={"j-1"})
    seen: list[int] = []
    assert terminate_all(emr, 0.2, seen.append, pause=0) == {"j-1": "j-1 is RUNNING"}
    assert emr.states == {"j-1": "RUNNING", "j-2": "TERMINATED", "j-3": "TERMINATED"}
    assert seen[0] == 3 and seen[-1] == 1
