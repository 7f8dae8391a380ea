"""Forms that become requests, mostly of EMR's API. Each shows the line of the AWS CLI that does the same."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

from starlette.responses import JSONResponse, Response

from localemr.console.calls import Refused, View
from localemr.console.fields import Field
from localemr.console.visits import HEADERS, Form, Visit

Text = tuple[str, str]
"""A title and a text, a name and an address, or an error's name and text."""


async def no_fields(visit: Visit) -> list[Field]:
    """A form with a button alone."""
    return []


async def nothing(visit: Visit) -> list[Text]:
    """Neither other forms nor notes."""
    return []


def to_cluster(visit: Visit) -> str:
    """The page of the path's cluster; without one the list."""
    cluster_id = visit.request.path_params.get("cluster")
    return f"/console/clusters/{cluster_id}" if cluster_id else "/"


@dataclass(frozen=True)
class Action:
    """An action. `request` makes the operation's request of the sent form, or raises ValueError; `command` writes it as
    a line of the AWS CLI; `after` is the page to go to, from the visit and the response. `danger`: its button is red.
    """

    title: str
    button: str
    operation: str
    request: Callable[[Visit], View]
    command: Callable[[View], str]
    fields: Callable[[Visit], Awaitable[list[Field]]] = no_fields
    text: str = ""
    danger: bool = False
    after: Callable[[Visit, View], str] = lambda visit, response: to_cluster(visit)
    back: Callable[[Visit], str] = to_cluster
    """The page that the form's button Back and its path lead to."""
    refusal: Callable[[View], str] = lambda response: ""
    """The refusal that an operation answers without an error; empty: it was not refused."""
    others: Callable[[Visit], Awaitable[list[Text]]] = nothing
    """Names and addresses of forms beside this one."""
    notes: Callable[[Visit], Awaitable[list[Text]]] = nothing
    """Titles and texts below the form; above the button of a dangerous action."""
    perform: Callable[[Visit, View], Awaitable[View]] | None = None
    """Carries out a request that is none of EMR's; raises Refused."""


def form_page(action: Action) -> Callable[[Visit], Awaitable[Response]]:
    """The page with the action's form."""

    async def page(visit: Visit) -> Response:
        return await _form(visit, action)

    return page


def sent(action: Action) -> Callable[[Visit], Awaitable[Response]]:
    """What the form's buttons do. With a field `only` nothing is carried out: `check` answers the command, and what the
    button would be refused with, as JSON; `show` the form with both."""

    async def answer(visit: Visit) -> Response:
        only = visit.form.text("only")
        if only == "check":
            command, error = await _tried(visit, action)
            return JSONResponse({"command": command, "error": error}, headers=HEADERS)
        if only:
            return await _form(visit, action)
        try:
            response = await _perform(visit, action, action.request(visit))
            if text := action.refusal(response):
                raise Refused(action.operation, text, 409)
        except ValueError as error:
            return await _form(visit, action, 400, _unreadable(error))
        except Refused as error:
            return await _form(visit, action, error.status, (error.name, error.message))
        return visit.go(action.after(visit, response))

    return answer


async def _perform(visit: Visit, action: Action, request: View) -> View:
    if action.perform is None:
        return await visit.api.emr(action.operation, request)
    return await action.perform(visit, request)


async def _tried(visit: Visit, action: Action) -> tuple[str, Text | None]:
    """The form's command, and what its button would be refused with, as far as that is known before: EMR's own
    operation checks it."""
    command = ""
    try:
        request = action.request(visit)
        command = action.command(request)
        if action.perform is None:
            await visit.api.check(action.operation, request)
    except ValueError as error:
        return command, _unreadable(error)
    except Refused as error:
        return command, (error.name, error.message)
    return command, None


def _unreadable(error: ValueError) -> Text:
    return "The form cannot be read", str(error)


async def _form(visit: Visit, action: Action, status: int = 200, refusal: Text | None = None) -> Response:
    """The page with the form. `refusal`: of the request that was sent."""
    fields = await action.fields(visit)
    command, error = await _first_try(visit, action, fields)
    return visit.page(
        "action.html",
        status,
        action=action,
        back=action.back(visit),
        others=await action.others(visit),
        notes=await action.notes(visit),
        fields=[(each, each.shown(visit.form)) for each in fields],
        visible=any(each.kind != "hidden" for each in fields),
        command=command,
        error=refusal or error,
        refused=refusal is not None,
    )


async def _first_try(visit: Visit, action: Action, fields: list[Field]) -> tuple[str, Text | None]:
    """`_tried` for the form as it is shown; nothing as long as it lacks what is required."""
    if list(visit.form):
        return await _tried(visit, action)
    if any(each.required and not each.value for each in fields):
        return "", None
    return await _tried(replace(visit, form=_first(fields)), action)


def _first(fields: list[Field]) -> Form:
    """The form as it is sent when nothing was changed."""
    form = Form("")
    for each in fields:
        form.put(each.name, each.value.split(",") if each.kind == "choices" else [each.value] if each.value else [])
    return form
