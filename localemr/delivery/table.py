"""A queue of deliveries in a table of SQLite."""

from __future__ import annotations

from localemr.aws.database import Database
from localemr.delivery.deliveries import Delivery


class Table:
    """All of `Queue` but `waiting`, over a table with the columns `id`, `failures`, `due` and the two of a recipient's
    key. Methods raise sqlite3.Error."""

    def __init__(self, database: Database, name: str, key: tuple[str, str]) -> None:
        self._database = database
        self._name, self._key = name, " AND ".join(f"{column}=?" for column in key)

    def count(self, delivery: Delivery) -> int:
        """See Queue."""
        query = f"SELECT count(*) FROM {self._name} WHERE {self._key}"
        return int(self._database.sql.execute(query, delivery.key).fetchone()[0])

    def done(self, delivery: Delivery) -> None:
        """See Queue."""
        with self._database.transaction() as sql:
            sql.execute(f"DELETE FROM {self._name} WHERE id=?", (delivery.id,))

    def again(self, delivery: Delivery) -> None:
        """See Queue."""
        with self._database.transaction() as sql:
            values = (delivery.failures, delivery.due, delivery.id)
            sql.execute(f"UPDATE {self._name} SET failures=?, due=? WHERE id=?", values)
