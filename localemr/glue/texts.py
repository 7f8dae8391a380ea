"""Glue's errors for objects that do not exist, or exist already."""

from __future__ import annotations

from localemr.glue.errors import AlreadyExistsException, EntityNotFoundException


def no_database(name: str) -> EntityNotFoundException:
    """There is no such database."""
    return EntityNotFoundException(f"Database {name} not found.")


def no_table(name: str) -> EntityNotFoundException:
    """There is no such table."""
    return EntityNotFoundException(f"Table {name} not found.")


def no_partition() -> EntityNotFoundException:
    """There is no such partition."""
    return EntityNotFoundException("Cannot find partition.")


def no_function(name: str) -> EntityNotFoundException:
    """There is no such function."""
    return EntityNotFoundException(f"Function {name} not found.")


def exists(kind: str) -> AlreadyExistsException:
    """There is a Database, Table, Partition or Function of that name."""
    return AlreadyExistsException(f"{kind} already exists.")
