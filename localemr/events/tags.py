"""Tags of rules. Event buses have none."""

from __future__ import annotations

from localemr.aws.registry import Request, Response
from localemr.events.registry import Context, operation
from localemr.events.rules import Document

TAGS = "Tags"
"""The member of a stored rule that DescribeRule does not show."""


@operation("ListTagsForResource")
def list_tags_for_resource(context: Context, request: Request) -> Response:
    """The tags of a rule."""
    if "event-bus/" in request["ResourceARN"]:
        return {"Tags": []}
    rule = _rule(context, request)
    return {"Tags": [{"Key": key, "Value": value} for key, value in rule.get(TAGS, {}).items()]}


@operation("TagResource")
def tag_resource(context: Context, request: Request) -> Response:
    """Put tags on a rule."""
    rule = _rule(context, request)
    context.rules.put({**rule, TAGS: {**rule.get(TAGS, {}), **tags_of(request)}})
    return {}


@operation("UntagResource")
def untag_resource(context: Context, request: Request) -> Response:
    """Take tags from a rule."""
    rule = _rule(context, request)
    kept = {key: value for key, value in rule.get(TAGS, {}).items() if key not in request["TagKeys"]}
    context.rules.put({**rule, TAGS: kept})
    return {}


def tags_of(request: Request) -> dict[str, str]:
    """The tags of a request."""
    return {each["Key"]: each["Value"] for each in request.get("Tags", ())}


def _rule(context: Context, request: Request) -> Document:
    return context.rule(request["ResourceARN"].rpartition("/")[2])
