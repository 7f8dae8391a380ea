"""What is to go wrong, and how: rules that a test writes, in order; the first one that matches counts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, TypeAdapter, with_config

Subject = Literal["cluster", "instance", "bootstrap", "step"]
Result = Literal["succeed", "fail", "hang", "lose"]
FIELDS: Mapping[str, frozenset[str]] = {
    "cluster": frozenset({"cluster", "cluster_id"}),
    "instance": frozenset({"cluster", "cluster_id", "role"}),
    "bootstrap": frozenset({"cluster", "cluster_id", "role", "name", "number"}),
    "step": frozenset({"cluster", "cluster_id", "name", "number", "jar"}),
}
"""What rules of each subject can match: `cluster` is its name, `name` the step's or the bootstrap action's."""


@with_config(ConfigDict(extra="forbid"))
@dataclass(frozen=True)
class Rule:
    """An outcome for the subjects that match.

    - `on` and `match`: whose outcome; `match` maps the subject's fields (FIELDS) to shell patterns, all of which hold.
    - `result`: succeed; fail; hang (until it is stopped); lose (instances: the container vanishes).
    - `after`: seconds of the controller's clock until it comes to that.
    - `code`, `reason`, `message`: of a failure: exit code, FailureDetails' Reason, and what is said of it.
    - `times`: for so many subjects (None: for all).
    """

    on: Subject
    result: Result = "succeed"
    match: Mapping[str, str] = Field(default_factory=dict)
    after: Annotated[float, Field(ge=0)] = 0.0
    code: Annotated[int, Field(ge=1, le=255)] = 1
    reason: str = "Unknown Error."
    message: str = "Scripted failure."
    times: Annotated[int, Field(ge=1)] | None = None


RULES: TypeAdapter[list[Rule]] = TypeAdapter(list[Rule])


def read_rules(document: Any) -> list[Rule]:
    """Rules from plain data. Raises ValueError that says what is wrong with which."""
    rules = RULES.validate_python(document)
    for number, rule in enumerate(rules):
        if unknown := set(rule.match) - FIELDS[rule.on]:
            raise ValueError(f"rule {number}: a {rule.on} cannot be matched by {', '.join(sorted(unknown))}")
        if (rule.result == "lose") != (rule.on == "instance") and rule.result != "fail":
            raise ValueError(f"rule {number}: {rule.on} and {rule.result} do not go together")
    return rules


class Script:
    """The rules of an installation, and how often each may still be used."""

    def __init__(self) -> None:
        self._rules: list[Rule] = []

    def rules(self) -> list[Rule]:
        """The rules that are left."""
        return list(self._rules)

    def replace(self, rules: list[Rule]) -> None:
        """Forget the old rules."""
        self._rules = list(rules)

    def add(self, rules: list[Rule]) -> None:
        """Add rules behind those that are there."""
        self._rules += rules

    def take(self, on: str, facts: Mapping[str, str]) -> Rule | None:
        """The rule for this subject, which counts as one use of it; None: the subject goes its usual way."""
        for number, rule in enumerate(self._rules):
            if rule.on == on and all(fnmatchcase(facts.get(key, ""), pattern) for key, pattern in rule.match.items()):
                if rule.times == 1:
                    del self._rules[number]
                elif rule.times is not None:
                    self._rules[number] = replace(rule, times=rule.times - 1)
                return rule
        return None
