"""The store: SQLite, durable at every commit. What is not a cluster's is in `resources`.

One connection, used from one thread; every method is one transaction. Whoever wants to know of changes sets
`on_change`, which is called with the cluster's id after each commit that touched it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from importlib import resources
from pathlib import Path
from typing import Any, Protocol, TypeVar

from pydantic import TypeAdapter

from localemr.domain.records import (
    Cluster,
    ClusterSpec,
    ClusterStatus,
    Event,
    GroupSpec,
    GroupStatus,
    Instance,
    InstanceGroup,
    InstanceSpec,
    InstanceStatus,
    Reason,
    Records,
    Step,
    StepSpec,
    StepStatus,
)
from localemr.domain.states import ENDED, ClusterState
from localemr.store.resources import Resources

SCHEMA_VERSION = 1
T = TypeVar("T")
_ADAPTERS: dict[type, TypeAdapter[Any]] = {
    kind: TypeAdapter(kind)
    for kind in (
        ClusterSpec, ClusterStatus, GroupSpec, GroupStatus, InstanceSpec, InstanceStatus, StepSpec, StepStatus,
    )
}  # fmt: skip


class StoreFailure(Exception):
    """Nothing was stored; the message says why (a full disk, for example)."""


class _Numbered(Protocol):
    """What groups, instances and steps have in common."""

    @property
    def id(self) -> str: ...
    @property
    def status(self) -> Any: ...


class Store:
    """Clusters with all that belongs to them, and the event log."""

    def __init__(self, path: Path | str) -> None:
        """Open or make the database at `path` (`:memory:` for tests)."""
        if path != ":memory:":
            Path(path).parent.mkdir(parents=True, exist_ok=True)
        self.on_change: Callable[[str], None] = lambda cluster_id: None
        self._db = sqlite3.connect(path, isolation_level=None)
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=FULL")
        self._db.execute("PRAGMA foreign_keys=ON")
        self._migrate()
        self.resources = Resources(self._db, self._transaction)

    def close(self) -> None:
        """Close the database."""
        self._db.close()

    def _migrate(self) -> None:
        (version,) = self._db.execute("PRAGMA user_version").fetchone()
        if version > SCHEMA_VERSION:
            raise StoreFailure(f"the database has version {version}; this LocalEMR knows {SCHEMA_VERSION}")
        if version == 0:
            script = resources.files(__package__).joinpath("schema.sql").read_text()
            self._db.executescript(f"BEGIN; {script} PRAGMA user_version={SCHEMA_VERSION}; COMMIT;")

    @contextmanager
    def _transaction(self, cluster_id: str) -> Iterator[sqlite3.Connection]:
        try:
            self._db.execute("BEGIN IMMEDIATE")
            yield self._db
            self._db.execute("COMMIT")
        except sqlite3.Error as error:
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
            raise StoreFailure(f"the database could not be written: {error}") from error
        except BaseException:
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
            raise
        self.on_change(cluster_id)

    # ---- reading

    def cluster(self, cluster_id: str) -> Cluster | None:
        """The cluster alone."""
        row = self._db.execute(
            "SELECT id, created, spec, status FROM clusters WHERE id=?", (cluster_id,)
        ).fetchone()  # fmt: skip
        return _cluster(row) if row else None

    def clusters(
        self,
        *,
        states: Iterable[str] = (),
        created_after: float | None = None,
        created_before: float | None = None,
        before: tuple[float, str] | None = None,
        limit: int = 50,
    ) -> list[Cluster]:
        """Clusters, newest first: in any of `states` (none given: all), made strictly within the two times.

        `before` is (created, id) of the last cluster of the page before; it stays valid while clusters are added.
        """
        where, values = ["1"], list[Any]()
        if chosen := list(states):
            where.append(f"state IN ({','.join('?' * len(chosen))})")
            values += [str(state) for state in chosen]
        if created_after is not None:
            where.append("created > ?")
            values.append(created_after)
        if created_before is not None:
            where.append("created < ?")
            values.append(created_before)
        if before is not None:
            where.append("(created, id) < (?, ?)")
            values += before
        query = "SELECT id, created, spec, status FROM clusters WHERE " + " AND ".join(where)
        return [
            _cluster(row) for row in self._db.execute(f"{query} ORDER BY created DESC, id DESC LIMIT {limit}", values)
        ]

    def unfinished(self) -> list[str]:
        """Ids of all clusters that have not ended."""
        ended = [str(state) for state in ClusterState if state in ENDED]
        query = f"SELECT id FROM clusters WHERE state NOT IN ({','.join('?' * len(ended))}) ORDER BY created"
        return [cluster_id for (cluster_id,) in self._db.execute(query, ended)]

    def load(self, cluster_id: str) -> Records | None:
        """The cluster with all groups, instances and steps."""
        cluster = self.cluster(cluster_id)
        if cluster is None:
            return None
        return Records(cluster, tuple(self.groups(cluster_id)), tuple(self.instances(cluster_id)),
                       tuple(self.steps(cluster_id)))  # fmt: skip

    def groups(self, cluster_id: str) -> list[InstanceGroup]:
        """The cluster's instance groups in the order of their numbers."""
        return [
            InstanceGroup(id_, cluster_id, number, created, _read(GroupSpec, spec), _read(GroupStatus, status))
            for id_, number, created, spec, status in self._rows("groups", cluster_id)
        ]

    def cluster_of_group(self, group_id: str) -> str | None:
        """Id of the cluster that the instance group belongs to."""
        row = self._db.execute("SELECT cluster_id FROM groups WHERE id=?", (group_id,)).fetchone()
        return row and str(row[0])

    def instances(self, cluster_id: str) -> list[Instance]:
        """The cluster's instances, ended ones too, in the order of their numbers."""
        return [
            Instance(id_, cluster_id, created, _read(InstanceSpec, spec), _read(InstanceStatus, status))
            for id_, _, created, spec, status in self._rows("instances", cluster_id)
        ]

    def steps(self, cluster_id: str) -> list[Step]:
        """The cluster's steps in the order of their submission."""
        return [
            Step(id_, cluster_id, number, created, _read(StepSpec, spec), _read(StepStatus, status))
            for id_, number, created, spec, status in self._rows("steps", cluster_id)
        ]

    def step(self, cluster_id: str, step_id: str) -> Step | None:
        """One step of the cluster."""
        row = self._db.execute(
            "SELECT id, number, created, spec, status FROM steps WHERE cluster_id=? AND id=?", (cluster_id, step_id)
        ).fetchone()
        if row is None:
            return None
        return Step(row[0], cluster_id, row[1], row[2], _read(StepSpec, row[3]), _read(StepStatus, row[4]))

    def events(self, cluster_id: str) -> list[Event]:
        """The cluster's changes of state, oldest first."""
        query = "SELECT at, cluster_id, kind, subject, state, code, message FROM events WHERE cluster_id=? ORDER BY id"
        rows = self._db.execute(query, (cluster_id,))
        return [Event(at, cluster, kind, who, state, Reason(*why)) for at, cluster, kind, who, state, *why in rows]

    def _rows(self, table: str, cluster_id: str) -> list[tuple[str, int, float, str, str]]:
        query = f"SELECT id, number, created, spec, status FROM {table} WHERE cluster_id=? ORDER BY number"
        return self._db.execute(query, (cluster_id,)).fetchall()

    # ---- writing, for operations

    def add_cluster(self, records: Records) -> None:
        """Store a new cluster with its groups and steps, in one transaction."""
        cluster = records.cluster
        with self._transaction(cluster.id) as db:
            db.execute(
                "INSERT INTO clusters VALUES (?,?,?,?,?)",
                (cluster.id, cluster.created, cluster.status.state, _write(cluster.spec), _write(cluster.status)),
            )
            self._insert("groups", [(group, group.number) for group in records.groups])
            self._insert("steps", [(step, step.number) for step in records.steps])
            self._log([Event(cluster.created, cluster.id, "cluster", cluster.id, cluster.status.state)])

    def add_steps(self, cluster_id: str, steps: Iterable[Step]) -> None:
        """Store new steps, in one transaction."""
        with self._transaction(cluster_id):
            self._insert("steps", [(step, step.number) for step in steps])

    def set_cluster_spec(self, cluster_id: str, spec: ClusterSpec) -> None:
        """Replace what is asked of a cluster."""
        with self._transaction(cluster_id) as db:
            db.execute("UPDATE clusters SET spec=? WHERE id=?", (_write(spec), cluster_id))

    def add_groups(self, cluster_id: str, groups: Iterable[InstanceGroup]) -> None:
        """Store new instance groups, in one transaction."""
        with self._transaction(cluster_id):
            self._insert("groups", [(group, group.number) for group in groups])

    def set_group_specs(self, cluster_id: str, specs: Mapping[str, GroupSpec]) -> None:
        """Replace what is asked of instance groups (group id → spec), in one transaction."""
        self._set_specs("groups", cluster_id, specs)

    def set_step_specs(self, cluster_id: str, specs: Mapping[str, StepSpec]) -> None:
        """Replace what is asked of steps (step id → spec), in one transaction."""
        self._set_specs("steps", cluster_id, specs)

    def _set_specs(self, table: str, cluster_id: str, specs: Mapping[str, GroupSpec | StepSpec]) -> None:
        with self._transaction(cluster_id) as db:
            for id_, spec in specs.items():
                db.execute(f"UPDATE {table} SET spec=? WHERE cluster_id=? AND id=?", (_write(spec), cluster_id, id_))

    # ---- writing, for the reconciler

    def save(self, before: Records, after: Records, events: Iterable[Event]) -> None:
        """Store the statuses that differ between the two, the new instances, and the events, in one transaction."""
        cluster = after.cluster
        with self._transaction(cluster.id) as db:
            if cluster.status != before.cluster.status:
                db.execute("UPDATE clusters SET state=?, status=? WHERE id=?",
                           (cluster.status.state, _write(cluster.status), cluster.id))  # fmt: skip
            known = {instance.id for instance in before.instances}
            self._insert("instances", [(each, each.spec.number) for each in after.instances if each.id not in known])
            self._update("groups", before.groups, after.groups)
            self._update("instances", before.instances, after.instances)
            self._update("steps", before.steps, after.steps)
            self._log(events)

    def _insert(self, table: str, rows: Iterable[tuple[InstanceGroup | Instance | Step, int]]) -> None:
        for record, number in rows:
            values = (record.id, record.cluster_id, number, record.created, _write(record.spec), _write(record.status))
            self._db.execute(f"INSERT INTO {table} VALUES (?,?,?,?,?,?)", values)

    def _update(self, table: str, before: Iterable[_Numbered], after: Iterable[_Numbered]) -> None:
        old = {record.id: record.status for record in before}
        for record in after:
            if record.id in old and record.status != old[record.id]:
                self._db.execute(f"UPDATE {table} SET status=? WHERE id=?", (_write(record.status), record.id))

    def _log(self, events: Iterable[Event]) -> None:
        for event in events:
            self._db.execute(
                "INSERT INTO events (at, cluster_id, kind, subject, state, code, message) VALUES (?,?,?,?,?,?,?)",
                (event.at, event.cluster_id, event.kind, event.subject, event.state, event.reason.code,
                 event.reason.message),
            )  # fmt: skip


def _read(kind: type[T], text: str) -> T:
    value: T = _ADAPTERS[kind].validate_json(text)
    return value


def _write(value: Any) -> str:
    return str(_ADAPTERS[type(value)].dump_json(value).decode())


def _cluster(row: tuple[str, float, str, str]) -> Cluster:
    return Cluster(row[0], row[1], _read(ClusterSpec, row[2]), _read(ClusterStatus, row[3]))
