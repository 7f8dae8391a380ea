"""Actions: forms that become requests of EMR's API. Each shows the line of `aws emr` that does the same."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from starlette.responses import PlainTextResponse, Response

from localemr.console import commands, creation
from localemr.console.calls import Refused, View
from localemr.console.fields import Field, number, words
from localemr.console.visits import HEADERS, Form, Visit

ON_FAILURE = ("CONTINUE", "CANCEL_AND_WAIT", "TERMINATE_CLUSTER")
CANCELLATIONS = ("SEND_INTERRUPT", "TERMINATE_PROCESS")


async def no_fields(visit: Visit) -> list[Field]:
    """A form with a button alone."""
    return []


@dataclass(frozen=True)
class Action:
    """An action. `request` makes the operation's request of the sent form, or raises ValueError; `command` writes it as
    a line of `aws emr`; `after` is the page to go to, from the visit and the response. `danger`: its button is red."""

    title: str
    button: str
    operation: str
    request: Callable[[Visit], View]
    command: Callable[[View], str]
    fields: Callable[[Visit], Awaitable[list[Field]]] = no_fields
    text: str = ""
    danger: bool = False
    after: Callable[[Visit, View], str] = lambda visit, response: f"/console/clusters/{visit.path('cluster')}"
    refusal: Callable[[View], str] = lambda response: ""
    """The refusal that an operation answers without an error; empty: it was not refused."""


def form_page(action: Action) -> Callable[[Visit], Awaitable[Response]]:
    """The page with the action's form."""

    async def page(visit: Visit) -> Response:
        return await _form(visit, action)

    return page


def sent(action: Action) -> Callable[[Visit], Awaitable[Response]]:
    """What the form's buttons do. With a field `only` the action is not carried out: `line` answers the command alone,
    as text; `show` the form with the command."""

    async def answer(visit: Visit) -> Response:
        only = visit.form.text("only")
        try:
            request = action.request(visit)
            if only == "line":
                return PlainTextResponse(action.command(request), headers=HEADERS)
            if only:
                return await _form(visit, action)
            response = await visit.api.emr(action.operation, request)
            if text := action.refusal(response):
                raise Refused(action.operation, text, 409)
        except ValueError as error:
            if only == "line":
                return PlainTextResponse(str(error), 400, HEADERS)
            return await _form(visit, action, 400, error=("The form cannot be read", str(error)))
        except Refused as error:
            return await _form(visit, action, error.status, error=(error.name, error.message))
        return visit.go(action.after(visit, response))

    return answer


async def _form(visit: Visit, action: Action, status: int = 200, error: tuple[str, str] | None = None) -> Response:
    fields = await action.fields(visit)
    return visit.page(
        "action.html",
        status,
        action=action,
        cluster=visit.request.path_params.get("cluster", ""),
        fields=[(each, each.shown(visit.form)) for each in fields],
        command=_command(visit, action, fields),
        error=error,
    )


def _command(visit: Visit, action: Action, fields: list[Field]) -> str:
    """The line for the form as it is shown; empty as long as no request can be made of it."""
    if not list(visit.form) and any(each.required and not each.value for each in fields):
        return ""
    shown = visit
    if not list(visit.form):
        shown = Visit(visit.site, visit.request, visit.session, visit.sessions, visit.api, _first(fields))
    try:
        return action.command(action.request(shown))
    except ValueError:
        return ""


def _first(fields: list[Field]) -> Form:
    """The form as it is sent when nothing was changed."""
    form = Form("")
    for each in fields:
        form.put(each.name, each.value.split(",") if each.kind == "choices" else [each.value] if each.value else [])
    return form


# ---- the actions


async def _step_fields(visit: Visit) -> list[Field]:
    return [
        Field("name", "Name", value="My step", required=True),
        Field("on_failure", "When it fails", "choice", "CONTINUE", options=ON_FAILURE),
        Field("jar", "JAR", value="command-runner.jar", required=True, wide=True,
              help="command-runner.jar runs a command of the master, script-runner.jar a script on S3"),
        Field("main_class", "Main class", help="of a JAR that names none"),
        Field("arguments", "Arguments", "lines", wide=True,
              help="as in a shell: spark-submit --deploy-mode cluster s3://bucket/job.py s3://bucket/input/"),
    ]  # fmt: skip


