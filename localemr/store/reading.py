"""Queries of the store. Pages are cut in SQL: rows outside a page are not read."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable
from typing import Any

from localemr.domain.model.groups import InstanceGroup
from localemr.domain.model.records import Cluster, Event, Instance
from localemr.domain.model.states import ACTIVE_STEPS, ENDED, ClusterState, InstanceState, Reason
from localemr.domain.model.steps import Step
from localemr.store import rows
from localemr.store.rows import CLUSTER_COLUMNS, COLUMNS

STATE, GROUP = "json_extract(status, '$.state')", "json_extract(spec, '$.group_id')"
"""The state of an instance or a step, and an instance's group. The indexes have exactly these expressions."""

_UNFINISHED = tuple(str(state) for state in ClusterState if state not in ENDED)
"""The states of clusters that have not ended."""


class Reading:
    """The queries. No method changes anything."""

    _db: sqlite3.Connection

    def cluster(self, cluster_id: str) -> Cluster | None:
        """The cluster alone."""
        row = self._db.execute(f"SELECT {CLUSTER_COLUMNS} FROM clusters WHERE id=?", (cluster_id,)).fetchone()
        return rows.cluster(row) if row else None

    def clusters(
        self,
        *,
        states: Iterable[str] = (),
        created_after: float | None = None,
        created_before: float | None = None,
        before: tuple[float, str] | None = None,
        limit: int = 50,
    ) -> list[Cluster]:
        """Clusters, newest first: in any of `states` (empty: all), created strictly between the two times. `before` is
        (created, id) of the last cluster of the previous page. It stays valid while clusters are added."""
        where, values = ["1"], list[Any]()
        if created_after is not None:
            where.append("created > ?")
            values.append(created_after)
        if created_before is not None:
            where.append("created < ?")
            values.append(created_before)
        if before is not None:
            where.append("(created, id) < (?, ?)")
            values += before
        found = self._by_state(
            f"SELECT {CLUSTER_COLUMNS} FROM clusters WHERE {' AND '.join(where)}", values, "state", states,
            f"ORDER BY created DESC, id DESC LIMIT {limit}",
        )  # fmt: skip
        newest = sorted(found, key=lambda row: (row[1], row[0]), reverse=True)
        return [rows.cluster(row) for row in newest[:limit]]

    def unfinished(self) -> list[str]:
        """Ids of all clusters that have not ended."""
        query = f"SELECT id FROM clusters WHERE state IN ({marks(_UNFINISHED)}) ORDER BY created"
        return [cluster_id for (cluster_id,) in self._db.execute(query, _UNFINISHED)]

    def groups(self, cluster_id: str) -> list[InstanceGroup]:
        """The cluster's instance groups in the order of their numbers."""
        return [rows.group(row) for row in self._rows("groups", cluster_id)]

    def cluster_of_group(self, group_id: str) -> str | None:
        """Id of the cluster that the instance group belongs to."""
        row = self._db.execute("SELECT cluster_id FROM groups WHERE id=?", (group_id,)).fetchone()
        return row and str(row[0])

    def instances(self, cluster_id: str) -> list[Instance]:
        """The cluster's instances, including ended ones, in the order of their numbers."""
        return [rows.instance(row) for row in self._rows("instances", cluster_id)]

    def instances_of(self, cluster_ids: Collection[str]) -> dict[str, list[Instance]]:
        """The instances of several clusters, by cluster id. A cluster without instances has an empty list."""
        found: dict[str, list[Instance]] = {cluster_id: [] for cluster_id in cluster_ids}
        query = f"SELECT {COLUMNS} FROM instances WHERE cluster_id IN ({marks(found)}) ORDER BY cluster_id, number"
        for row in self._db.execute(query, list(found)):
            found[row[1]].append(rows.instance(row))
        return found

    def instance_page(
        self,
        cluster_id: str,
        *,
        group_id: str | None = None,
        roles: Collection[str] = (),
        states: Collection[str] = (),
        after: int = 0,
        limit: int,
    ) -> list[Instance]:
        """Instances with numbers above `after`, by number: of one group, of any of the roles, in any of the states
        (None or empty: all)."""
        where, values = ["cluster_id=?", "number > ?"], list[Any]((cluster_id, after))
        groups = [] if group_id is None else [group_id]
        filters = {GROUP: groups, "json_extract(spec, '$.role')": roles, STATE: states}
        for column, allowed in filters.items():
            if allowed:
                where.append(f"{column} IN ({marks(allowed)})")
                values += map(str, allowed)
        query = f"SELECT {COLUMNS} FROM instances WHERE {' AND '.join(where)} ORDER BY number LIMIT {limit}"
        return [rows.instance(row) for row in self._db.execute(query, values)]

    def step_page(
        self, cluster_id: str, *, states: Collection[str] = (), before: int | None = None, limit: int
    ) -> list[Step]:
        """Steps with numbers below `before` (None: any), newest first, in any of `states` (empty: all)."""
        where, values = "cluster_id=?", list[Any]((cluster_id,))
        if before is not None:
            where += " AND number < ?"
            values.append(before)
        found = self._by_state(
            f"SELECT {COLUMNS} FROM steps WHERE {where}", values, STATE, states, f"ORDER BY number DESC LIMIT {limit}"
        )
        newest = sorted(found, key=lambda row: int(row[2]), reverse=True)
        return [rows.step(row) for row in newest[:limit]]

    def step_counts(self, cluster_id: str) -> tuple[int, int]:
        """The number of steps that the cluster has had, and the number of active ones."""
        # Steps are numbered from 1 and never removed.
        (had,) = self._db.execute("SELECT max(number) FROM steps WHERE cluster_id=?", (cluster_id,)).fetchone()
        states = [str(state) for state in ACTIVE_STEPS]
        query = f"SELECT count(*) FROM steps WHERE cluster_id=? AND {STATE} IN ({marks(states)})"
        (active,) = self._db.execute(query, (cluster_id, *states)).fetchone()
        return had or 0, active

    def step(self, cluster_id: str, step_id: str) -> Step | None:
        """One step of the cluster."""
        query = f"SELECT {COLUMNS} FROM steps WHERE cluster_id=? AND id=?"
        row = self._db.execute(query, (cluster_id, step_id)).fetchone()
        return rows.step(row) if row else None

    def instance(self, cluster_id: str, instance_id: str) -> Instance | None:
        """One instance of the cluster."""
        query = f"SELECT {COLUMNS} FROM instances WHERE cluster_id=? AND id=?"
        row = self._db.execute(query, (cluster_id, instance_id)).fetchone()
        return rows.instance(row) if row else None

    def running(self, cluster_id: str, group_id: str) -> list[Instance]:
        """The RUNNING instances of the group."""
        query = f"SELECT {COLUMNS} FROM instances WHERE cluster_id=? AND {GROUP}=? AND {STATE}=?"
        found = self._db.execute(query, (cluster_id, group_id, InstanceState.RUNNING))
        return [rows.instance(row) for row in found]

    def events(self, cluster_id: str) -> list[Event]:
        """The cluster's changes of state, oldest first."""
        query = "SELECT at, cluster_id, kind, subject, state, code, message FROM events WHERE cluster_id=? ORDER BY id"
        found = self._db.execute(query, (cluster_id,))
        return [Event(at, cluster, kind, who, state, Reason(*why)) for at, cluster, kind, who, state, *why in found]

    def _rows(self, table: str, cluster_id: str) -> list[rows.Row]:
        query = f"SELECT {COLUMNS} FROM {table} WHERE cluster_id=? ORDER BY number"
        return self._db.execute(query, (cluster_id,)).fetchall()

    def _by_state(
        self, query: str, values: Iterable[Any], column: str, states: Iterable[str], order: str
    ) -> list[tuple[Any, ...]]:
        """The first rows of each state, one state after the other (no states: the first of all rows).

        A query for several states at once would read and sort every row that is in them.
        """
        chosen = dict.fromkeys(map(str, states))
        if not chosen:
            return self._db.execute(f"{query} {order}", tuple(values)).fetchall()
        each = f"{query} AND {column}=? {order}"
        return [row for state in chosen for row in self._db.execute(each, (*values, state))]


def marks(values: Collection[Any]) -> str:
    """A placeholder for each of the values."""
    return ",".join("?" * len(values))
