"""Operations on targets of rules."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from localemr.aws.errors import ValidationException
from localemr.aws.registry import Request, Response
from localemr.events.registry import Context, operation, page_of
from localemr.events.targets import arn_fault, is_url, queue_fault, url_fault

MOST = 100
"""Targets of a rule; EventBridge has 5."""
INPUTS = ("Input", "InputPath", "InputTransformer")


@operation("PutTargets")
def put_targets(context: Context, request: Request) -> Response:
    """Add targets to a rule, or replace those with the same ids. Events go to `http://` and `https://` URLs of this
    host and of private networks, and to SQS, SNS, Lambda and CloudWatch Logs where there is an endpoint for them.
    Without one for logs, groups `/aws/events/NAME` are files.

    Other ARNs are refused. At most 100 targets a rule.
    """
    context.check_bus(request)
    rule, targets = request["Rule"], request["Targets"]
    context.rule(rule)
    for each in targets:
        _check(context, each)
    ids = {each["Id"] for each in (*context.rules.targets(rule), *targets)}
    if len(ids) > MOST:
        raise ValidationException(f"A rule has at most {MOST} targets.")
    context.rules.put_targets(rule, targets)
    return {"FailedEntryCount": 0, "FailedEntries": []}


def _check(context: Context, target: Mapping[str, Any]) -> None:
    arn, offers = target["Arn"], context.rules.offers
    if is_url(arn):
        fault = url_fault(arn)
        reason = f"{fault}." if fault else None
    else:
        reason = arn_fault(arn, offers)
    if reason:
        raise ValidationException(f"Parameter {arn} is not valid. Reason: {reason}")
    if lacking := queue_fault(target, offers):
        raise ValidationException(lacking)
    if sum(each in target for each in INPUTS) > 1:
        raise ValidationException(f"Only one of {', '.join(INPUTS)} must be provided for target {target['Id']}.")


@operation("ListTargetsByRule")
def list_targets_by_rule(context: Context, request: Request) -> Response:
    """The targets of a rule, as they were put."""
    context.check_bus(request)
    context.rule(request["Rule"])
    targets, token = page_of(request, context.rules.targets(request["Rule"]), "Id")
    return {"Targets": targets, "NextToken": token}


@operation("RemoveTargets")
def remove_targets(context: Context, request: Request) -> Response:
    """Remove targets from a rule, and the events that wait for them."""
    context.check_bus(request)
    rule, ids = request["Rule"], request["Ids"]
    context.rule(rule)
    there = {each["Id"] for each in context.rules.targets(rule)}
    context.rules.remove_targets(rule, ids)
    failed = [
        {"TargetId": each, "ErrorCode": "ResourceNotFoundException",
         "ErrorMessage": f"Rule {rule} does not have target {each}."}
        for each in ids if each not in there
    ]  # fmt: skip
    return {"FailedEntryCount": len(failed), "FailedEntries": failed}
