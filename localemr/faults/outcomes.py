"""The meaning of a rule for instances and runs: the subject of a run, and its outcome. Pure."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from localemr.domain.node.runs import READY_WITHIN, spot_notice_run
from localemr.faults.script import PROVISIONING, Rule
from localemr.reconcile.instances import (
    CLUSTER_NAME,
    GROUP,
    INBOX,
    MARKET,
    NUMBER,
    ROLE,
    TYPE,
    ZONE,
    run_file,
)
from localemr.runtime.base import File, RuntimeDeferred

RUNS = f"{INBOX}/runs/"
SUBJECTS = {"step-": "step", "bootstrap-": "bootstrap", "notebook-": "notebook", "ready-": "cluster"}
"""Prefixes of the names of scripted runs (domain/node/runs.py, rules/readiness.py)."""

_ANNOTATIONS = {
    "cluster": CLUSTER_NAME,
    "role": ROLE,
    "group": GROUP,
    "market": MARKET,
    "type": TYPE,
    "number": NUMBER,
    "zone": ZONE,
}

# EMR's own sentences (emr-behaviour §3.2).
_NO_CAPACITY = (
    "EC2 is out of capacity for {type} in availability zone {zone}. Learn more at "
    "https://docs.aws.amazon.com/console/elasticmapreduce/ERROR_noinstancecapacity"
)
_NO_SUCH_TYPE = (
    "The requested instance type {type} is not supported in the requested availability zone. Learn more at "
    "https://docs.aws.amazon.com/console/elasticmapreduce/ERROR_noinstancetype"
)
_MESSAGES: Mapping[tuple[str, str], str] = {
    ("instance", "INTERNAL_ERROR"): _NO_CAPACITY,
    ("instance", "VALIDATION_ERROR"): _NO_SUCH_TYPE,
    ("cluster", "INTERNAL_ERROR"): "Failed to start the job flow due to an internal error",
    ("cluster", "BOOTSTRAP_FAILURE"): "the applications",
}
_REASONS = {"cluster": "BOOTSTRAP_FAILURE", "instance": "INTERNAL_ERROR", "step": "Unknown Error."}


def subject_of(path: str) -> str | None:
    """The subject of the run in the file: a step, a bootstrap action, the cluster (its readiness), or None."""
    return next((on for start, on in SUBJECTS.items() if path.startswith(RUNS + start)), None)


def facts_of(cluster: str, annotations: Mapping[str, str]) -> dict[str, str]:
    """The fields that rules can match, from a cluster's id and the annotations of an instance or cluster."""
    return {"cluster_id": cluster} | {field: annotations.get(key, "") for field, key in _ANNOTATIONS.items()}


def details_of(run: Mapping[str, Any]) -> dict[str, str]:
    """The fields of a step, bootstrap action or notebook that rules can match, from its run's spec."""
    details = run["spec"]
    return {field: str(details[field]) for field in ("name", "number", "jar", "source") if field in details}


def reason_of(rule: Rule) -> str:
    """The reason of a failure."""
    return rule.reason or _REASONS.get(rule.on, "")


def message_of(rule: Rule, facts: Mapping[str, str]) -> str:
    """The message of a failure."""
    if rule.message is not None:
        return rule.message
    return _MESSAGES.get((rule.on, reason_of(rule)), "Scripted failure.").format_map(facts)


def fails_in_provisioning(rule: Rule) -> bool:
    """Whether a rule for a cluster ends it before it has instances."""
    return rule.result == "fail" and reason_of(rule) in PROVISIONING


def deferral(rule: Rule, facts: Mapping[str, str], now: float) -> RuntimeDeferred | None:
    """The error that refuses or delays the creation. None: nothing prevents it."""
    due = math.inf if rule.result == "hang" else now + rule.after
    if rule.result == "fail":
        return RuntimeDeferred(due, reason_of(rule), message_of(rule, facts))
    return RuntimeDeferred(due, message="A scripted fault delays it.") if due > now else None


@dataclass(frozen=True)
class Staging:
    """How a runtime implements an outcome: `run` returns the run with the rule's outcome, `notice` the files of the run
    that notifies a spot instance and the controller of an interruption by EC2, from the notice's time (epoch seconds)
    and the seconds from then on."""

    run: Callable[[dict[str, Any], Rule], dict[str, Any]]
    notice: Callable[[float, float], dict[str, File]]


def _note(rule: Rule) -> str:
    message = message_of(rule, {})
    if rule.on == "step":
        return json.dumps({"reason": reason_of(rule), "message": message, "log": "stderr"})
    if rule.on == "notebook":
        return json.dumps({"written": False, "message": message})
    return json.dumps({"download": False, "code": rule.code}) if rule.on == "bootstrap" else message


def _as_failure(rule: Rule) -> Rule:
    """A cluster that hangs: the run that awaits its applications fails after its time."""
    if (rule.on, rule.result) != ("cluster", "hang"):
        return rule
    return replace(rule, result="fail", after=rule.after + READY_WITHIN)


def _with_outcome(run: dict[str, Any], rule: Rule) -> dict[str, Any]:
    rule = _as_failure(rule)
    if rule.result == "fail":
        return run | {"outcome": {"code": rule.code, "delay": rule.after, "note": _note(rule)}}
    return run | {"outcome": {"code": None if rule.result == "hang" else 0, "delay": rule.after}}


def _notice_with_outcome(at: float, seconds: float) -> dict[str, File]:
    ((path, file),) = _real_notice(at, seconds).items()
    return {path: replace(file, text=json.dumps(json.loads(file.text) | {"outcome": {"code": 0, "delay": seconds}}))}


def _exchanged(run: dict[str, Any], rule: Rule) -> dict[str, Any]:
    """The run with a command that ends as the rule requires."""
    rule = _as_failure(rule)
    if rule.result == "succeed":
        return run
    end = "exec sleep infinity"
    if rule.result == "fail":
        end = 'printf "%s\\n" "$2" >&2; printf "%s" "$3" > "$LOCALEMR_NOTE"; exit "$4"'
    script = ["bash", "-c", f'sleep "$1"; {end}', "scripted", str(rule.after), message_of(rule, {}), _note(rule)]
    return run | {"argv": [*script, str(rule.code)]}


def _real_notice(at: float, seconds: float) -> dict[str, File]:
    return run_file(spot_notice_run(at, seconds))


OUTCOMES = Staging(_with_outcome, _notice_with_outcome)
"""For nodes of the memory runtime, which read the outcome from the run."""
COMMANDS = Staging(_exchanged, _real_notice)
"""For real nodes: the run's command is replaced by one with the outcome. For a success the real command runs."""
