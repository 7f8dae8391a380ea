"""Instance groups of real clusters, as tests see them."""

from __future__ import annotations

from typing import Any

from tests.cluster.installation import Installation, wait_for


def group(installation: Installation, cluster_id: str, group_id: str) -> dict[str, Any]:
    listed = installation.emr.list_instance_groups(ClusterId=cluster_id)["InstanceGroups"]
    return next(each for each in listed if each["Id"] == group_id)


def wait_running(installation: Installation, cluster_id: str, group_id: str, count: int) -> None:
    """Wait until the group is RUNNING, with this number of instances requested and running."""

    def look() -> bool:
        seen = group(installation, cluster_id, group_id)
        counts = (seen["RequestedInstanceCount"], seen["RunningInstanceCount"])
        return seen["Status"]["State"] == "RUNNING" and counts == (count, count)

    wait_for(f"{group_id} with {count} instances", look)
