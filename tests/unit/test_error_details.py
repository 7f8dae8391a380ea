"""ErrorDetails of clusters that failed: EMR's codes, for programs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from localemr.domain.model.records import BootstrapAction
from localemr.reconcile.instances import ROLE
from localemr.runtime.base import InstanceSpec
from localemr.runtime.memory import MemoryRuntime, Outcome, by_kind
from tests.unit.test_life import spec
from tests.world import World, make_records, run

ACTIONS = (BootstrapAction("first", "s3://b/1.sh"), BootstrapAction("second", "s3://b/2.sh"))
ZERO = "BOOTSTRAP_FAILURE_PRIMARY_WITH_NON_ZERO_CODE"
DOWNLOAD = "BOOTSTRAP_FAILURE_BA_DOWNLOAD_FAILED_PRIMARY"


def second_fails_on(role: str, outcome: Outcome) -> MemoryRuntime:
    def behaviour(container: InstanceSpec, what: Mapping[str, Any]) -> Outcome:
        fails = what["name"] == "bootstrap-2" and container.annotations[ROLE] == role
        return outcome if fails else by_kind(container, what)

    return MemoryRuntime(behaviour)


@pytest.mark.parametrize(
    ("outcome", "code", "more"),
    [
        (Outcome(7), ZERO, {"return-code": "7"}),
        (Outcome(7, note="{}"), ZERO, {"return-code": "7"}),
        (Outcome(1, note='{"download": true}'), DOWNLOAD, {}),
    ],
)
def test_a_bootstrap_action_of_the_master(outcome: Outcome, code: str, more: dict[str, str]) -> None:
    async def test(world: World) -> None:
        world.store.add_cluster(make_records(spec=spec(bootstrap_actions=ACTIONS)))
        records = await world.settle()
        master = next(each for each in records.instances if each.spec.role == "MASTER")
        (error,) = records.cluster.status.errors
        assert error.code == code
        assert error.message == records.cluster.status.reason.message
        assert error.data == {
            "primary-instance-id": master.spec.ec2_id,
            "bootstrap-action": "2",
            "amazon-s3-path": "s3://b/2.sh",
            **more,
        }

    run(test, World(runtime=second_fails_on("MASTER", outcome)))


def test_emr_has_none_for_other_instances() -> None:
    async def test(world: World) -> None:
        world.store.add_cluster(make_records(spec=spec(bootstrap_actions=ACTIONS)))
        status = (await world.settle()).cluster.status
        assert (status.reason.code, status.errors) == ("BOOTSTRAP_FAILURE", ())

    run(test, World(runtime=second_fails_on("CORE", Outcome(7))))
