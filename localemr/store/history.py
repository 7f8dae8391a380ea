"""Deletes ended clusters in small parts: no call waits for more than one small transaction."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import AbstractContextManager

from localemr.domain.model.states import ENDED, ClusterState

ROWS = 200
"""Rows that one transaction deletes, in some milliseconds."""
CLUSTERS = 100
_ENDED = [str(state) for state in ClusterState if state in ENDED]


class History:
    """The ended clusters of a store."""

    def __init__(
        self, db: sqlite3.Connection, transaction: Callable[[str], AbstractContextManager[sqlite3.Connection]]
    ) -> None:
        self._db = db
        self._transaction = transaction

    def ended_before(self, time: float) -> list[str]:
        """Ids of clusters that ended before this time (epoch seconds), oldest first, at most CLUSTERS."""
        query = f"""SELECT id FROM clusters
            WHERE state IN (?, ?) AND created < ? AND coalesce(json_extract(status, '$.ended'), created) < ?
            ORDER BY created LIMIT {CLUSTERS}"""
        return [cluster_id for (cluster_id,) in self._db.execute(query, (*_ENDED, time, time))]

    def delete_some(self, cluster_id: str) -> bool:
        """Delete a part of the cluster, in one transaction. Returns whether a part of it remains.

        The cluster itself is deleted last, so that an interrupted deletion is resumed. Raises StoreFailure.
        """
        with self._transaction(cluster_id) as db:
            for table in ("steps", "instances", "events"):
                query = (
                    f"DELETE FROM {table} WHERE rowid IN (SELECT rowid FROM {table} WHERE cluster_id=? LIMIT {ROWS})"
                )
                if db.execute(query, (cluster_id,)).rowcount:
                    return True
            db.execute("DELETE FROM groups WHERE cluster_id=?", (cluster_id,))
            db.execute("DELETE FROM clusters WHERE id=?", (cluster_id,))
        return False

    def delete_some_events(self, before: float) -> bool:
        """Delete events before this time, of live clusters too, in one transaction. Returns whether there may be more.
        Raises StoreFailure."""
        query = f"DELETE FROM events WHERE rowid IN (SELECT rowid FROM events WHERE at < ? LIMIT {ROWS})"
        with self._transaction("") as db:
            return db.execute(query, (before,)).rowcount == ROWS
