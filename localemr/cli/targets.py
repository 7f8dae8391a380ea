"""Names of clusters, instances and steps as users give them → names for the API and Docker."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from localemr.cli.down import ACTIVE
from localemr.domain.model import ids
from localemr.installation import containers
from localemr.problem import Problem
from localemr.runtime.base import LABEL
from localemr.settings import Settings

Item = dict[str, Any]


def cluster(emr: Any, called: str) -> Item:
    """DescribeCluster of the cluster with this id or name; of several with one name the active one. Raises Problem."""
    if ids.CLUSTER.fullmatch(called):
        try:
            return dict(emr.describe_cluster(ClusterId=called)["Cluster"])
        except emr.exceptions.InvalidRequestException as error:
            raise _unknown(called) from error
    pages = emr.get_paginator("list_clusters").paginate()
    named = [item for page in pages for item in page["Clusters"] if item["Name"] == called]
    active = [item for item in named if item["Status"]["State"] in ACTIVE]
    if len(active) > 1:
        found = ", ".join(item["Id"] for item in active)
        raise Problem(f"{len(active)} active clusters are named {called!r}: {found}", "use the id of one of them")
    if not named:
        raise _unknown(called)
    return dict(emr.describe_cluster(ClusterId=(active or named)[0]["Id"])["Cluster"])


def _unknown(called: str) -> Problem:
    return Problem(f"there is no cluster {called!r}", "`localemr status --all` shows their ids and names")


def step(emr: Any, cluster_id: str, called: str) -> Item:
    """The newest step with this id or name. Raises Problem."""
    for item in steps(emr, cluster_id):
        if called in (item["Id"], item["Name"]):
            return item
    raise Problem(f"{cluster_id} has no step {called!r}", f"`localemr logs {cluster_id}` shows its steps")


def steps(emr: Any, cluster_id: str) -> list[Item]:
    """All steps, newest first."""
    return [item for page in emr.get_paginator("list_steps").paginate(ClusterId=cluster_id) for item in page["Steps"]]


def instance(emr: Any, cluster: Item, called: str | None = None) -> Item:
    """The cluster's live instance with this id, EC2 id, host name or address; default: the master. Raises Problem."""
    requested = called or cluster.get("MasterPublicDnsName", "")
    pages = emr.get_paginator("list_instances").paginate(ClusterId=cluster["Id"])
    for item in (each for page in pages for each in page["Instances"]):
        if item["Status"]["State"] != "TERMINATED" and requested in _names(item):
            found: Item = item
            return found
    raise Problem(
        f"{cluster['Id']} is {cluster['Status']['State']}, and has no running "
        f"{f'instance {called!r}' if called else 'master'}",
        "`localemr status` shows the clusters that run, and their instances",
    )


def _names(item: Item) -> Iterable[str]:
    host = item["PrivateDnsName"]
    return item["Id"], item["Ec2InstanceId"], host, host.split(".")[0], item["PrivateIpAddress"]


def container(settings: Settings, instance_id: str) -> Any:
    """The running container of an instance. Raises Problem."""
    if settings.runtime == "memory":
        raise Problem(
            "clusters of the memory runtime have no containers",
            "`localemr down`, then `localemr up` starts an installation with real clusters",
        )
    labels = [f"{LABEL}={settings.installation}", f"localemr.instance={instance_id}"]
    with containers.docker_errors_as_problems():
        found = containers.connect().containers.list(filters={"label": labels})
    if not found:
        raise Problem(f"the container of {instance_id} does not run", "`localemr status` shows what does")
    return found[0]
