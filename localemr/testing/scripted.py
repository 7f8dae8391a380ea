"""A runtime whose containers and runs end as a script says. Everything else is the runtime's below it.

In containers of the memory runtime the outcome is written into the run; in real ones the run's command is exchanged
for one that ends so (a success is left to the real command).
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from localemr.clock import Clock
from localemr.reconcile.containers import CLUSTER_LABEL, CLUSTER_NAME_LABEL, INBOX, ROLE_LABEL
from localemr.runtime.base import ContainerSpec, File, Runtime, RuntimeFailure
from localemr.runtime.memory import MemoryRuntime
from localemr.testing.script import Rule, Script

RUNS = f"{INBOX}/runs/"
SUBJECTS = {"step-": "step", "bootstrap-": "bootstrap", "ready-": "cluster"}
"""How the names of scripted runs begin (domain/runs.py, rules/readiness.py)."""


class ScriptedRuntime:
    """See Runtime; `create`, `start` and `write` follow the script, and the rest is handed on."""

    def __init__(self, runtime: Runtime, script: Script, clock: Clock) -> None:
        self._runtime = runtime
        self._script = script
        self._clock = clock
        self._real = not isinstance(runtime, MemoryRuntime)
        self._labels: dict[str, Mapping[str, str]] = {}
        self._losing: set[asyncio.Future[None]] = set()
        self._decided: dict[tuple[str, str], Rule | None] = {}

    def __getattr__(self, name: str) -> Any:
        return getattr(self._runtime, name)

    async def create(self, spec: ContainerSpec) -> None:
        """See Runtime; an instance that is to fail is refused."""
        self._labels[spec.name] = spec.labels
        rule = self._decide(spec.name, "", "instance", _facts(spec.labels))
        if rule and rule.result == "fail":
            raise RuntimeFailure(rule.message)
        await self._runtime.create(spec)

    async def start(self, name: str) -> None:
        """See Runtime; an instance that is to be lost goes in due time."""
        await self._runtime.start(name)
        rule = self._decided.get((name, ""))
        if rule and rule.result == "lose":
            self._decided[(name, "")] = None
            self._clock.later(rule.after, lambda: self._lose(name))

    async def write(self, name: str, files: Mapping[str, File]) -> None:
        """See Runtime; runs that are in the script get their outcome."""
        labels = await self._labels_of(name)
        await self._runtime.write(name, {path: self._planned(name, labels, path, file) for path, file in files.items()})

    def _lose(self, name: str) -> None:
        task = asyncio.ensure_future(self._runtime.remove(name))
        self._losing.add(task)  # a task that nobody holds may be collected
        task.add_done_callback(self._losing.discard)

    async def _labels_of(self, name: str) -> Mapping[str, str]:
        if name not in self._labels:
            self._labels |= {each.name: each.labels for each in await self._runtime.containers({})}
        return self._labels.get(name, {})

    def _decide(self, name: str, run: str, on: str, facts: Mapping[str, str]) -> Rule | None:
        """The rule for a subject, once: what is done twice has the same outcome."""
        if (name, run) not in self._decided:
            self._decided[(name, run)] = self._script.take(on, facts)
        return self._decided[(name, run)]

    def _planned(self, name: str, labels: Mapping[str, str], path: str, file: File) -> File:
        on = next((on for start, on in SUBJECTS.items() if path.startswith(RUNS + start)), None)
        if on is None:
            return file
        run = json.loads(file.text)
        facts = _facts(labels) | (_details(run) if on != "cluster" else {})
        rule = self._decide(name, run["name"], on, facts)
        if rule is None:
            return file
        changed = _exchanged(run, rule, on) if self._real else run | {"outcome": _outcome(rule, on)}
        return replace(file, text=json.dumps(changed))


def _facts(labels: Mapping[str, str]) -> dict[str, str]:
    named = {"cluster": CLUSTER_NAME_LABEL, "cluster_id": CLUSTER_LABEL, "role": ROLE_LABEL}
    return {field: labels.get(label, "") for field, label in named.items()}


def _details(run: Mapping[str, Any]) -> dict[str, str]:
    """The fields of a step or bootstrap action, which its tool gets as its one argument."""
    details = json.loads(run["argv"][1])
    return {field: str(details[field]) for field in ("name", "number", "jar") if field in details}


def _note(rule: Rule, on: str) -> str:
    if on == "step":
        return json.dumps({"reason": rule.reason, "message": rule.message, "log": "stderr"})
    return json.dumps({"download": False, "code": rule.code}) if on == "bootstrap" else rule.message


def _outcome(rule: Rule, on: str) -> dict[str, Any]:
    """The outcome for the memory runtime."""
    if rule.result == "fail":
        return {"code": rule.code, "delay": rule.after, "note": _note(rule, on)}
    return {"code": None if rule.result == "hang" else 0, "delay": rule.after}


def _exchanged(run: dict[str, Any], rule: Rule, on: str) -> dict[str, Any]:
    """The run with a command that ends as the rule says."""
    if rule.result == "succeed":
        return run
    end = "exec sleep infinity"
    if rule.result == "fail":
        end = 'printf "%s\\n" "$2" >&2; printf "%s" "$3" > "$LOCALEMR_NOTE"; exit "$4"'
    script = ["bash", "-c", f'sleep "$1"; {end}', "scripted", str(rule.after), rule.message, _note(rule, on)]
    return run | {"argv": [*script, str(rule.code)]}
