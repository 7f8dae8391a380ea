"""The form for a cluster, and the request that it makes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from localemr.console.calls import Refused, View
from localemr.console.commands import DEFAULT_ROLES
from localemr.console.create_command import ATTRIBUTES, DOCUMENTS, PLAIN
from localemr.console.fields import Field, document, number, pairs, words_of
from localemr.console.visits import Form, Visit

TYPE = "m5.xlarge"
ROLES = (("MASTER", "master"), ("CORE", "core"), ("TASK", "task"))
MARKETS = ("ON_DEMAND", "SPOT")
FURTHER = {*PLAIN, *DOCUMENTS, *DEFAULT_ROLES, "Instances"} - {"LogUri", "Configurations"}
FURTHER_INSTANCES = {*ATTRIBUTES, "UnhealthyNodeReplacement"}
"""Members that the field for further ones may have: those that `aws emr create-cluster` has options for."""
ACTION = "bootstrap"
"""The name of a bootstrap action without one."""


async def fields(visit: Visit, shown: Mapping[str, str] | None = None) -> list[Field]:
    """The fields of the form. `shown` are first values of some of them, by name; empty: as for a new cluster."""
    labels = (await visit.api.emr("ListReleaseLabels"))["ReleaseLabels"]
    found = shown or {}
    label = found.get("release", visit.site.release)
    applications = found.get("applications", "Hadoop,Spark")
    others = [each for each in applications.split(",") if each and each not in visit.site.applications]
    types = await _types(visit, label)
    made = [
        Field("name", "Name", value="My cluster", required=True),
        Field("release", "Release", "choice", visit.site.release, options=labels),
        Field("applications", "Applications", "choices", "Hadoop,Spark", options=[*visit.site.applications, *others],
              wide=True),
        Field("master_type", "Master: instance type", value=TYPE, options=types, offers="types"),
        Field("core_type", "Core: instance type", value=TYPE, offers="types"),
        Field("core_count", "Core: instances", "number", "1", "0: the master alone"),
        Field("task_type", "Task: instance type", value=TYPE, offers="types"),
        Field("task_count", "Task: instances", "number", "0"),
        Field("task_market", "Task: market", "choice", "ON_DEMAND", options=MARKETS),
        Field("instances", "Other groups, or fleets", "lines",
              help='JSON in place of the six fields above: {"InstanceFleets": […]} or {"InstanceGroups": […]}',
              wide=True),
        Field("log_uri", "Logs to", help="s3://bucket/folder/; empty: logs stay on the instances", wide=True),
        Field("keep", "Wait for further steps", "check", "on", "otherwise the cluster ends after its last step"),
        Field("protected", "Termination protection", "check"),
        Field("idle", "End when idle for", "number", help="seconds, at least 60; empty: never"),
        Field("bootstrap", "Bootstrap actions", "lines", wide=True,
              help="one a line: s3:// address of a script, and its arguments; name=… before them gives it a name"),
        Field("configurations", "Configurations", "lines",
              help='JSON: [{"Classification": "spark-defaults", "Properties": {…}}]', wide=True),
        Field("tags", "Tags", "lines", help="name=value, one a line", wide=True),
        Field("with_steps", "With these steps", "check"),
        Field("steps", "Steps", "lines", wide=True,
              help='JSON: [{"Name": …, "ActionOnFailure": …, "HadoopJarStep": {"Jar": …, "Args": […]}}]'),
        Field("further", "Further members", "lines", wide=True,
              help='JSON of RunJobFlow: {"StepConcurrencyLevel": 2, "Instances": {"Ec2KeyName": …}}'),
    ]  # fmt: skip
    return [each.with_value(found.get(each.name, "" if shown else each.value)) for each in made]


async def _types(visit: Visit, label: str) -> list[str]:
    """The instance types of a release; none for a label that EMR lists no types for."""
    try:
        found = await visit.api.all("ListSupportedInstanceTypes", "SupportedInstanceTypes", ReleaseLabel=label)
    except Refused:
        return []
    return [each["Type"] for each in found]


def request(form: Form) -> View:
    """RunJobFlow's request. Raises ValueError for what no request can be made of."""
    further = _further(form)
    instances = further.pop("Instances", {})
    made: View = {
        "Name": form.text("name"),
        "ReleaseLabel": form.text("release"),
        "Applications": [{"Name": each} for each in form.all("applications")],
        "Instances": {
            **_instances(form),
            "KeepJobFlowAliveWhenNoSteps": "keep" in form,
            "TerminationProtected": "protected" in form,
            **instances,
        },
        **DEFAULT_ROLES,
        **further,
        "VisibleToAllUsers": True,
    }
    return made | _optional(form)


