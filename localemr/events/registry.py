"""The table of EventBridge's operations, and what they work with."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from localemr.aws.errors import ValidationException
from localemr.aws.lookup import known
from localemr.aws.paging import cut, read_token
from localemr.aws.registry import Operations, Request
from localemr.events.errors import ResourceNotFoundException
from localemr.events.rules import Document, Rules

DEFAULT_BUS = "default"
PAGE = 100


@dataclass(frozen=True)
class Context:
    """Rules, the controller's clock, the region and account of ARNs, and what takes the events of PutEvents."""

    rules: Rules
    now: Callable[[], float]
    region: str
    account: str
    put: Callable[[Iterable[Document]], None]

    def arn(self, what: str) -> str:
        """The ARN of a rule or an event bus."""
        return f"arn:aws:events:{self.region}:{self.account}:{what}"

    def check_bus(self, request: Request, member: str = "EventBusName") -> None:
        """Raise ResourceNotFoundException unless the request means the default event bus."""
        name = request.get(member) or DEFAULT_BUS
        if name.rpartition("event-bus/")[2] != DEFAULT_BUS:
            raise ResourceNotFoundException(f"Event bus {name} does not exist.")

    def rule(self, name: str) -> Document:
        """A rule. Raises ResourceNotFoundException."""
        return known(
            self.rules.get(name),
            ResourceNotFoundException(f"Rule {name} does not exist on EventBus {DEFAULT_BUS}."),
        )


OPERATIONS = Operations[Context]()
operation = OPERATIONS.operation


def page_of(request: Request, rows: list[Document], key: str) -> tuple[list[Document], str | None]:
    """The page of a list that a request means, sorted by `key`, and the token of the next one."""
    if token := request.get("NextToken"):
        try:
            (last,) = read_token(token)
        except ValueError as error:
            raise ValidationException("Invalid nextToken.") from error
        rows = [each for each in rows if each[key] > str(last)]
    return cut(rows, lambda each: (each[key],), request.get("Limit", PAGE))
