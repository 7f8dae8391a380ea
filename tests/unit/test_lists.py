"""Pages of every list while rows are added, change their states and are deleted between them.

Whatever happens: a row that was there at the start and did not leave the list is on exactly one page, in the list's
order, and no row is on two. The examples are the same in every run.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from localemr.emr.paging import PAGE
from tests.contract import requests
from tests.unit.site import Site

Request = dict[str, Any]
DELETE = "delete"


def stays(site: Site, owner: str, row: str, to: str) -> None:
    """What happens to rows that nothing can happen to."""


@dataclass(frozen=True)
class List:
    """A list operation, and what can happen to its rows.

    `owner` makes what the rows belong to and gives its id; `add` makes rows and gives their ids, `row_id` finds them in
    the answer's list `rows`. `change` gives a row one of the states `to`, of which `leaving` take it off the list.
    """

    operation: str
    rows: str
    row_id: str
    owner: Callable[[Site], str]
    add: Callable[[Site, str, int], list[str]]
    request: Callable[[str], Request]
    change: Callable[[Site, str, str, str], None] = stays
    to: tuple[str, ...] = ("",)
    leaving: tuple[str, ...] = (DELETE,)
    newest_first: bool = True


def nobody(site: Site) -> str:
    return ""


def plain(owner: str) -> Request:
    return {}


def of_cluster(**filters: Any) -> Callable[[str], Request]:
    return lambda owner: {"ClusterId": owner, **filters}


def of_fleets(site: Site) -> str:
    return site.add_cluster(Instances=requests.fleets("MASTER", "CORE"))


def ready(site: Site) -> str:
    cluster_id = site.add_cluster()
    site.move_cluster(cluster_id, "WAITING")
    return cluster_id


def one_by_one(add: Callable[[Site, str], str]) -> Callable[[Site, str, int], list[str]]:
    return lambda site, owner, count: [add(site, owner) for _ in range(count)]


def change_studio(site: Site, owner: str, row: str, to: str) -> None:
    if to == DELETE:
        site.call("DeleteStudio", StudioId=row)
    else:
        site.call("UpdateStudio", StudioId=row, Description=site.new_name())


def delete_configuration(site: Site, owner: str, row: str, to: str) -> None:
    site.call("DeleteSecurityConfiguration", Name=row)


def change_mapping(site: Site, owner: str, row: str, to: str) -> None:
    who = {"StudioId": owner, "IdentityType": "USER", "IdentityName": row}
    if to == DELETE:
        site.call("DeleteStudioSessionMapping", **who)
    else:
        site.call("UpdateStudioSessionMapping", **who, SessionPolicyArn="arn:other")


def stop(site: Site, owner: str, row: str, to: str) -> None:
    if site.call("DescribeNotebookExecution", NotebookExecutionId=row)["NotebookExecution"].get("EndTime") is None:
        site.call("StopNotebookExecution", NotebookExecutionId=row)


clusters = one_by_one(lambda site, owner: site.add_cluster())
configurations = one_by_one(lambda site, owner: site.add_configuration())
studios = one_by_one(lambda site, owner: site.add_studio())
mappings = one_by_one(Site.add_mapping)
executions = one_by_one(Site.add_execution)


def move_cluster(site: Site, owner: str, row: str, to: str) -> None:
    site.move_cluster(row, to)


LIVE, PENDING, ALIVE = ["STARTING", "RUNNING"], ["PENDING", "RUNNING"], ["RUNNING", "BOOTSTRAPPING"]
ENDED, DONE, LOST = "TERMINATED", "COMPLETED", "TERMINATED"
LISTS = [
    List("ListClusters", "Clusters", "Id", nobody, clusters, plain, move_cluster, (*LIVE, ENDED), ()),
    List("ListClusters", "Clusters", "Id", nobody, clusters, lambda owner: {"ClusterStates": LIVE},
         move_cluster, (*LIVE, ENDED), (ENDED,)),
    List("ListSteps", "Steps", "Id", Site.add_cluster, Site.add_steps, of_cluster(),
         Site.move_step, (*PENDING, DONE), ()),
    List("ListSteps", "Steps", "Id", Site.add_cluster, Site.add_steps, of_cluster(StepStates=PENDING),
         Site.move_step, (*PENDING, DONE), (DONE,)),
    List("ListInstances", "Instances", "Id", Site.add_cluster, Site.add_instances, of_cluster(),
         Site.move_instance, (*ALIVE, LOST), (), newest_first=False),
    List("ListInstances", "Instances", "Id", Site.add_cluster, Site.add_instances,
         of_cluster(InstanceStates=ALIVE, InstanceGroupTypes=["MASTER", "CORE"]),
         Site.move_instance, (*ALIVE, LOST), (LOST,), newest_first=False),
    List("ListInstanceGroups", "InstanceGroups", "Id", Site.add_cluster, Site.add_groups, of_cluster(),
         newest_first=False),
    List("ListInstanceFleets", "InstanceFleets", "Id", of_fleets, Site.add_fleets, of_cluster(), newest_first=False),
    List("ListSecurityConfigurations", "SecurityConfigurations", "Name", nobody, configurations, plain,
         delete_configuration, (DELETE,)),
    List("ListStudios", "Studios", "StudioId", nobody, studios, plain, change_studio, ("update", DELETE)),
    List("ListStudioSessionMappings", "SessionMappings", "IdentityName", Site.add_studio, mappings,
         lambda owner: {"StudioId": owner, "IdentityType": "USER"}, change_mapping, ("update", DELETE)),
    List("ListNotebookExecutions", "NotebookExecutions", "NotebookExecutionId", ready, executions,
         lambda owner: {"ExecutionEngineId": owner}, stop),
]  # fmt: skip

Turn = tuple[int, list[tuple[int, int]]]
"""What happens between two pages: so many rows come, these rows (by number) change (to the state of this number)."""

TURNS = st.lists(
    st.tuples(st.integers(0, 40), st.lists(st.tuples(st.integers(0, 200), st.integers(0, 9)), max_size=8)), max_size=3
)


class Reader:
    """Reads a list page by page, and lets something happen after each page."""

    def __init__(self, listing: List, tick: float, count: int) -> None:
        self.listing, self.site = listing, Site(tick)
        self.owner = listing.owner(self.site)
        self.there = listing.add(self.site, self.owner, count) if count else []
        self.off: set[str] = set()
        """Rows that are not on the list now."""
        self.left: set[str] = set()
        """Rows that were not on the list when a page was read."""

    def read(self, turns: list[Turn]) -> list[str]:
        shown: list[str] = []
        marker: Request = {}
        while True:
            self.left |= self.off
            answer = self.site.call(self.listing.operation, **self.listing.request(self.owner), **marker)
            page = [str(row[self.listing.row_id]) for row in answer[self.listing.rows]]
            shown += page
            if answer.get("Marker") is None:
                assert len(page) <= PAGE
                return shown
            assert len(page) == PAGE
            marker = {"Marker": answer["Marker"]}
            if turns:
                self.happen(*turns.pop(0))

    def happen(self, more: int, changes: list[tuple[int, int]]) -> None:
        if more:
            self.listing.add(self.site, self.owner, more)
        for row_number, state_number in changes:
            row = self.there[row_number % len(self.there)]
            to = self.listing.to[state_number % len(self.listing.to)]
            if row in self.off and DELETE in self.listing.leaving:
                continue
            self.listing.change(self.site, self.owner, row, to)
            (self.off.add if to in self.listing.leaving else self.off.discard)(row)


@pytest.mark.parametrize("listing", LISTS, ids=lambda each: each.operation)
def test_no_row_is_lost_or_doubled(listing: List) -> None:
    @settings(max_examples=25, derandomize=True, database=None, deadline=None)
    @given(count=st.sampled_from([0, 1, 49, 50, 51, 100, 120]), turns=TURNS, tick=st.sampled_from([0.0, 1.0]))
    def check(count: int, turns: list[Turn], tick: float) -> None:
        reader = Reader(listing, tick, count)
        try:
            shown = reader.read(list(turns))
        finally:
            reader.site.close()
        assert len(set(shown)) == len(shown)
        stayed = [row for row in reader.there if row not in reader.left]
        assert set(stayed) <= set(shown)
        if tick:  # rows of the same moment have an order too, but not one that can be told from outside
            known = set(stayed)
            assert [row for row in shown if row in known] == (stayed[::-1] if listing.newest_first else stayed)

    check()


def test_the_end_of_a_list_whose_rest_has_gone(site: Site) -> None:
    names = [site.add_configuration() for _ in range(60)]
    first = site.call("ListSecurityConfigurations")
    for name in names[:11]:  # the ten that are left, and the marker's own row
        site.call("DeleteSecurityConfiguration", Name=name)
    rest = site.call("ListSecurityConfigurations", Marker=first["Marker"])
    assert (rest["SecurityConfigurations"], rest["Marker"]) == ([], None)


def test_tags_do_not_move_rows(site: Site) -> None:
    made = [site.add_cluster() for _ in range(52)]
    first = site.call("ListClusters")
    for cluster_id in made:
        site.call("AddTags", ResourceId=cluster_id, Tags=[{"Key": "k", "Value": "v"}])
    rest = site.call("ListClusters", Marker=first["Marker"])
    assert [each["Id"] for each in rest["Clusters"]] == made[1::-1]


@pytest.fixture
def site() -> Any:
    made = Site()
    yield made
    made.close()
