"""Operations on rules and event buses."""

from __future__ import annotations

from localemr.aws.errors import ValidationException
from localemr.aws.registry import Request, Response
from localemr.events.patterns import read_pattern
from localemr.events.registry import DEFAULT_BUS, Context, operation, page_of
from localemr.events.rules import DISABLED, ENABLED, Document
from localemr.events.tags import TAGS, tags_of


@operation("PutRule")
def put_rule(context: Context, request: Request) -> Response:
    """Make a rule, or replace one, whose targets and tags stay. It sees the events from then on.

    Event patterns alone: schedules are refused. The same rules are in all regions.
    """
    context.check_bus(request)
    name, pattern = request["Name"], request.get("EventPattern")
    if request.get("ScheduleExpression"):
        raise ValidationException("Parameter ScheduleExpression is not valid: LocalEMR has no schedules.")
    if not pattern:
        raise ValidationException("Parameter(s) EventPattern or ScheduleExpression must be specified.")
    read_pattern(pattern)
    arn = context.arn(f"rule/{name}")
    before = context.rules.get(name)
    shown = {each: request[each] for each in ("Description", "RoleArn") if each in request}
    rule = {"Name": name, "Arn": arn, "EventPattern": pattern, "State": request.get("State", ENABLED),
            "EventBusName": DEFAULT_BUS, TAGS: (before or {}).get(TAGS, tags_of(request)), **shown}  # fmt: skip
    context.rules.put(rule)
    return {"RuleArn": arn}


@operation("DescribeRule")
def describe_rule(context: Context, request: Request) -> Response:
    """A rule."""
    context.check_bus(request)
    return {**_shown(context.rule(request["Name"])), "CreatedBy": context.account}


@operation("ListRules")
def list_rules(context: Context, request: Request) -> Response:
    """Rules by the beginning of their names."""
    context.check_bus(request)
    prefix = request.get("NamePrefix", "")
    rules, token = page_of(
        request, [_shown(each) for each in context.rules.all() if each["Name"].startswith(prefix)], "Name"
    )
    return {"Rules": rules, "NextToken": token}


@operation("DeleteRule")
def delete_rule(context: Context, request: Request) -> Response:
    """Remove a rule; no effect without one. Its targets must have been removed before."""
    context.check_bus(request)
    if context.rules.targets(request["Name"]):
        raise ValidationException("Rule can't be deleted since it has targets.")
    context.rules.remove(request["Name"])
    return None


@operation("EnableRule")
def enable_rule(context: Context, request: Request) -> Response:
    """Let a rule see events again."""
    return _set_state(context, request, ENABLED)


@operation("DisableRule")
def disable_rule(context: Context, request: Request) -> Response:
    """Let a rule see no further events. What it saw before is still delivered."""
    return _set_state(context, request, DISABLED)


def _set_state(context: Context, request: Request, state: str) -> Response:
    context.check_bus(request)
    context.rules.put({**context.rule(request["Name"]), "State": state})
    return None


@operation("ListEventBuses")
def list_event_buses(context: Context, request: Request) -> Response:
    """The default event bus, the only one."""
    prefix = request.get("NamePrefix", "")
    return {"EventBuses": [_bus(context)] if DEFAULT_BUS.startswith(prefix) else []}


@operation("DescribeEventBus")
def describe_event_bus(context: Context, request: Request) -> Response:
    """The default event bus."""
    context.check_bus(request, "Name")
    return _bus(context)


def _shown(rule: Document) -> Document:
    return {name: value for name, value in rule.items() if name != TAGS}


def _bus(context: Context) -> dict[str, str]:
    return {"Name": DEFAULT_BUS, "Arn": context.arn(f"event-bus/{DEFAULT_BUS}")}
