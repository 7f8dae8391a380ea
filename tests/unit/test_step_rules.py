"""What becomes of steps that fail or are cancelled, and of those behind them (emr-behaviour §4.3, §4.4)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from localemr.domain.model.records import AutoTermination
from localemr.domain.model.states import Reason
from tests.unit.test_life import fails_for, goes_on, spec, states
from tests.world import CATALOG, CLUSTER_ID, World, make_records, run, step

NEXT_RUNS, NEXT_CANCELLED = ["FAILED", "COMPLETED"], ["FAILED", "CANCELLED"]
WITH_ERRORS = Reason("STEP_FAILURE", "Steps completed with errors")
ENDS = {"TERMINATED": WITH_ERRORS, "TERMINATED_WITH_ERRORS": Reason("STEP_FAILURE", "Shut down as step failed")}


def outcome(action: str, keep_alive: bool, protected: bool) -> tuple[str, list[str]]:
    """EMR's table: the cluster's state, and those of the failed step and the next."""
    if action == "CONTINUE":
        return "WAITING" if keep_alive else "TERMINATED", NEXT_RUNS
    if action == "CANCEL_AND_WAIT":
        return "WAITING" if keep_alive else "TERMINATED", NEXT_CANCELLED
    return "WAITING" if keep_alive and protected else "TERMINATED_WITH_ERRORS", NEXT_CANCELLED


@pytest.mark.parametrize("action", ["CONTINUE", "CANCEL_AND_WAIT", "TERMINATE_CLUSTER", "TERMINATE_JOB_FLOW"])
@pytest.mark.parametrize("keep_alive", [True, False])
@pytest.mark.parametrize("protected", [True, False])
def test_action_on_failure(action: str, keep_alive: bool, protected: bool) -> None:
    requested = spec(keep_alive=keep_alive, termination_protected=protected, log_uri="s3://logs/")
    records = make_records(step("a", action), step("b"), spec=requested)
    first = f"step-{records.steps[0].id}"
    runtime = fails_for(
        first, note='{"reason": "Why.", "message": "what", "log": "stdout", "applications": ["application_1_0001"]}'
    )

    async def test(world: World) -> None:
        world.store.add_cluster(records)
        settled = await world.settle()
        assert states(settled)[::2] == outcome(action, keep_alive, protected)
        assert settled.steps[0].status.applications == ("application_1_0001",)
        failure = settled.steps[0].status.failure
        assert failure and (failure.reason, failure.message) == ("Why.", "what")
        assert failure.log_file == f"s3://logs/{CLUSTER_ID}/steps/{records.steps[0].id}/stdout.gz"
        last = "failed" if states(settled)[2] == NEXT_CANCELLED else "completed"
        waits = Reason("", f"Cluster ready after last step {last}.")
        assert settled.cluster.status.reason == ENDS.get(states(settled)[0], waits)

    run(test, World(runtime=runtime))


def test_the_cause_may_be_in_a_log_on_yarn() -> None:
    records = make_records(step("a", "CONTINUE"), spec=spec(log_uri="s3://logs/"))
    note = {"reason": "Why.", "message": "what", "log": "containers/application_1_1/container_1/stdout"}

    async def test(world: World) -> None:
        world.store.add_cluster(records)
        failure = (await world.settle()).steps[0].status.failure
        assert failure
        assert failure.log_file == f"s3://logs/{CLUSTER_ID}/containers/application_1_1/container_1/stdout.gz"

    run(test, World(runtime=fails_for(f"step-{records.steps[0].id}", note=json.dumps(note))))


TOO_LARGE = "Required executor memory (4096 MB) is above the max threshold (2304 MB) of this cluster! Please check …"


@pytest.mark.parametrize(
    ("scale", "message", "shown"),
    [
        (
            0.1875,
            TOO_LARGE,
            f"{TOO_LARGE} (LOCALEMR_MEMORY_SCALE is 0.1875: YARN offers 19% of what it offers on EMR.)",
        ),
        (1.0, TOO_LARGE, TOO_LARGE),
        (0.1875, "division by zero", "division by zero"),
    ],
)
def test_a_size_that_does_not_fit_is_explained_by_the_scale(
    monkeypatch: pytest.MonkeyPatch, scale: float, message: str, shown: str
) -> None:
    monkeypatch.setattr("tests.world.CATALOG", replace(CATALOG, memory_scale=scale))
    records = make_records(step("a", "CONTINUE"))
    note = {"reason": "Unknown Error.", "message": message, "log": "stderr"}

    async def test(world: World) -> None:
        world.store.add_cluster(records)
        failure = (await world.settle()).steps[0].status.failure
        assert failure and failure.message == shown

    run(test, World(runtime=fails_for(f"step-{records.steps[0].id}", note=json.dumps(note))))


@pytest.mark.parametrize("action", ["CANCEL_AND_WAIT", "TERMINATE_CLUSTER"])
def test_with_several_steps_at_once_the_action_has_no_effect(action: str) -> None:
    # The level was raised after the step was added: with several at once only CONTINUE is accepted.
    records = make_records(step("a", action), step("b"), spec=spec(step_concurrency=2))

    async def test(world: World) -> None:
        world.store.add_cluster(records)
        assert states(await world.settle())[::2] == ("WAITING", NEXT_RUNS)

    run(test, World(runtime=fails_for(f"step-{records.steps[0].id}")))


@pytest.mark.parametrize("option", ["SEND_INTERRUPT", "TERMINATE_PROCESS"])
def test_cancelling_a_running_step_stops_it_and_the_next_one_runs(option: str) -> None:
    records = make_records(step("a", "TERMINATE_CLUSTER"), step("b"))
    first = records.steps[0]

    async def test(world: World) -> None:
        world.store.add_cluster(records)
        await world.settle()
        assert states(world.records())[2] == ["RUNNING", "PENDING"]
        world.store.set_step_specs(CLUSTER_ID, {first.id: step("a", "TERMINATE_CLUSTER", cancel=option)})
        settled = await world.settle()
        assert states(settled)[::2] == ("WAITING", ["CANCELLED", "COMPLETED"])

    run(test, World(runtime=goes_on(f"step-{first.id}")))


def test_a_step_is_cancelled_when_nothing_of_it_is_left() -> None:
    records = make_records(step("a"), step("b"))
    first = records.steps[0]

    async def test(world: World) -> None:
        world.store.add_cluster(records)
        await world.settle()
        world.store.set_step_specs(CLUSTER_ID, {first.id: step("a", cancel="SEND_INTERRUPT")})
        # Its processes have ended, but its applications on YARN have not.
        assert states(await world.settle())[2] == ["CANCEL_PENDING", "PENDING"]
        world.runtime.end_run(world.container("MASTER"), f"reap-{first.id}")
        assert states(await world.settle())[2] == ["CANCELLED", "COMPLETED"]

    run(test, World(runtime=goes_on(f"step-{first.id}", "reap-")))


def test_a_step_that_ended_well_before_it_was_stopped_is_completed() -> None:
    records = make_records(step("a"))
    first = records.steps[0]

    async def test(world: World) -> None:
        world.store.add_cluster(records)
        await world.settle()
        world.store.set_step_specs(CLUSTER_ID, {first.id: step("a", cancel="SEND_INTERRUPT")})
        world.runtime.end_run(world.container("MASTER"), f"step-{first.id}")
        assert states(await world.settle())[2] == ["COMPLETED"]

    run(test, World(runtime=goes_on(f"step-{first.id}")))


@pytest.mark.parametrize("failed", [0, 1, 2])
@pytest.mark.parametrize("at_once", [1, 2])
def test_a_transient_cluster_in_which_any_step_failed_ends_with_errors(failed: int, at_once: int) -> None:
    steps = [step(name, "CONTINUE") for name in "abc"]
    records = make_records(*steps, spec=spec(keep_alive=False, step_concurrency=at_once))

    async def test(world: World) -> None:
        world.store.add_cluster(records)
        settled = await world.settle()
        assert [each == "FAILED" for each in states(settled)[2]] == [number == failed for number in range(3)]
        assert (states(settled)[0], settled.cluster.status.reason) == ("TERMINATED", WITH_ERRORS)

    run(test, World(runtime=fails_for(f"step-{records.steps[failed].id}")))


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"keep_alive": False}, "STEP_FAILURE"),
        ({"auto_termination": AutoTermination(60, 1000.0)}, "USER_REQUEST"),
        ({"terminate": True}, "USER_REQUEST"),
    ],
)
def test_the_end_of_a_cluster_that_waited_after_a_failed_step(change: Mapping[str, Any], code: str) -> None:
    records = make_records(step("a", "CONTINUE"), step("b"))

    async def test(world: World) -> None:
        world.store.add_cluster(records)
        waiting = await world.settle()
        assert waiting.cluster.status.reason.message == "Cluster ready after last step completed."
        world.store.set_cluster_spec(CLUSTER_ID, replace(waiting.cluster.spec, **change))
        world.clock.time += 60
        world.measure()  # a look that finds nothing under way
        ended = await world.settle()
        assert (states(ended)[0], ended.cluster.status.reason.code) == ("TERMINATED", code)

    run(test, World(runtime=fails_for(f"step-{records.steps[0].id}")))


def test_a_cancelled_step_is_no_error() -> None:
    records = make_records(step("a"), step("b", cancel="SEND_INTERRUPT"), spec=spec(keep_alive=False))

    async def test(world: World) -> None:
        world.store.add_cluster(records)
        settled = await world.settle()
        assert states(settled)[2] == ["COMPLETED", "CANCELLED"]
        assert settled.cluster.status.reason == Reason("ALL_STEPS_COMPLETED", "Steps completed")

    run(test, World())
