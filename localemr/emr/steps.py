"""Steps: add, describe, list, cancel."""

from __future__ import annotations

from dataclasses import replace

from localemr.domain.accept.steps import MAX_ACTIVE_STEPS, accept_steps
from localemr.domain.model.errors import EmrError, InvalidRequestException, ValidationException
from localemr.domain.model.records import Cluster
from localemr.domain.model.release import Release
from localemr.domain.model.states import ACTIVE_STEPS, StepState
from localemr.domain.model.steps import Step, StepSpec
from localemr.emr import views
from localemr.emr.lookup import by_cluster_id, by_job_flow_id, check_modifiable
from localemr.emr.paging import PAGE, cut, read_marker
from localemr.emr.registry import Context, Effect, Request, Response, operation
from localemr.emr.security_configurations import check_runtime_role

MAX_STEP_IDS = 10
MAX_STEPS_A_CALL, FEWER_STEPS_A_CALL = 256, 100
DEFAULT_CANCELLATION = "SEND_INTERRUPT"


@operation("AddJobFlowSteps", Effect.REAL)
def add_job_flow_steps(context: Context, request: Request) -> Response:
    """Accept steps of a cluster that is not ending, all or none. Ids are in the order of the request.

    256 active steps; 100 a call from emr-7.14.0 on. `ExecutionRoleArn` is shown and has no effect; it is needed on a
    cluster whose security configuration has `EnableApplicationScopedIAMRole`, and refused on others.
    """
    cluster = by_job_flow_id(context, request["JobFlowId"])
    check_modifiable(cluster)
    if (most := _most_a_call(context, cluster)) < MAX_ACTIVE_STEPS:  # more are too many active ones anyway
        _check_count("AddJobFlowSteps", len(request["Steps"]), most, ValidationException)
    check_runtime_role(context, cluster, request.get("ExecutionRoleArn"))
    had, active = context.store.step_counts(cluster.id)
    steps = accept_steps(
        request["Steps"],
        cluster,
        steps=had,
        active=active,
        now=context.now(),
        role=request.get("ExecutionRoleArn"),
    )
    if steps:
        context.store.add_steps(cluster.id, steps)
        context.wake(cluster.id)
    return {"StepIds": [step.id for step in steps]}


@operation("DescribeStep", Effect.REAL)
def describe_step(context: Context, request: Request) -> Response:
    """A step in full, with `FailureDetails`."""
    cluster = by_cluster_id(context, request["ClusterId"])
    return {"Step": views.step_details(_step(context, cluster.id, request["StepId"]))}


@operation("ListSteps", Effect.REAL)
def list_steps(context: Context, request: Request) -> Response:
    """Steps, newest first, 50 a page, by state or by at most 10 ids.

    Steps are not deleted while their cluster exists.
    """
    cluster = by_cluster_id(context, request["ClusterId"])
    requested, states = request.get("StepIds", []), request.get("StepStates", [])
    if requested and states:
        raise InvalidRequestException("Cannot specify both StepIds and StepStates.")
    if len(requested) > MAX_STEP_IDS:
        raise InvalidRequestException(f"At most {MAX_STEP_IDS} step IDs can be specified.")
    # A Marker has the number's negative: a place that grows along the list.
    key = read_marker("ListSteps", request.get("Marker"), (int,))
    before = None if key is None else -key[0]
    if requested:
        named = [_step(context, cluster.id, step_id) for step_id in dict.fromkeys(requested)]
        chosen = [step for step in named if before is None or step.number < before]
        chosen.sort(key=lambda step: step.number, reverse=True)
    else:
        chosen = context.store.step_page(cluster.id, states=states, before=before, limit=PAGE + 1)
    shown, marker = cut("ListSteps", chosen, lambda step: (-step.number,))
    return {"Steps": [views.step_summary(step) for step in shown], "Marker": marker}


@operation("CancelSteps", Effect.REAL)
def cancel_steps(context: Context, request: Request) -> Response:
    """Cancel steps: pending ones do not start, running ones are interrupted or killed.

    The response has SUBMITTED or FAILED with a reason for every step. The call succeeds even if all are FAILED.

    256 steps a call; 100 from emr-7.14.0 on.
    """
    cluster = by_cluster_id(context, request["ClusterId"])
    _check_count("CancelSteps", len(request["StepIds"]), _most_a_call(context, cluster), InvalidRequestException)
    option = request.get("StepCancellationOption", DEFAULT_CANCELLATION)
    release = context.catalog.releases.get(cluster.spec.release_label)
    specs: dict[str, StepSpec] = {}
    answers = []
    for step_id in dict.fromkeys(request["StepIds"]):
        step = context.store.step(cluster.id, step_id)
        why_not = _not_cancellable(step, step_id, release)
        answers.append({"StepId": step_id, "Status": "FAILED" if why_not else "SUBMITTED", "Reason": why_not})
        if step and not why_not:
            specs[step_id] = replace(step.spec, cancel=option)
    if specs:
        context.store.set_step_specs(cluster.id, specs)
        context.wake(cluster.id)
    return {"CancelStepsInfoList": answers}


def _most_a_call(context: Context, cluster: Cluster) -> int:
    """How many steps a call may have on the cluster's release."""
    release = context.catalog.releases.get(cluster.spec.release_label)
    return FEWER_STEPS_A_CALL if release and release.has("hundred-steps-a-call") else MAX_STEPS_A_CALL


def _check_count(name: str, steps: int, most: int, error: type[EmrError]) -> None:
    """Raise `error` for more than `most` steps in a call of the operation `name`.

    AWS publishes no text of it: this is the sentence of its API reference.
    """
    if steps > most:
        raise error(f"A maximum of {most} steps are allowed in each {name} request.")


def _not_cancellable(step: Step | None, step_id: str, release: Release | None) -> str | None:
    if step is None:
        return f"Step id '{step_id}' is not valid."
    if step.status.state not in ACTIVE_STEPS:
        return f"The step has already ended: it is {StepState(step.status.state)}."
    feature = "cancel-steps" if step.status.state == StepState.PENDING else "cancel-running-steps"
    if release and not release.has(feature):
        return (
            f"Steps in the state {StepState(step.status.state)} cannot be cancelled on release label {release.label}."
        )
    return None


def _step(context: Context, cluster_id: str, step_id: str) -> Step:
    step = context.store.step(cluster_id, step_id)
    if step is None:
        raise InvalidRequestException(f"Step id '{step_id}' is not valid.")
    return step
