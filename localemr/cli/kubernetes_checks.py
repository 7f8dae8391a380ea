"""The checks of `localemr doctor` where the installation is on Kubernetes."""

from __future__ import annotations

import json
from typing import Any

from localemr.checks import Check, good, missing, note
from localemr.installation import kubectl
from localemr.problem import Problem
from localemr.runtime.base import LABEL
from localemr.settings import Settings

SERVER = (1, 30)
"""The first version that speaks version 5 of the websocket protocol for commands in pods."""


def everything(settings: Settings) -> list[Check]:
    """The rows of doctor's table."""
    try:
        version = json.loads(kubectl.run("version", "-o", "json")).get("serverVersion", {})
        machines = json.loads(kubectl.run("get", "nodes", "-o", "json"))["items"]
        pods = kubectl.listed(settings, "pods", f"!{LABEL}")
    except Problem as problem:
        return [missing("Kubernetes", problem.message, problem.fix)]
    return [server(version), nodes(machines), *(pod(each) for each in pods)]


def server(version: dict[str, Any]) -> Check:
    """The API server's version."""
    shown = version.get("gitVersion", "unknown")
    numbers = tuple(int("".join(filter(str.isdigit, version.get(name, "0"))) or 0) for name in ("major", "minor"))
    if numbers >= SERVER:
        return good("Kubernetes", shown)
    return missing("Kubernetes", shown, "upgrade to 1.30 or newer")


def nodes(machines: list[dict[str, Any]]) -> Check:
    """Machines that take instances."""
    taking = [each for each in machines if ready(each) and not each["spec"].get("unschedulable")]
    shown = f"{len(taking)} of {len(machines)} are ready and take pods"
    if not taking:
        return missing("machines", shown, "`kubectl describe nodes` has the reasons")
    if len(taking) < len(machines):
        return note("machines", shown, "`kubectl describe nodes` has the reasons")
    return good("machines", shown)


def pod(found: dict[str, Any]) -> Check:
    """One of the installation's own pods, and why it does not run."""
    name, status = f"pod {found['metadata']['name']}", found.get("status", {})
    if ready(found):
        return good(name, f"ready on {found['spec'].get('nodeName')}")
    waits = [each["state"]["waiting"] for each in status.get("containerStatuses", ()) if "waiting" in each["state"]]
    refused = [each for each in status.get("conditions", ()) if each.get("status") == "False" and each.get("message")]
    reasons = (each.get("message") or each.get("reason") for each in (*waits, *refused))
    why, namespace = (
        next(reasons, status.get("phase", "unknown")),
        found["metadata"].get("namespace", kubectl.NAMESPACE),
    )
    return missing(name, str(why), f"`kubectl -n {namespace} describe {name.replace(' ', '/')}` has more")


def ready(found: dict[str, Any]) -> bool:
    """Whether a machine or a pod is."""
    conditions = found.get("status", {}).get("conditions", ())
    return any(each["type"] == "Ready" and each["status"] == "True" for each in conditions)
