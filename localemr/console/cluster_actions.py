"""What can be done with clusters: create, steps, resize, protect, terminate."""

from __future__ import annotations

import json
from collections.abc import Callable

from localemr.console import cloning, commands, creation, step_kinds
from localemr.console.actions import Action, Text
from localemr.console.calls import View
from localemr.console.create_command import create_cluster
from localemr.console.fields import Field, document, number
from localemr.console.visits import Visit

CANCELLATIONS = ("SEND_INTERRUPT", "TERMINATE_PROCESS")
TARGETS = {
    "on_demand": ("On-demand capacity", "TargetOnDemandCapacity"),
    "spot": ("Spot capacity", "TargetSpotCapacity"),
}
"""Fields of a fleet's form → their labels, and the members of the request."""
RECONFIGURATIONS = ("OVERWRITE", "MERGE")


async def _cancel_fields(visit: Visit) -> list[Field]:
    return [Field("how", "A step that runs", "choice", CANCELLATIONS[0], options=CANCELLATIONS)]


def _cancel(visit: Visit) -> View:
    return {
        "ClusterId": visit.path("cluster"),
        "StepIds": [visit.path("step")],
        "StepCancellationOption": visit.form.text("how"),
    }


async def _resize_fields(visit: Visit) -> list[Field]:
    groups = await visit.api.all("ListInstanceGroups", "InstanceGroups", ClusterId=visit.path("cluster"))
    now = next((str(each["RequestedInstanceCount"]) for each in groups if each["Id"] == visit.path("group")), "")
    return [Field("count", "Instances", "number", now, required=True)]


def _not_cancelled(response: View) -> str:
    return " ".join(each.get("Reason", "") for each in response["CancelStepsInfoList"] if each["Status"] == "FAILED")


def _resize(visit: Visit) -> View:
    group = {"InstanceGroupId": visit.path("group"), "InstanceCount": number(visit.form, "count", "Instances")}
    return {"ClusterId": visit.path("cluster"), "InstanceGroups": [group]}


async def _fleet_fields(visit: Visit) -> list[Field]:
    fleets = await visit.api.all("ListInstanceFleets", "InstanceFleets", ClusterId=visit.path("cluster"))
    now = next((each for each in fleets if each["Id"] == visit.path("fleet")), {})
    return [
        Field(name, label, "number", str(now.get(member, 0)), "in the fleet's units", required=True)
        for name, (label, member) in TARGETS.items()
    ]


def _resize_fleet(visit: Visit) -> View:
    targets = {member: number(visit.form, name, label) for name, (label, member) in TARGETS.items()}
    fleet = {"InstanceFleetId": visit.path("fleet"), **targets}
    return {"ClusterId": visit.path("cluster"), "InstanceFleet": fleet}


async def _group(visit: Visit) -> View:
    groups = await visit.api.all("ListInstanceGroups", "InstanceGroups", ClusterId=visit.path("cluster"))
    return next((each for each in groups if each["Id"] == visit.path("group")), {})


async def _reconfigure_fields(visit: Visit) -> list[Field]:
    requested = json.dumps((await _group(visit)).get("Configurations") or [], indent=2, ensure_ascii=False)
    configurations = Field(
        "configurations", "Configurations of the group", "lines", wide=True, rows=8,
        help="JSON: classifications with Properties, as requested last",
    )  # fmt: skip
    return [
        configurations.with_value(requested),
        Field("how", "How they count", "choice", RECONFIGURATIONS[0], options=RECONFIGURATIONS,
              help="OVERWRITE: replace the group's; MERGE: change properties of them"),
    ]  # fmt: skip


def _reconfigure(visit: Visit) -> View:
    change = {
        "InstanceGroupId": visit.path("group"),
        "ReconfigurationType": visit.form.text("how", RECONFIGURATIONS[0]),
        "Configurations": document(visit.form, "configurations", "Configurations of the group"),
    }
    return {"ClusterId": visit.path("cluster"), "InstanceGroups": [change]}


async def _in_effect(visit: Visit) -> list[Text]:
    """The group's configurations that were applied last, and the cluster's."""
    group = await _group(visit)
    cluster = (await visit.api.emr("DescribeCluster", ClusterId=visit.path("cluster")))["Cluster"]
    version = group.get("LastSuccessfullyAppliedConfigurationsVersion")
    shown = {
        f"In effect: version {version}": group.get("LastSuccessfullyAppliedConfigurations"),
        "Of the cluster, below those of the group": cluster.get("Configurations"),
    }
    return [(title, json.dumps(found or [], indent=2, ensure_ascii=False)) for title, found in shown.items()]


def _protect(on: bool) -> Callable[[Visit], View]:
    return lambda visit: {"JobFlowIds": [visit.path("cluster")], "TerminationProtected": on}


ACTIONS: dict[str, Action] = {
    "create": Action(
        "Create a cluster", "Create", "RunJobFlow", lambda visit: creation.request(visit.form),
        create_cluster, creation.fields,
        after=lambda visit, response: f"/console/clusters/{response['JobFlowId']}",
    ),
    "clusters/{cluster}/clone": Action(
        "Clone the cluster", "Create", "RunJobFlow", lambda visit: creation.request(visit.form),
        create_cluster, cloning.fields,
        text="A new cluster as this one was requested. Nothing of this one changes.",
        after=lambda visit, response: f"/console/clusters/{response['JobFlowId']}",
    ),
    **{f"clusters/{{cluster}}/{path}": action for path, action in step_kinds.ACTIONS.items()},
    "clusters/{cluster}/steps/{step}/cancel": Action(
        "Cancel the step", "Cancel the step", "CancelSteps", _cancel, commands.cancel_steps, _cancel_fields,
        danger=True, refusal=_not_cancelled,
        text="A step that waits is CANCELLED at once. One that runs is ended, with what it runs on YARN.",
        after=lambda visit, response: f"/console/clusters/{visit.path('cluster')}/steps/{visit.path('step')}",
    ),
    "clusters/{cluster}/groups/{group}/resize": Action(
        "Resize a group", "Resize", "ModifyInstanceGroups", _resize, commands.resize, _resize_fields,
        text="Instances that leave are drained first: YARN ends no task, HDFS keeps every block.",
    ),
    "clusters/{cluster}/fleets/{fleet}/resize": Action(
        "Resize a fleet", "Resize", "ModifyInstanceFleet", _resize_fleet, commands.resize_fleet, _fleet_fields,
        text="Instances that leave are drained first: YARN ends no task, HDFS keeps every block.",
    ),
    "clusters/{cluster}/groups/{group}/reconfigure": Action(
        "Reconfigure a group", "Reconfigure", "ModifyInstanceGroups", _reconfigure, commands.reconfigure,
        _reconfigure_fields, notes=_in_effect,
        text="Daemons whose files change are restarted, a tenth of the group at a time. When one does not start, the "
             "group returns to the configurations that worked last.",
    ),
    "clusters/{cluster}/terminate": Action(
        "Terminate the cluster", "Terminate", "TerminateJobFlows",
        lambda visit: {"JobFlowIds": [visit.path("cluster")]}, commands.terminate, danger=True,
        text="Its instances are removed, with all that is on their disks and in HDFS. This cannot be undone.",
    ),
    "clusters/{cluster}/protect": Action(
        "Protect from termination", "Protect", "SetTerminationProtection", _protect(True), commands.protect,
    ),
    "clusters/{cluster}/unprotect": Action(
        "Permit termination", "Permit termination", "SetTerminationProtection", _protect(False), commands.protect,
    ),
}  # fmt: skip
"""Actions by their paths below /console/."""
