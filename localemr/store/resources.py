"""EMR's objects beside clusters (security configurations, studios, …): documents by kind and id."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Resource:
    """A document of a kind. `created` is in epoch seconds. Its operations define the content of the document."""

    id: str
    created: float
    document: Mapping[str, Any]


class Resources:
    """The documents of a store. Every method that writes is one transaction."""

    def __init__(
        self, db: sqlite3.Connection, transaction: Callable[[str], AbstractContextManager[sqlite3.Connection]]
    ) -> None:
        self._db = db
        self._transaction = transaction

    def get(self, kind: str, resource_id: str) -> Resource | None:
        """The resource of this kind with this id."""
        query = "SELECT id, created, document FROM resources WHERE kind=? AND id=?"
        row = self._db.execute(query, (kind, resource_id)).fetchone()
        return _read(row) if row else None

    def all(self, kind: str) -> list[Resource]:
        """All resources of this kind, oldest first."""
        query = "SELECT id, created, document FROM resources WHERE kind=? ORDER BY created, id"
        return [_read(row) for row in self._db.execute(query, (kind,))]

    def put(self, kind: str, resource: Resource) -> None:
        """Store a new resource, or the new document of an existing one (its `created` is unchanged)."""
        query = "INSERT INTO resources VALUES (?,?,?,?) ON CONFLICT (kind, id) DO UPDATE SET document=excluded.document"
        with self._transaction(resource.id) as db:
            db.execute(query, (kind, resource.id, resource.created, json.dumps(resource.document)))

    def delete(self, kind: str, resource_id: str) -> None:
        """Remove a resource. No effect when there is none."""
        with self._transaction(resource_id) as db:
            db.execute("DELETE FROM resources WHERE kind=? AND id=?", (kind, resource_id))


def _read(row: tuple[str, float, str]) -> Resource:
    return Resource(row[0], row[1], json.loads(row[2]))