def _step(visit: Visit) -> View:
    form = visit.form
    jar: View = {"Jar": form.text("jar"), "Args": words(form, "arguments", "Arguments")}
    if form.text("main_class"):
        jar["MainClass"] = form.text("main_class")
    step = {"Name": form.text("name"), "ActionOnFailure": form.text("on_failure"), "HadoopJarStep": jar}
    return {"JobFlowId": visit.path("cluster"), "Steps": [step]}


async def _cancel_fields(visit: Visit) -> list[Field]:
    return [Field("how", "A step that runs", "choice", CANCELLATIONS[0], options=CANCELLATIONS)]


def _cancel(visit: Visit) -> View:
    return {
        "ClusterId": visit.path("cluster"),
        "StepIds": [visit.path("step")],
        "StepCancellationOption": visit.form.text("how"),
    }


async def _resize_fields(visit: Visit) -> list[Field]:
    groups = await visit.api.all("ListInstanceGroups", "InstanceGroups", ClusterId=visit.path("cluster"))
    now = next((str(each["RequestedInstanceCount"]) for each in groups if each["Id"] == visit.path("group")), "")
    return [Field("count", "Instances", "number", now, required=True)]


def _not_cancelled(response: View) -> str:
    return " ".join(each.get("Reason", "") for each in response["CancelStepsInfoList"] if each["Status"] == "FAILED")


def _resize(visit: Visit) -> View:
    group = {"InstanceGroupId": visit.path("group"), "InstanceCount": number(visit.form, "count", "Instances")}
    return {"ClusterId": visit.path("cluster"), "InstanceGroups": [group]}


def _protect(on: bool) -> Callable[[Visit], View]:
    return lambda visit: {"JobFlowIds": [visit.path("cluster")], "TerminationProtected": on}


ACTIONS: dict[str, Action] = {
    "create": Action(
        "Create a cluster", "Create", "RunJobFlow", lambda visit: creation.request(visit.form),
        commands.create_cluster, creation.fields,
        after=lambda visit, response: f"/console/clusters/{response['JobFlowId']}",
    ),
    "clusters/{cluster}/add-step": Action(
        "Add a step", "Add", "AddJobFlowSteps", _step, commands.add_steps, _step_fields,
        after=lambda visit, response: f"/console/clusters/{visit.path('cluster')}/steps/{response['StepIds'][0]}",
    ),
    "clusters/{cluster}/steps/{step}/cancel": Action(
        "Cancel the step", "Cancel the step", "CancelSteps", _cancel, commands.cancel_steps, _cancel_fields,
        danger=True, refusal=_not_cancelled,
        text="A step that waits is CANCELLED at once. One that runs is ended, with what it runs on YARN.",
        after=lambda visit, response: f"/console/clusters/{visit.path('cluster')}/steps/{visit.path('step')}",
    ),
    "clusters/{cluster}/groups/{group}/resize": Action(
        "Resize a group", "Resize", "ModifyInstanceGroups", _resize, commands.resize, _resize_fields,
        text="Instances that leave are drained first: YARN ends no task, HDFS keeps every block.",
    ),
    "clusters/{cluster}/terminate": Action(
        "Terminate the cluster", "Terminate", "TerminateJobFlows",
        lambda visit: {"JobFlowIds": [visit.path("cluster")]}, commands.terminate, danger=True,
        text="Its instances are removed, with all that is on their disks and in HDFS. This cannot be undone.",
    ),
    "clusters/{cluster}/protect": Action(
        "Protect from termination", "Protect", "SetTerminationProtection", _protect(True), commands.protect,
    ),
    "clusters/{cluster}/unprotect": Action(
        "Permit termination", "Permit termination", "SetTerminationProtection", _protect(False), commands.protect,
    ),
}  # fmt: skip
"""Actions by their paths below /console/."""
