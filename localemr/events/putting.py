"""PutEvents and TestEventPattern."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import orjson

from localemr.aws.errors import AwsError, ValidationException
from localemr.aws.registry import Request, Response
from localemr.events.patterns import matches, read_pattern
from localemr.events.registry import Context, operation

MEMBERS = ("id", "account", "source", "time", "region", "resources", "detail-type")
"""What an event for TestEventPattern must have."""


@operation("PutEvents")
def put_events(context: Context, request: Request) -> Response:
    """Have the rules see events of a program's own.

    Sources that begin with `aws.` are AWS's, and refused. Each entry is taken or refused by itself.
    """
    results, events = [], []
    for entry in request["Entries"]:
        event_id = str(uuid.uuid4())
        if fault := _fault(context, entry):
            results.append({"ErrorCode": fault[0], "ErrorMessage": fault[1]})
            continue
        events.append(_event(context, entry, event_id))
        results.append({"EventId": event_id})
    context.put(events)
    return {"FailedEntryCount": len(results) - len(events), "Entries": results}


def _fault(context: Context, entry: Mapping[str, Any]) -> tuple[str, str] | None:
    for name in ("Source", "DetailType", "Detail"):
        if not entry.get(name):
            return "InvalidArgument", f"Parameter {name} is not valid. Reason: {name} is a required argument."
    if entry["Source"].startswith("aws."):
        return "NotAuthorizedForSourceException", "Not authorized for the source."
    try:
        if not isinstance(orjson.loads(entry["Detail"]), dict):
            raise ValueError("no object")
    except ValueError:
        return "MalformedDetail", "Detail is malformed."
    try:
        context.check_bus(entry)
    except AwsError as error:
        return error.name(), error.message
    return None


def _event(context: Context, entry: Mapping[str, Any], event_id: str) -> dict[str, Any]:
    at = datetime.fromtimestamp(entry.get("Time", context.now()), UTC)
    return {
        "version": "0",
        "id": event_id,
        "detail-type": entry["DetailType"],
        "source": entry["Source"],
        "account": context.account,
        "time": at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "region": context.region,
        "resources": list(entry.get("Resources", ())),
        "detail": orjson.loads(entry["Detail"]),
    }


@operation("TestEventPattern")
def test_event_pattern(context: Context, request: Request) -> Response:
    """Whether an event matches a pattern."""
    pattern = read_pattern(request["EventPattern"])
    try:
        event = orjson.loads(request["Event"])
    except orjson.JSONDecodeError as error:
        raise ValidationException("Parameter Event is not valid. Reason: it is no JSON.") from error
    if not isinstance(event, dict) or (missing := [each for each in MEMBERS if each not in event]):
        lacks = "it is no object" if not isinstance(event, dict) else f"it has no {', '.join(missing)}"
        raise ValidationException(f"Parameter Event is not valid. Reason: {lacks}.")
    return {"Result": matches(pattern, event)}
