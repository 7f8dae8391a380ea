"""DescribeJobFlows, an operation from the time when clusters were called job flows: its states, limits and shapes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice

from localemr.domain.model.groups import InstanceGroup
from localemr.domain.model.places import attributes
from localemr.domain.model.records import CORE, MASTER, Cluster, Instance, acting
from localemr.domain.model.states import ENDED, ClusterState, StepState
from localemr.domain.model.steps import Step
from localemr.emr import views
from localemr.emr.lookup import by_job_flow_ids
from localemr.emr.paging import PAGE
from localemr.emr.registry import Context, Effect, Request, Response, operation
from localemr.emr.views import View

MAX_JOB_FLOWS = 512
MAX_STEPS = 256
DAY = 86400.0
OLDEST, OLDEST_ENDED = 60 * DAY, 14 * DAY
"""EMR shows two months, and two weeks of ended job flows when the request has no filter."""

FILTERS = ("CreatedAfter", "CreatedBefore", "JobFlowIds", "JobFlowStates")


@operation("DescribeJobFlows", Effect.REAL)
def describe_job_flows(context: Context, request: Request) -> Response:
    """The deprecated form: clusters with groups, steps and bootstrap actions, newest first, at most 512, by id, state
    and time (both exclusive), with the former states (`SHUTTING_DOWN`, `COMPLETED`, `FAILED`).

    Clusters of the last two months; without any filter, ended ones of the last two weeks. At most 256 steps of a
    cluster, the newest.
    """
    now = context.now()
    unfiltered = all(request.get(name) in (None, []) for name in FILTERS)
    if requested := request.get("JobFlowIds"):
        known = by_job_flow_ids(context, dict.fromkeys(requested))
        candidates = iter(sorted(known, key=lambda each: (each.created, each.id), reverse=True))
    else:
        candidates = _newest_first(context)
    young = (each for each in candidates if each.created > now - _shown_for(each, unfiltered))
    chosen = islice((each for each in young if _matches(each, request)), MAX_JOB_FLOWS)
    return {"JobFlows": [_job_flow(context, each, now) for each in chosen]}


def _newest_first(context: Context) -> Iterator[Cluster]:
    before: tuple[float, str] | None = None
    while page := context.store.clusters(created_after=context.now() - OLDEST, before=before, limit=PAGE):
        yield from page
        before = (page[-1].created, page[-1].id)


def _shown_for(cluster: Cluster, unfiltered: bool) -> float:
    return OLDEST_ENDED if unfiltered and cluster.status.state in ENDED else OLDEST


def _matches(cluster: Cluster, request: Request) -> bool:
    states = request.get("JobFlowStates")
    return (
        cluster.created > request.get("CreatedAfter", float("-inf"))
        and cluster.created < request.get("CreatedBefore", float("inf"))
        and (not states or _state(cluster) in states)
    )


def _state(cluster: Cluster) -> str:
    """The state under its old name: a clean end is COMPLETED, with failed steps too, or, by request, TERMINATED."""
    state = cluster.status.state
    if state == ClusterState.TERMINATED:
        return "TERMINATED" if cluster.status.reason.code == "USER_REQUEST" else "COMPLETED"
    return {ClusterState.TERMINATING: "SHUTTING_DOWN", ClusterState.TERMINATED_WITH_ERRORS: "FAILED"}.get(state, state)


def _job_flow(context: Context, cluster: Cluster, now: float) -> View:
    """A JobFlowDetail."""
    spec, status = cluster.spec, cluster.status
    echoed = ("LogEncryptionKmsKeyId", "VisibleToAllUsers", "ServiceRole", "AutoScalingRole", "ScaleDownBehavior")
    return {
        **{name: spec.echo.get(name) for name in echoed},
        "JobFlowId": cluster.id,
        "Name": spec.name,
        "LogUri": views.shown_log_uri(spec),
        "ExecutionStatusDetail": {
            "State": _state(cluster),
            "CreationDateTime": cluster.created,
            "StartDateTime": status.ready,
            "ReadyDateTime": status.ready,
            "EndDateTime": status.ended,
            "LastStateChangeReason": views.explained(cluster, context.catalog).message or None,
        },
        "Instances": _instances(context, cluster, now),
        "Steps": [_step(each) for each in reversed(context.store.step_page(cluster.id, limit=MAX_STEPS))],
        "BootstrapActions": [
            {
                "BootstrapActionConfig": {
                    "Name": action.name,
                    "ScriptBootstrapAction": {"Path": action.path, "Args": action.args},
                }
            }
            for action in spec.bootstrap_actions
        ],
        "SupportedProducts": [],
        "JobFlowRole": attributes(cluster).get("IamInstanceProfile"),
    }


def _instances(context: Context, cluster: Cluster, now: float) -> View:
    """A JobFlowInstancesDetail. The slave's type is required: a single-node cluster has the master's type there."""
    spec, ec2 = cluster.spec, attributes(cluster)
    groups, instances = context.store.groups(cluster.id), context.store.instances(cluster.id)
    types = {group.spec.role: group.spec.instance_type for group in groups}
    master = acting([each for each in instances if each.spec.role == MASTER], cluster.status.primaries)
    release = context.catalog.releases.get(spec.release_label)
    return {
        "MasterInstanceType": types[MASTER],
        "SlaveInstanceType": types.get(CORE, types[MASTER]),
        "InstanceCount": sum(group.spec.count for group in groups),
        "MasterPublicDnsName": views.master_dns(cluster, instances),
        "MasterInstanceId": master.spec.ec2_id if master else None,
        # The old form has no instance fleets.
        "InstanceGroups": [_group(each, instances) for each in groups if each.spec.fleet is None],
        "NormalizedInstanceHours": views.normalized_hours(instances, context.catalog, now),
        "Ec2KeyName": ec2.get("Ec2KeyName"),
        "Ec2SubnetId": ec2.get("Ec2SubnetId"),
        "Placement": {"AvailabilityZone": ec2.get("Ec2AvailabilityZone")},
        "KeepJobFlowAliveWhenNoSteps": spec.keep_alive,
        "TerminationProtected": spec.termination_protected,
        "UnhealthyNodeReplacement": spec.unhealthy_node_replacement,
        "HadoopVersion": release.applications.get("Hadoop") if release else None,
    }


def _group(group: InstanceGroup, instances: Sequence[Instance]) -> View:
    """An InstanceGroupDetail."""
    spec, status = group.spec, group.status
    return {
        "InstanceGroupId": group.id,
        "Name": spec.name or "",
        "Market": spec.market,
        "InstanceRole": spec.role,
        "BidPrice": spec.bid_price,
        "InstanceType": spec.instance_type,
        "InstanceRequestCount": spec.count,
        "InstanceRunningCount": views.running(group, instances),
        "State": status.state,
        "LastStateChangeReason": status.reason.message or None,
        "CreationDateTime": group.created,
        "StartDateTime": status.ready,
        "ReadyDateTime": status.ready,
        "EndDateTime": status.ended,
        "CustomAmiId": spec.echo.get("CustomAmiId"),
    }


def _step(step: Step) -> View:
    """A StepDetail. The old form has no CANCEL_PENDING: such a step still runs."""
    spec, status = step.spec, step.status
    return {
        "StepConfig": {
            "Name": spec.name,
            "ActionOnFailure": spec.action_on_failure,
            "HadoopJarStep": {
                "Jar": spec.jar,
                "MainClass": spec.main_class,
                "Args": spec.args,
                "Properties": [{"Key": key, "Value": value} for key, value in spec.properties.items()],
            },
            "StepMonitoringConfiguration": {
                "S3MonitoringConfiguration": {"LogUri": spec.log_uri, "EncryptionKeyArn": spec.log_key}
            }
            if spec.log_uri
            else None,
        },
        "ExecutionStatusDetail": {
            "State": StepState.RUNNING if status.state == StepState.CANCEL_PENDING else status.state,
            "CreationDateTime": step.created,
            "StartDateTime": status.started,
            "EndDateTime": status.ended,
            "LastStateChangeReason": status.reason.message or (status.failure.reason if status.failure else None),
        },
    }
