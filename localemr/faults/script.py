"""Faults to inject: rules of a test, in order. The first matching rule applies."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, TypeAdapter, with_config

Subject = Literal["cluster", "instance", "bootstrap", "step", "notebook"]
Result = Literal["succeed", "fail", "hang", "lose", "interrupt"]

RESULTS: Mapping[str, frozenset[str]] = {
    "cluster": frozenset({"succeed", "fail", "hang"}),
    "instance": frozenset({"succeed", "fail", "hang", "lose", "interrupt"}),
    "bootstrap": frozenset({"succeed", "fail", "hang"}),
    "step": frozenset({"succeed", "fail", "hang"}),
    "notebook": frozenset({"succeed", "fail", "hang"}),
}
"""The possible results of each subject."""
FAULTS = frozenset({"lose", "interrupt"})
"""Results that apply to running instances."""

_CLUSTER = frozenset({"cluster", "cluster_id"})
FIELDS: Mapping[str, frozenset[str]] = {
    "cluster": _CLUSTER,
    "instance": _CLUSTER | {"role", "group", "market", "type", "number"},
    "bootstrap": _CLUSTER | {"role", "group", "name", "number"},
    "step": _CLUSTER | {"name", "number", "jar"},
    "notebook": _CLUSTER | {"source"},
}
"""The fields of each subject that rules can match: `cluster` and `group` are names, `name` is the step's or bootstrap
action's, `number` counts the cluster's instances, bootstrap actions or steps from 1, `source` is a notebook on S3."""

PROVISIONING = frozenset({"INTERNAL_ERROR", "VALIDATION_ERROR", "INSTANCE_FAILURE", "INSTANCE_FLEET_TIMEOUT"})
"""Codes of a StateChangeReason with which a cluster can end before it has instances."""
REASONS: Mapping[str, frozenset[str]] = {
    "cluster": PROVISIONING | {"BOOTSTRAP_FAILURE"},
    "instance": frozenset({"INTERNAL_ERROR", "VALIDATION_ERROR", "INSTANCE_FAILURE"}),
}
"""Codes of a StateChangeReason for failures of a subject. A step's reason is free text."""


@with_config(ConfigDict(extra="forbid"))
@dataclass(frozen=True)
class Rule:
    """An outcome for the subjects that match.

    - `on` and `match` select the subjects. `match` maps a subject's fields (FIELDS) to shell patterns; all must match.
    - `result`: succeed; fail; hang (until it is stopped); lose (the instance's container vanishes); interrupt (EC2
      takes a spot instance back, `notice` seconds after its notice).
    - `after`: seconds of the controller's clock until the result.
    - `code`: exit code of a step or bootstrap action that fails.
    - `reason`: FailureDetails' Reason of a step, the code of the StateChangeReason of a cluster or instance.
    - `message`: the message of a failure. Reason and message have defaults by subject (outcomes.py).
    - `skip`: number of matching subjects that are exempt at first.
    - `times`: number of subjects that the rule applies to (None: all).
    """

    on: Subject
    result: Result = "succeed"
    match: Mapping[str, str] = Field(default_factory=dict)
    after: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 0.0
    notice: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 120.0
    code: Annotated[int, Field(ge=1, le=255)] = 1
    reason: str | None = None
    message: str | None = None
    skip: Annotated[int, Field(ge=0)] = 0
    times: Annotated[int, Field(ge=1)] | None = None


RULES: TypeAdapter[list[Rule]] = TypeAdapter(list[Rule])


def read_rules(document: Any) -> list[Rule]:
    """Rules from plain data. Raises ValueError with the number of the bad rule and the reason."""
    rules = RULES.validate_python(document)
    for number, rule in enumerate(rules):
        if wrong := _contradiction(rule):
            raise ValueError(f"rule {number}: {wrong}")
    # EC2 interrupts only instances of the spot market.
    return [replace(rule, match={**rule.match, "market": "SPOT"}) if rule.result == "interrupt" else rule
            for rule in rules]  # fmt: skip


def _contradiction(rule: Rule) -> str | None:
    if unknown := set(rule.match) - FIELDS[rule.on]:
        return f"a rule on {rule.on} cannot match {', '.join(sorted(unknown))}"
    if rule.result not in RESULTS[rule.on]:
        return f"{rule.on} and {rule.result} do not go together"
    if rule.reason and rule.on in REASONS and rule.reason not in REASONS[rule.on]:
        return f"a {rule.on} fails with {', '.join(sorted(REASONS[rule.on]))}, not with {rule.reason}"
    if rule.result == "interrupt" and rule.match.get("market", "SPOT") != "SPOT":
        return "EC2 interrupts instances of market SPOT alone"
    return None


class Script:
    """The rules of an installation, and how often each can still be used."""

    def __init__(self) -> None:
        self._rules: list[Rule] = []

    def rules(self) -> list[Rule]:
        """The rules that are not used up."""
        return list(self._rules)

    def replace(self, rules: list[Rule]) -> None:
        """Replace all rules."""
        self._rules = list(rules)

    def add(self, rules: list[Rule]) -> None:
        """Append rules."""
        self._rules += rules

    def take(self, on: str, facts: Mapping[str, str], results: Collection[str] | None = None) -> Rule | None:
        """The rule for this subject, which counts as one use of it. None: no rule applies. `results` selects rules with
        one of these results."""
        for number, rule in enumerate(self._rules):
            if rule.on != on or (results is not None and rule.result not in results) or not _matches(rule, facts):
                continue
            if rule.skip:
                self._rules[number] = replace(rule, skip=rule.skip - 1)
                continue
            if rule.times == 1:
                del self._rules[number]
            elif rule.times is not None:
                self._rules[number] = replace(rule, times=rule.times - 1)
            return rule
        return None


def _matches(rule: Rule, facts: Mapping[str, str]) -> bool:
    return all(fnmatchcase(facts.get(key, ""), pattern) for key, pattern in rule.match.items())