def _instances(form: Form) -> View:
    if not form.text("instances"):
        return {"InstanceGroups": _groups(form)}
    label = "Other groups, or fleets"
    found = _object(form, "instances", label)
    if len(found) != 1 or not found.keys() <= {"InstanceGroups", "InstanceFleets"}:
        raise ValueError(f'{label}: expected {{"InstanceFleets": […]}} or {{"InstanceGroups": […]}}.')
    if not all(isinstance(each, list) and all(isinstance(one, dict) for one in each) for each in found.values()):
        raise ValueError(f"{label}: expected a list of objects.")
    for each in found.get("InstanceGroups", []):
        if missing := {"InstanceRole", "InstanceType", "InstanceCount"} - each.keys():
            raise ValueError(f"{label}: {min(missing)} is missing.")
    return found


def _groups(form: Form) -> list[View]:
    counts = {"master": 1} | {
        role: number(form, f"{role}_count", f"{role.title()}: instances") for role in ("core", "task")
    }
    return [
        {
            "Name": role.title(),
            "InstanceRole": name,
            "InstanceType": form.text(f"{role}_type"),
            "InstanceCount": counts[role],
            "Market": form.text(f"{role}_market", "ON_DEMAND"),
        }
        for name, role in ROLES
        if counts[role]
    ]


def _further(form: Form) -> dict[str, Any]:
    label = "Further members"
    if not form.text("further"):
        return {}
    found = _object(form, "further", label)
    instances = found.get("Instances", {})
    if not isinstance(instances, dict):
        raise ValueError(f"{label}: Instances: expected an object.")
    if others := [*(found.keys() - FURTHER), *(f"Instances.{each}" for each in instances.keys() - FURTHER_INSTANCES)]:
        raise ValueError(f"{label}: {', '.join(sorted(others))} cannot be given here.")
    return found


def _object(form: Form, name: str, label: str) -> dict[str, Any]:
    found = document(form, name, label)
    if not isinstance(found, dict):
        raise ValueError(f"{label}: expected an object.")
    return found


def _optional(form: Form) -> View:
    """Members that are there only where their fields have values."""
    made: View = {}
    if form.text("log_uri"):
        made["LogUri"] = form.text("log_uri")
    if form.text("idle"):
        made["AutoTerminationPolicy"] = {"IdleTimeout": number(form, "idle", "End when idle for")}
    if actions := [_action(each) for each in form.text("bootstrap").splitlines() if each.strip()]:
        made["BootstrapActions"] = actions
    if form.text("configurations"):
        made["Configurations"] = document(form, "configurations", "Configurations")
    if tags := pairs(form, "tags", "Tags"):
        made["Tags"] = [{"Key": key, "Value": value} for key, value in tags.items()]
    if "with_steps" in form and form.text("steps"):
        made["Steps"] = _steps(form)
    return made


def _action(line: str) -> View:
    found = words_of(line, "Bootstrap actions")
    named, _, name = found[0].partition("=")
    path, *args = found[1:] if named == "name" and len(found) > 1 else found
    script = {"Path": path, "Args": args}
    return {"Name": name if named == "name" else ACTION, "ScriptBootstrapAction": script}


def _steps(form: Form) -> list[View]:
    found = document(form, "steps", "Steps")
    for each in found if isinstance(found, list) else [found]:
        if not isinstance(each, dict) or not isinstance(each.get("HadoopJarStep"), dict):
            raise ValueError("Steps: expected a list of objects with a HadoopJarStep.")
        if "Name" not in each or "Jar" not in each["HadoopJarStep"]:
            raise ValueError("Steps: each has a Name, and its HadoopJarStep a Jar.")
        each.setdefault("ActionOnFailure", "CONTINUE")
    return list(found)
