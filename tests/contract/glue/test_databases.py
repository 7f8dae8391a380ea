"""Databases of Glue's catalog."""

from __future__ import annotations

from typing import Any

import pytest

from tests.contract.glue.tables import PLACE, refused, table


@pytest.mark.shows("glue", "CreateDatabase", "GetDatabase")
def test_made_and_shown(glue: Any, db: str) -> None:
    glue.delete_database(Name=db)
    requested = {
        "Name": db.upper(),
        "Description": "all sales",
        "LocationUri": f"{PLACE}/{db}",
        "Parameters": {"a": "b ü"},
    }
    glue.create_database(DatabaseInput=requested)
    found = glue.get_database(Name=db.upper())["Database"]
    assert found.pop("CreateTime").year >= 2023
    assert len(found.pop("CatalogId")) == 12
    assert found.pop("CreateTableDefaultPermissions")[0]["Permissions"] == ["ALL"]
    assert found == {**requested, "Name": db}
    assert refused(glue.create_database, "AlreadyExistsException", DatabaseInput={"Name": db}) == (
        "Database already exists."
    )


def test_one_without_a_location_shows_none_and_its_tables_have_one(glue: Any, db: str) -> None:
    """By it Iceberg's catalog would take no warehouse of its own."""
    assert "LocationUri" not in glue.get_database(Name=db)["Database"]
    shown = {each["Name"]: each for each in glue.get_databases()["DatabaseList"]}
    assert "LocationUri" not in shown[db] and "UnsetLocation" not in shown[db]
    made = table("t")
    del made["StorageDescriptor"]["Location"]
    glue.create_table(DatabaseName=db, TableInput=made)
    found = glue.get_table(DatabaseName=db, Name="t")["Table"]["StorageDescriptor"]["Location"]
    assert found == f"s3://localemr-catalog/warehouse/{db}.db/t"


def test_a_location_is_set_and_taken_back(glue: Any, db: str) -> None:
    glue.update_database(Name=db, DatabaseInput={"Name": db, "LocationUri": f"{PLACE}/{db}"})
    assert glue.get_database(Name=db)["Database"]["LocationUri"] == f"{PLACE}/{db}"
    glue.update_database(Name=db, DatabaseInput={"Name": db, "Description": "without"})
    assert "LocationUri" not in glue.get_database(Name=db)["Database"]


@pytest.mark.shows("glue", "GetDatabases")
def test_pages(glue: Any, db: str) -> None:
    names = []
    for page in glue.get_paginator("get_databases").paginate(PaginationConfig={"PageSize": 1}):
        assert len(page["DatabaseList"]) == 1
        names += [each["Name"] for each in page["DatabaseList"]]
    assert names == sorted(names)
    assert {db, "default"} <= set(names)
    assert glue.get_databases(AttributesToGet=["NAME"])["DatabaseList"] == [{"Name": name} for name in names]
    assert glue.get_databases(ResourceShareType="FOREIGN")["DatabaseList"] == []
    refused(glue.get_databases, "InvalidInputException", NextToken="x")


@pytest.mark.shows("glue", "UpdateDatabase")
def test_update_replaces(glue: Any, db: str) -> None:
    glue.update_database(Name=db, DatabaseInput={"Name": db, "Description": "new", "Parameters": {"one": "1"}})
    glue.update_database(Name=db, DatabaseInput={"Name": db, "Parameters": {"two": "2"}})
    found = glue.get_database(Name=db)["Database"]
    assert found["Parameters"] == {"two": "2"}
    assert "Description" not in found
    assert "LocationUri" not in found
    refused(glue.update_database, "InvalidInputException", Name=db, DatabaseInput={"Name": "other"})
    assert refused(glue.update_database, "EntityNotFoundException", Name="nope", DatabaseInput={"Name": "nope"}) == (
        "Database nope not found."
    )


@pytest.mark.shows("glue", "DeleteDatabase")
def test_deleted_with_all_in_it(glue: Any, db: str) -> None:
    glue.create_table(DatabaseName=db, TableInput=table("t"))
    glue.delete_database(Name=db)
    assert refused(glue.get_database, "EntityNotFoundException", Name=db) == f"Database {db} not found."
    assert refused(glue.get_table, "EntityNotFoundException", DatabaseName=db, Name="t") == f"Database {db} not found."
    refused(glue.delete_database, "EntityNotFoundException", Name=db)
    refused(glue.delete_database, "InvalidInputException", Name="default")
    glue.create_database(DatabaseInput={"Name": db})
    assert glue.get_tables(DatabaseName=db)["TableList"] == []


def test_what_hive_cannot_keep_is_refused(glue: Any) -> None:
    for name in ("a-b", "a b", "ä", "a/b", "x" * 129):
        refused(glue.create_database, "InvalidInputException", DatabaseInput={"Name": name})
    link = {"CatalogId": "000000000000", "DatabaseName": "default"}
    refused(glue.create_database, "InvalidInputException", DatabaseInput={"Name": "a", "TargetDatabase": link})


def test_another_account_has_no_catalog_here(glue: Any) -> None:
    message = refused(glue.get_databases, "EntityNotFoundException", CatalogId="999999999999")
    assert message.startswith("Catalog 999999999999 not found")


def test_what_is_not_of_the_catalog_is_not_offered(glue: Any) -> None:
    message = refused(glue.get_job, "OperationNotOfferedException", JobName="j")
    assert "does not offer GetJob" in message
