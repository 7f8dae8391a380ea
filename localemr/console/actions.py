"""Forms that become requests, mostly of EMR's API. Each shows the line of the AWS CLI that does the same."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from starlette.responses import PlainTextResponse, Response

from localemr.console.calls import Refused, View
from localemr.console.fields import Field
from localemr.console.visits import HEADERS, Form, Visit

Text = tuple[str, str]
"""A title and a text, or a name and an address."""


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
            response = await _perform(visit, action, request)
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


async def _perform(visit: Visit, action: Action, request: View) -> View:
    if action.perform is None:
        return await visit.api.emr(action.operation, request)
    return await action.perform(visit, request)


async def _form(visit: Visit, action: Action, status: int = 200, error: tuple[str, str] | None = None) -> Response:
    fields = await action.fields(visit)
    return visit.page(
        "action.html",
        status,
        action=action,
        back=action.back(visit),
        others=await action.others(visit),
        notes=await action.notes(visit),
        fields=[(each, each.shown(visit.form)) for each in fields],
        visible=any(each.kind != "hidden" for each in fields),
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
