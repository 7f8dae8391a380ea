"""Records as EMR shows them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from localemr.api.model import service
from localemr.domain.model.groups import GroupSpec, GroupStatus, InstanceGroup
from localemr.domain.model.records import (
    BootstrapAction,
    Cluster,
    ClusterSpec,
    ClusterStatus,
    Instance,
    InstanceSpec,
    InstanceStatus,
)
from localemr.domain.model.states import ClusterState, GroupState, InstanceState, Reason, StepState
from localemr.domain.model.steps import Failure, Step, StepSpec, StepStatus
from localemr.emr import views
from tests.catalog import CATALOG

HOUR = 3600.0
ID = "j-1ABCDEFGHIJKL"
SPEC = ClusterSpec("n", "emr-7.13.0", ("Spark",), log_uri="s3://b/logs/", tags={"k": "v"})
CLUSTER = Cluster(ID, 100.0, SPEC, ClusterStatus())
GROUP = InstanceGroup("ig-1", ID, 1, 100.0, GroupSpec("CORE", "m5.xlarge", 2), GroupStatus())
STEP = Step("s-1", ID, 1, 100.0, StepSpec("s", "j.jar", ("a",), "M", {"k": "v"}), StepStatus())


def instance(number: int, role: str = "MASTER", kind: str = "m5.xlarge", **status: Any) -> Instance:
    spec = InstanceSpec("ig-1", role, kind, number, f"i-{number}", f"ip-10-213-0-{number}")
    return Instance(f"ci-{number}", ID, 100.0, spec, InstanceStatus(InstanceState.RUNNING, **status))


def in_state(state: ClusterState) -> Cluster:
    return replace(CLUSTER, status=ClusterStatus(state))


def unknown_members(shape: Any, value: Any, path: str = "") -> list[str]:
    """Members of a view that the service model does not have: the wire code would drop them without a word."""
    if shape.type_name == "structure":
        own = [f"{path}.{name}" for name in value if name not in shape.members]
        known = [(name, each) for name, each in value.items() if name in shape.members and each is not None]
        return own + [
            bad for name, each in known for bad in unknown_members(shape.members[name], each, f"{path}.{name}")
        ]
    if shape.type_name == "list":
        return [bad for each in value for bad in unknown_members(shape.member, each, path)]
    return []


ENDED = ClusterStatus(ClusterState.TERMINATED, Reason("USER_REQUEST", "m"), 1.0, 2.0, 3.0)
FAILED = StepStatus(StepState.FAILED, Reason("NONE", "m"), 1.0, 2.0, Failure("r", "m", "l"))
EBS = {"EbsOptimized": True, "EbsBlockDeviceConfigs": [{"VolumeSpecification": {"VolumeType": "gp3", "SizeInGB": 1}}]}


@pytest.mark.parametrize(
    ("shape", "view"),
    [
        ("Cluster", views.cluster_details(replace(CLUSTER, status=ENDED), [instance(1, ready=1.0)], CATALOG, 9.0)),
        ("ClusterSummary", views.cluster_summary(replace(CLUSTER, status=ENDED), [], CATALOG, 9.0)),
        (
            "InstanceGroup",
            views.group_details(replace(GROUP, spec=replace(GROUP.spec, echo={"EbsConfiguration": EBS})), []),
        ),
        ("Instance", views.instance_details(instance(1, ready=1.0, reason=Reason("INTERNAL_ERROR", "m")), "us-east-1")),
        ("Step", views.step_details(replace(STEP, status=FAILED))),
        ("StepSummary", views.step_summary(replace(STEP, status=FAILED))),
        ("Command", views.command(BootstrapAction("b", "s3://b/x.sh"))),
    ],
)
def test_views_have_no_members_that_the_model_does_not_know(shape: str, view: Any) -> None:
    assert unknown_members(service("emr").shape_for(shape), view) == []


def test_that_the_test_above_can_fail() -> None:
    assert unknown_members(service("emr").shape_for("Step"), {"Status": {"Stat": 1}}) == [".Status.Stat"]


@pytest.mark.parametrize(
    ("ready", "ended", "now", "hours"),
    [
        (None, None, 5 * HOUR, 0),
        (0.0, None, 0.0, 1),
        (0.0, None, 300.0, 1),
        (0.0, None, HOUR, 1),
        (0.0, None, HOUR + 1, 2),
        (0.0, 2 * HOUR, 99 * HOUR, 2),
    ],
)
def test_normalized_hours_count_started_hours(ready: float | None, ended: float | None, now: float, hours: int) -> None:
    assert views.normalized_hours([instance(1, ready=ready, ended=ended)], CATALOG, now) == 8 * hours


def test_normalized_hours_go_by_type() -> None:
    instances = [instance(1, ready=0.0), instance(2, kind="m5.2xlarge", ready=0.0), instance(3, kind="gone", ready=0.0)]
    assert views.normalized_hours(instances, CATALOG, 60.0) == 8 + 16


@pytest.mark.parametrize(("state", "shown"), [(each, each != ClusterState.STARTING) for each in ClusterState])
def test_the_master_has_a_name_from_bootstrapping_on(state: ClusterState, shown: bool) -> None:
    view = views.cluster_details(in_state(state), [instance(7), instance(8, "CORE")], CATALOG, 9.0)
    assert view["MasterPublicDnsName"] == ("ip-10-213-0-7.ec2.internal" if shown else None)


def test_a_cluster_that_never_had_a_master_has_no_name() -> None:
    view = views.cluster_details(in_state(ClusterState.TERMINATED_WITH_ERRORS), [], CATALOG, 9.0)
    assert view["MasterPublicDnsName"] is None


def test_log_uri_is_shown_with_s3n() -> None:
    assert views.cluster_details(CLUSTER, [], CATALOG, 9.0)["LogUri"] == "s3n://b/logs/"
    bare = replace(CLUSTER, spec=replace(SPEC, log_uri=None))
    assert views.cluster_details(bare, [], CATALOG, 9.0)["LogUri"] is None


def test_a_release_that_is_gone_is_still_shown() -> None:
    old = replace(CLUSTER, spec=replace(SPEC, release_label="emr-7.0.0"))
    view = views.cluster_details(old, [], CATALOG, 9.0)
    assert (view["ReleaseLabel"], view["Applications"]) == ("emr-7.0.0", [{"Name": "Spark", "Version": None}])


def test_echo_does_not_hide_what_is_known() -> None:
    loud = replace(CLUSTER, spec=replace(SPEC, echo={"Id": "x", "Name": "x", "EbsRootVolumeSize": 20}))
    view = views.cluster_details(loud, [], CATALOG, 9.0)
    assert (view["Id"], view["Name"], view["EbsRootVolumeSize"]) == (ID, "n", 20)


def test_reasons_are_empty_until_there_is_one() -> None:
    nothing = {"Code": None, "Message": None}
    assert views.cluster_summary(CLUSTER, [], CATALOG, 9.0)["Status"]["StateChangeReason"] == nothing
    waiting = replace(CLUSTER, status=ClusterStatus(ClusterState.WAITING, Reason("", "Cluster ready to run steps.")))
    shown = views.cluster_summary(waiting, [], CATALOG, 9.0)["Status"]["StateChangeReason"]
    assert shown == {"Code": None, "Message": "Cluster ready to run steps."}


def test_running_instances_of_a_group() -> None:
    other = replace(instance(3), spec=replace(instance(3).spec, group_id="ig-2"))
    starting = replace(instance(2), status=InstanceStatus(InstanceState.BOOTSTRAPPING))
    view = views.group_details(replace(GROUP, status=GroupStatus(GroupState.RUNNING)), [instance(1), starting, other])
    assert (view["RequestedInstanceCount"], view["RunningInstanceCount"]) == (2, 1)


def test_volumes_get_devices_in_turn() -> None:
    small = {"VolumeSpecification": {"VolumeType": "gp2", "SizeInGB": 10}, "VolumesPerInstance": 2}
    large = {"VolumeSpecification": {"VolumeType": "gp3", "SizeInGB": 20}}
    group = replace(
        GROUP, spec=replace(GROUP.spec, echo={"EbsConfiguration": {"EbsBlockDeviceConfigs": [small, large]}})
    )
    devices = views.group_details(group, [])["EbsBlockDevices"]
    assert [(each["Device"], each["VolumeSpecification"]["SizeInGB"]) for each in devices] == [
        ("/dev/sdb", 10),
        ("/dev/sdc", 10),
        ("/dev/sdd", 20),
    ]


def test_a_step_shows_its_properties_as_a_map_and_its_failure() -> None:
    view = views.step_details(replace(STEP, status=FAILED))
    assert view["Config"] == {"Jar": "j.jar", "Properties": {"k": "v"}, "MainClass": "M", "Args": ("a",)}
    assert view["Status"]["FailureDetails"] == {"Reason": "r", "Message": "m", "LogFile": "l"}
    assert view["Status"]["Timeline"] == {"CreationDateTime": 100.0, "StartDateTime": 1.0, "EndDateTime": 2.0}
    assert views.step_details(STEP)["Status"]["FailureDetails"] is None
