"""The record of STS and its one operation."""

from __future__ import annotations

from dataclasses import dataclass

from localemr.aws.registry import Operations, Request, Response
from localemr.aws.service import Caller, Service


@dataclass(frozen=True)
class Context:
    """The installation's account, and the caller."""

    account: str
    caller: Caller


OPERATIONS = Operations[Context]()


@OPERATIONS.operation("GetCallerIdentity")
def get_caller_identity(context: Context, request: Request) -> Response:
    """The caller: a user who is named as its access key."""
    caller, account = context.caller, context.account
    return {"Arn": caller.arn(account), "UserId": caller.user, "Account": account}


def service(account: str) -> Service:
    """STS for an account."""
    return Service("sts", {"query": "2011-06-15"}, OPERATIONS, lambda caller: Context(account, caller))
