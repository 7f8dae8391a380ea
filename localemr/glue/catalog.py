"""What the operations need of a catalog, whatever keeps it.

Everything goes in and out as documents with Glue's members (`Database`, `Table`, `Partition`, `UserDefinedFunction`),
names in lower case, times as epoch seconds. What the API adds by itself (CatalogId, VersionId) is not in them. All
calls may block, and may come from several threads at once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

Document = Mapping[str, Any]
Values = tuple[str, ...]
"""The values of a partition, in the order of the table's partition keys."""


class Catalog(Protocol):
    """Reading answers None, or leaves out, what is not there; writing raises EntityNotFoundException for it, and
    AlreadyExistsException for what is there. All raise InternalServiceException when nothing can be asked, and
    InvalidInputException for what the catalog cannot keep.
    """

    def databases(self) -> Sequence[Document]:
        """All of them, by name."""

    def database(self, name: str) -> Document | None:
        """One, with its LocationUri, which the catalog chooses for a database without one."""

    def create_database(self, database: Document) -> None:
        """Add one; the catalog gives it its CreateTime."""

    def alter_database(self, database: Document) -> None:
        """Replace the one of that name."""

    def drop_database(self, name: str) -> None:
        """Take it out, with all that is in it. Data stays where it is, as everywhere here."""

    def tables(self, database: str) -> Sequence[Document]:
        """All tables of a database, by name."""

    def table(self, database: str, name: str) -> Document | None:
        """One; it has CreateTime and UpdateTime."""

    def create_table(self, table: Document) -> None:
        """Add one to its DatabaseName; a table without a location, which is no view, gets one in the database's."""

    def alter_table(self, table: Document) -> None:
        """Replace the one of that name; its CreateTime stays."""

    def drop_table(self, database: str, name: str) -> None:
        """Take it out, with its partitions."""

    def values(self, database: str, table: str) -> Sequence[Values]:
        """The values of all partitions, in an order that stays."""

    def partitions(self, database: str, table: str, wanted: Sequence[Values]) -> Sequence[Document]:
        """The partitions with these values, in this order."""

    def add_partitions(self, database: str, table: str, partitions: Sequence[Document]) -> None:
        """Add all or none."""

    def alter_partitions(self, database: str, table: str, partitions: Sequence[Document]) -> None:
        """Replace those with the same Values."""

    def drop_partition(self, database: str, table: str, values: Values) -> None:
        """Take one out."""

    def functions(self, database: str) -> Sequence[Document]:
        """All functions of a database, by name."""

    def create_function(self, function: Document) -> None:
        """Add one to its DatabaseName."""

    def alter_function(self, name: str, function: Document) -> None:
        """Replace the one of that name in its DatabaseName; the new one may have another name, and is made anew."""

    def drop_function(self, database: str, name: str) -> None:
        """Take one out."""

    def close(self) -> None:
        """Let go of all connections."""
