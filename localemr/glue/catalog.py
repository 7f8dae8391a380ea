"""The interface of a catalog to the operations, independent of its storage.

Parameters and results are documents with Glue's members (`Database`, `Table`, `Partition`, `UserDefinedFunction`),
names in lower case, times as epoch seconds. Members that the API adds (CatalogId, VersionId) are not in them. All
calls may block, and may come from several threads at once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

Document = Mapping[str, Any]
Values = tuple[str, ...]
"""The values of a partition, in the order of the table's partition keys."""

UNSET = "UnsetLocation"
"""Member of a database beside Glue's: a location that no user set. Unless it was changed since, the API shows none."""


class Catalog(Protocol):
    """Reading returns None for what does not exist, or leaves it out. Writing raises EntityNotFoundException for what
    does not exist and AlreadyExistsException for what exists. All methods raise InternalServiceException when the
    catalog is not available, and InvalidInputException for what the catalog cannot store.
    """

    def databases(self) -> Sequence[Document]:
        """All of them, by name."""

    def database(self, name: str) -> Document | None:
        """The database with its LocationUri."""

    def create_database(self, database: Document) -> None:
        """Add a database; the catalog sets its CreateTime."""

    def alter_database(self, database: Document) -> None:
        """Replace the database of that name."""

    def drop_database(self, name: str) -> None:
        """Remove the database with its content. Data files are never deleted here."""

    def tables(self, database: str) -> Sequence[Document]:
        """All tables of a database, by name."""

    def table(self, database: str, name: str) -> Document | None:
        """The table; it has CreateTime and UpdateTime."""

    def create_table(self, table: Document) -> None:
        """Add a table to its DatabaseName. A table without a location gets one below the database's, unless it is a
        view."""

    def alter_table(self, table: Document) -> None:
        """Replace the table of that name; its CreateTime stays."""

    def drop_table(self, database: str, name: str) -> None:
        """Remove the table with its partitions."""

    def values(self, database: str, table: str) -> Sequence[Values]:
        """The values of all partitions, in a stable order."""

    def partitions(self, database: str, table: str, requested: Sequence[Values]) -> Sequence[Document]:
        """The partitions with these values, in this order."""

    def add_partitions(self, database: str, table: str, partitions: Sequence[Document]) -> None:
        """Add all or none."""

    def alter_partitions(self, database: str, table: str, partitions: Sequence[Document]) -> None:
        """Replace those with the same Values."""

    def drop_partition(self, database: str, table: str, values: Values) -> None:
        """Remove the partition with these values."""

    def functions(self, database: str) -> Sequence[Document]:
        """All functions of a database, by name."""

    def create_function(self, function: Document) -> None:
        """Add a function to its DatabaseName."""

    def alter_function(self, name: str, function: Document) -> None:
        """Replace the function of that name in its DatabaseName. The new function may have another name; it is created
        anew."""

    def drop_function(self, database: str, name: str) -> None:
        """Remove the function."""

    def close(self) -> None:
        """Close all connections."""
