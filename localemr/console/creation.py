"""The form for a cluster, and the request that it makes."""

from __future__ import annotations

from localemr.console.calls import View
from localemr.console.commands import DEFAULT_ROLES
from localemr.console.fields import Field, document, number, pairs, words
from localemr.console.visits import Form, Visit

TYPE = "m5.xlarge"
ROLES = (("MASTER", "master"), ("CORE", "core"), ("TASK", "task"))
MARKETS = ("ON_DEMAND", "SPOT")


async def fields(visit: Visit) -> list[Field]:
    """The fields of the form."""
    labels = (await visit.api.emr("ListReleaseLabels"))["ReleaseLabels"]
    offered = visit.site.applications
    return [
        Field("name", "Name", value="My cluster", required=True),
        Field("release", "Release", "choice", visit.site.release, options=labels),
        Field("applications", "Applications", "choices", "Hadoop,Spark", options=offered, wide=True),
        Field("master_type", "Master: instance type", value=TYPE, required=True),
        Field("core_type", "Core: instance type", value=TYPE),
        Field("core_count", "Core: instances", "number", "1", "0: the master alone"),
        Field("task_type", "Task: instance type", value=TYPE),
        Field("task_count", "Task: instances", "number", "0"),
        Field("task_market", "Task: market", "choice", "ON_DEMAND", options=MARKETS),
        Field("log_uri", "Logs to", help="s3://bucket/folder/; empty: logs stay on the instances", wide=True),
        Field("keep", "Wait for further steps", "check", "on", "otherwise the cluster ends after its last step"),
        Field("protected", "Termination protection", "check"),
        Field("idle", "End when idle for", "number", help="seconds, at least 60; empty: never"),
        Field("bootstrap", "Bootstrap action", help="s3:// address of a script, and its arguments", wide=True),
        Field("configurations", "Configurations", "lines",
              help='JSON: [{"Classification": "spark-defaults", "Properties": {…}}]', wide=True),
        Field("tags", "Tags", "lines", help="name=value, one a line", wide=True),
    ]  # fmt: skip


def request(form: Form) -> View:
    """RunJobFlow's request. Raises ValueError for what no request can be made of."""
    made: View = {
        "Name": form.text("name"),
        "ReleaseLabel": form.text("release"),
        "Applications": [{"Name": each} for each in form.all("applications")],
        "Instances": {
            "InstanceGroups": _groups(form),
            "KeepJobFlowAliveWhenNoSteps": "keep" in form,
            "TerminationProtected": "protected" in form,
        },
        **DEFAULT_ROLES,
        "VisibleToAllUsers": True,
    }
    return made | _optional(form)


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


def _optional(form: Form) -> View:
    """Members that are there only where their fields have values."""
    made: View = {}
    if form.text("log_uri"):
        made["LogUri"] = form.text("log_uri")
    if form.text("idle"):
        made["AutoTerminationPolicy"] = {"IdleTimeout": number(form, "idle", "End when idle for")}
    if script := words(form, "bootstrap", "Bootstrap action"):
        action = {"Path": script[0], "Args": script[1:]}
        made["BootstrapActions"] = [{"Name": "bootstrap", "ScriptBootstrapAction": action}]
    if form.text("configurations"):
        made["Configurations"] = document(form, "configurations", "Configurations")
    if tags := pairs(form, "tags", "Tags"):
        made["Tags"] = [{"Key": key, "Value": value} for key, value in tags.items()]
    return made
