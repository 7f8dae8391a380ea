"""The store: SQLite, durable at every commit. Objects beside clusters are in `resources`.

One connection, used from one thread. Every method that writes is one transaction. Queries are in `reading`. `on_change`
is called with the cluster's id after each commit that touched it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any, Protocol

from localemr.domain.model.groups import GroupSpec, InstanceGroup
from localemr.domain.model.records import ClusterSpec, Event, Instance, Records
from localemr.domain.model.steps import Step, StepSpec
from localemr.store import executions
from localemr.store.history import History
from localemr.store.live import LiveRecords
from localemr.store.log import EventLog
from localemr.store.resources import Resources
from localemr.store.rows import dump

SCHEMA_VERSION = 1
_IN_MEMORY = "file:localemr?vfs=memdb" if sqlite3.sqlite_version_info >= (3, 36) else ":memory:"
"""An in-memory file of SQLite, private to this connection. In a database without a file SQLite scans all pages at every
commit."""


class StoreFailure(Exception):
    """Nothing was stored. The message has the reason (a full disk, for example)."""


class _Numbered(Protocol):
    """The common attributes of groups, instances and steps."""

    @property
    def id(self) -> str: ...
    @property
    def status(self) -> Any: ...


class Store(LiveRecords):
    """Clusters with their groups, instances and steps, and the event log."""

    def __init__(self, path: Path | str) -> None:
        """Open or create the database at `path` (`:memory:` for tests)."""
        if path == ":memory:":
            path = _IN_MEMORY
        else:
            Path(path).parent.mkdir(parents=True, exist_ok=True)
        self.on_change: Callable[[str], None] = lambda cluster_id: None
        self._db = sqlite3.connect(path, isolation_level=None, uri=path == _IN_MEMORY)
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=FULL")
        self._db.execute("PRAGMA foreign_keys=ON")
        self._parsed = {}
        self._migrate()
        self.resources = Resources(self._db, self._transaction)
        self.history = History(self._db, self._transaction)
        self.log = EventLog(self._db)

    def close(self) -> None:
        """Close the database."""
        self._db.close()

    def _migrate(self) -> None:
        (version,) = self._db.execute("PRAGMA user_version").fetchone()
        if version > SCHEMA_VERSION:
            raise StoreFailure(f"the database has version {version}; this LocalEMR knows {SCHEMA_VERSION}")
        if version == 0:
            self._db.executescript(f"BEGIN; {_script('schema.sql')} PRAGMA user_version={SCHEMA_VERSION}; COMMIT;")
        self._db.executescript(_script("indexes.sql"))

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

    # ---- writing, for operations

    def add_cluster(self, records: Records) -> None:
        """Store a new cluster with its groups and steps, in one transaction."""
        cluster = records.cluster
        with self._transaction(cluster.id) as db:
            db.execute(
                "INSERT INTO clusters VALUES (?,?,?,?,?)",
                (cluster.id, cluster.created, cluster.status.state, dump(cluster.spec), dump(cluster.status)),
            )
            self._insert("groups", [(group, group.number) for group in records.groups])
            self._insert("steps", [(step, step.number) for step in records.steps])
            self._log([Event(cluster.created, cluster.id, "cluster", cluster.id, cluster.status.state)])
            self._log(map(_added, records.steps))

    def add_steps(self, cluster_id: str, steps: Iterable[Step]) -> None:
        """Store new steps, in one transaction."""
        with self._transaction(cluster_id):
            added = list(steps)
            self._insert("steps", [(step, step.number) for step in added])
            self._log(map(_added, added))

    def set_cluster_spec(self, cluster_id: str, spec: ClusterSpec) -> None:
        """Replace a cluster's spec."""
        with self._transaction(cluster_id) as db:
            db.execute("UPDATE clusters SET spec=? WHERE id=?", (dump(spec), cluster_id))

    def add_groups(self, cluster_id: str, groups: Iterable[InstanceGroup]) -> None:
        """Store new instance groups, in one transaction."""
        with self._transaction(cluster_id):
            self._insert("groups", [(group, group.number) for group in groups])

    def set_group_specs(self, cluster_id: str, specs: Mapping[str, GroupSpec], events: Iterable[Event] = ()) -> None:
        """Replace the specs of instance groups (group id → spec), and log events, in one transaction."""
        self._set_specs("groups", cluster_id, specs, events)

    def set_step_specs(self, cluster_id: str, specs: Mapping[str, StepSpec]) -> None:
        """Replace the specs of steps (step id → spec), in one transaction."""
        self._set_specs("steps", cluster_id, specs)

    def _set_specs(
        self, table: str, cluster_id: str, specs: Mapping[str, GroupSpec | StepSpec], events: Iterable[Event] = ()
    ) -> None:
        with self._transaction(cluster_id) as db:
            self._log(events)
            for id_, spec in specs.items():
                db.execute(f"UPDATE {table} SET spec=? WHERE cluster_id=? AND id=?", (dump(spec), cluster_id, id_))

    # ---- writing, for the reconciler

    def save(self, before: Records, after: Records, events: Iterable[Event]) -> None:
        """Store changed statuses, new instances, new and resized groups, and the events, in one transaction.

        Nothing was awaited since `before` was loaded, so no operation has written a spec meanwhile.
        """
        cluster = after.cluster
        with self._transaction(cluster.id) as db:
            if cluster.status != before.cluster.status:
                db.execute("UPDATE clusters SET state=?, status=? WHERE id=?",
                           (cluster.status.state, dump(cluster.status), cluster.id))  # fmt: skip
            known = {instance.id for instance in before.instances}
            self._insert("instances", [(each, each.spec.number) for each in after.instances if each.id not in known])
            self._save_groups({group.id: group for group in before.groups}, after.groups)
            self._update("groups", before.groups, after.groups)
            self._update("instances", before.instances, after.instances)
            self._update("steps", before.steps, after.steps)
            executions.update(db, before.executions, after.executions)
            self._log(events)

    def _save_groups(self, before: Mapping[str, InstanceGroup], after: Iterable[InstanceGroup]) -> None:
        self._insert("groups", [(each, each.number) for each in after if each.id not in before])
        for each in after:
            if each.id in before and each.spec is not before[each.id].spec and each.spec != before[each.id].spec:
                self._db.execute("UPDATE groups SET spec=? WHERE id=?", (dump(each.spec), each.id))

    def _insert(self, table: str, rows: Iterable[tuple[InstanceGroup | Instance | Step, int]]) -> None:
        values = [
            (record.id, record.cluster_id, number, record.created, dump(record.spec), dump(record.status))
            for record, number in rows
        ]
        if values:
            self._db.executemany(f"INSERT INTO {table} VALUES (?,?,?,?,?,?)", values)

    def _update(self, table: str, before: Iterable[_Numbered], after: Iterable[_Numbered]) -> None:
        old = {record.id: record.status for record in before}
        for record in after:
            if record.id in old and record.status is not old[record.id] and record.status != old[record.id]:
                self._db.execute(f"UPDATE {table} SET status=? WHERE id=?", (dump(record.status), record.id))

    def _log(self, events: Iterable[Event]) -> None:
        for event in events:
            self._db.execute(
                "INSERT INTO events (at, cluster_id, kind, subject, state, code, message) VALUES (?,?,?,?,?,?,?)",
                (event.at, event.cluster_id, event.kind, event.subject, event.state, event.reason.code,
                 event.reason.message),
            )  # fmt: skip


def _added(step: Step) -> Event:
    return Event(step.created, step.cluster_id, "step", step.id, step.status.state)


@cache
def _script(name: str) -> str:
    return resources.files(__package__).joinpath(name).read_text()
