"""The store's questions for pages: the right rows, in order, found by indexes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from localemr.domain.model.states import ClusterState, InstanceState, StepState
from localemr.store import Store
from tests.unit.site import Site

MANY = 40
SAME_EVERY_TIME = settings(max_examples=60, derandomize=True, database=None, deadline=None)
TIMES = st.none() | st.sampled_from([0.0, 0.5, 1.0, 19.0, 20.0, 21.0, 1e9])
START = 1_700_000_000.0


def some(states: Any) -> st.SearchStrategy[list[str]]:
    """A few states, in any order, perhaps twice."""
    return st.lists(st.sampled_from([str(each) for each in states]), max_size=3)


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    """40 clusters, two of each moment; the oldest has 40 steps and 40 instances; all states in turn."""
    site = Site(tick=0.0)
    clusters = []
    for number in range(MANY):
        site.now = START + (number + 1) // 2  # the first one alone
        clusters.append(site.add_cluster())
        site.move_cluster(clusters[-1], list(ClusterState)[number % len(ClusterState)])
    site.move_cluster(clusters[0], "WAITING")
    for number, step in enumerate(site.add_steps(clusters[0], MANY)):
        site.move_step(clusters[0], step, list(StepState)[number % len(StepState)])
    for number, instance in enumerate(site.add_instances(clusters[0], MANY)):
        site.move_instance(clusters[0], instance, list(InstanceState)[number // 2 % len(InstanceState)])
    yield site
    site.close()


def oldest(site: Site) -> str:
    return site.store.clusters(limit=MANY)[-1].id


def test_clusters_by_states_and_times(site: Site) -> None:
    newest_first = site.store.clusters(limit=MANY + 1)
    assert len(newest_first) == MANY
    keys = [(each.created, each.id) for each in newest_first]
    assert keys == sorted(keys, reverse=True)

    @SAME_EVERY_TIME
    @given(states=some(ClusterState), after=TIMES, until=TIMES, last=st.none() | st.integers(0, MANY - 1),
           limit=st.integers(1, MANY))  # fmt: skip
    def check(states: list[str], after: float | None, until: float | None, last: int | None, limit: int) -> None:
        after, until = (None if each is None else START + each for each in (after, until))
        before = None if last is None else keys[last]
        found = site.store.clusters(
            states=states, created_after=after, created_before=until, before=before, limit=limit
        )
        assert (
            found
            == [
                each
                for each in newest_first
                if (not states or each.status.state in states)
                and (after is None or each.created > after)
                and (until is None or each.created < until)
                and (before is None or (each.created, each.id) < before)
            ][:limit]
        )

    check()


def test_steps_by_states(site: Site) -> None:
    newest_first = site.store.step_page(oldest(site), limit=MANY + 1)
    assert [each.number for each in newest_first] == list(range(MANY, 0, -1))

    @SAME_EVERY_TIME
    @given(states=some(StepState), before=st.none() | st.integers(-1, MANY + 2), limit=st.integers(1, MANY))
    def check(states: list[str], before: int | None, limit: int) -> None:
        found = site.store.step_page(oldest(site), states=states, before=before, limit=limit)
        assert (
            found
            == [
                each
                for each in newest_first
                if (not states or each.status.state in states) and (before is None or each.number < before)
            ][:limit]
        )

    check()


def test_instances_by_group_role_and_state(site: Site) -> None:
    everything = site.store.instances(oldest(site))
    groups = [None, *(group.id for group in site.store.groups(oldest(site))), "ig-NOBODY"]

    @SAME_EVERY_TIME
    @given(
        group=st.sampled_from(groups),
        roles=some(["MASTER", "CORE", "TASK"]),
        states=some(InstanceState),
        after=st.integers(-1, MANY + 2),
        limit=st.integers(1, MANY),
    )
    def check(group: str | None, roles: list[str], states: list[str], after: int, limit: int) -> None:
        found = site.store.instance_page(
            oldest(site), group_id=group, roles=roles, states=states, after=after, limit=limit
        )
        assert (
            found
            == [
                each
                for each in everything
                if (group is None or each.spec.group_id == group)
                and (not roles or each.spec.role in roles)
                and (not states or each.status.state in states)
                and each.spec.number > after
            ][:limit]
        )

    check()


def test_nothing_to_show(site: Site) -> None:
    store = Store(":memory:")
    assert store.clusters() == store.clusters(states=["RUNNING"], created_after=1.0, before=(2.0, "j-X")) == []
    assert store.step_page("j-X", limit=1) == store.step_page("j-X", states=["PENDING"], before=3, limit=1) == []
    assert store.instance_page("j-X", limit=1) == store.instance_page("j-X", group_id="ig-X", after=3, limit=1) == []
    assert store.instances_of([]) == {}
    assert store.instances_of(["j-X"]) == {"j-X": []}
    assert store.step_counts("j-X") == (0, 0)
    store.close()
    other = site.store.clusters(limit=1)[0].id
    assert site.store.step_page(other, limit=1) == []
    assert site.store.instance_page(other, limit=1) == []


# ---- how they are found

Ask = Callable[[Store, str], object]
STATES, ACTIVE, LATER = ["RUNNING", "WAITING"], ["PENDING", "RUNNING"], (START + 15, "j-X")
BY_TIME, BY_STATE, STEPS, STEPS_BY_STATE, INSTANCES = (
    "INDEX clusters_created (created", "INDEX clusters_state (state=? AND", "(cluster_id=? AND number<?)",
    "INDEX steps_state (cluster_id=? AND", "(cluster_id=? AND number>?)",
)  # fmt: skip
PAGES: dict[str, tuple[Ask, str]] = {
    "clusters": (lambda store, _: store.clusters(limit=5), "INDEX clusters_created"),
    "further clusters": (lambda store, _: store.clusters(before=LATER, limit=5), "INDEX clusters_created ("),
    "newer clusters": (lambda store, _: store.clusters(created_after=START, limit=5), BY_TIME),
    "older clusters": (lambda store, _: store.clusters(created_before=START + 15, limit=5), BY_TIME),
    "clusters in states": (lambda store, _: store.clusters(states=STATES, limit=5), "INDEX clusters_state (state=?"),
    "further clusters in states": (lambda store, _: store.clusters(states=STATES, before=LATER, limit=5), BY_STATE),
    "newer clusters in states": (
        lambda store, _: store.clusters(states=STATES, created_after=START, limit=5), BY_STATE,
    ),
    "steps": (lambda store, id_: store.step_page(id_, limit=5), "(cluster_id=?)"),
    "further steps": (lambda store, id_: store.step_page(id_, before=15, limit=5), STEPS),
    "steps in states": (lambda store, id_: store.step_page(id_, states=ACTIVE, limit=5), STEPS_BY_STATE),
    "further steps in states": (
        lambda store, id_: store.step_page(id_, states=ACTIVE, before=15, limit=5), STEPS_BY_STATE,
    ),
    "instances": (lambda store, id_: store.instance_page(id_, limit=5), INSTANCES),
    "running core instances": (
        lambda store, id_: store.instance_page(id_, states=["RUNNING"], roles=["CORE"], after=7, limit=5), INSTANCES,
    ),
}  # fmt: skip
"""What is requested (of a cluster), and what the plans of its queries say."""

OTHERS: dict[str, tuple[Ask, str]] = {
    "unfinished": (lambda store, _: store.unfinished(), "INDEX clusters_state (state=?)"),
    "counts of steps": (lambda store, id_: store.step_counts(id_), STEPS_BY_STATE),
    "instances of clusters": (lambda store, id_: store.instances_of([id_, "j-X"]), "(cluster_id=?)"),
    "groups": (lambda store, id_: store.groups(id_), "(cluster_id=?)"),
    "events": (lambda store, id_: store.events(id_), "INDEX events_cluster (cluster_id=?)"),
}
QUESTIONS = PAGES | OTHERS
SORTED_AFTERWARDS = {"unfinished"}
"""Nobody pages through these."""


def plans(store: Store, ask: Callable[[], object]) -> list[str]:
    """The steps of the plans of all queries that are made."""
    requested: list[str] = []
    store._db.set_trace_callback(requested.append)
    ask()
    store._db.set_trace_callback(None)
    assert requested
    return [row[3] for query in requested for row in store._db.execute(f"EXPLAIN QUERY PLAN {query}")]


@pytest.mark.parametrize("name", QUESTIONS)
def test_rows_are_found_by_indexes(site: Site, name: str) -> None:
    ask, index = QUESTIONS[name]
    found = plans(site.store, partial(ask, site.store, oldest(site)))
    assert any(index in step for step in found), found
    for step in found:
        # Whoever wants all clusters reads them along their index, and stops at the end of the page.
        assert step.startswith("SEARCH ") or (name, step) == (
            "clusters", "SCAN clusters USING INDEX clusters_created"
        ) or (name in SORTED_AFTERWARDS and step == "USE TEMP B-TREE FOR ORDER BY"), found  # fmt: skip


def work(store: Store, ask: Callable[[], object]) -> int:
    """How many instructions SQLite needs for the answer."""
    done = 0

    def count() -> int:
        nonlocal done
        done += 1
        return 0

    store._db.set_progress_handler(count, 1)
    ask()
    store._db.set_progress_handler(None, 1)
    return done


@pytest.mark.parametrize("name", PAGES)
def test_a_page_costs_the_same_however_many_rows_there_are(name: str) -> None:
    costs = []
    for count in (20, 200):
        site = Site(tick=1.0)
        made = [site.add_cluster() for _ in range(count)]
        for each in made[::2]:
            site.move_cluster(each, "RUNNING")
        site.move_cluster(made[1], "WAITING")
        site.add_steps(made[0], count)
        site.add_instances(made[0], count)
        costs.append(work(site.store, partial(PAGES[name][0], site.store, made[0])))
        site.close()
    assert costs[1] <= costs[0] * 1.1, costs
