"""User-defined functions."""

from __future__ import annotations

from typing import Any

import pytest

from tests.contract.glue.tables import refused

JAR = {"ResourceType": "JAR", "Uri": "s3://localemr-catalog/udf.jar"}


def function(name: str, **more: Any) -> dict[str, Any]:
    return {"FunctionName": name, "ClassName": "org.example.F", "OwnerName": "me", "OwnerType": "ROLE",
            "ResourceUris": [JAR], **more}  # fmt: skip


@pytest.mark.shows("glue", "CreateUserDefinedFunction", "GetUserDefinedFunction")
def test_made_and_shown(glue: Any, db: str) -> None:
    glue.create_user_defined_function(DatabaseName=db, FunctionInput=function("Twice"))
    found = glue.get_user_defined_function(DatabaseName=db, FunctionName="TWICE")["UserDefinedFunction"]
    assert found.pop("CreateTime").year >= 2023
    assert len(found.pop("CatalogId")) == 12
    assert found == {**function("twice"), "DatabaseName": db, "FunctionType": "REGULAR_FUNCTION"}
    again = {"DatabaseName": db, "FunctionInput": function("twice")}
    refused(glue.create_user_defined_function, "AlreadyExistsException", **again)
    refused(glue.get_user_defined_function, "EntityNotFoundException", DatabaseName=db, FunctionName="no")
    aggregate = function("sum2", FunctionType="AGGREGATE_FUNCTION")
    refused(glue.create_user_defined_function, "InvalidInputException", DatabaseName=db, FunctionInput=aggregate)


@pytest.mark.shows("glue", "GetUserDefinedFunctions")
def test_lists_by_pattern(glue: Any, db: str) -> None:
    for name in ("a_one", "a_two", "b_one"):
        glue.create_user_defined_function(DatabaseName=db, FunctionInput=function(name))

    def names(pattern: str, **more: Any) -> list[str]:
        pages = glue.get_paginator("get_user_defined_functions").paginate(
            DatabaseName=db, Pattern=pattern, PaginationConfig={"PageSize": 2}, **more
        )
        return [each["FunctionName"] for page in pages for each in page["UserDefinedFunctions"]]

    assert names("*") == ["a_one", "a_two", "b_one"]
    assert names("a_*") == ["a_one", "a_two"]
    everywhere = glue.get_user_defined_functions(Pattern=".*_one")["UserDefinedFunctions"]
    assert [each["FunctionName"] for each in everywhere if each["DatabaseName"] == db] == ["a_one", "b_one"]


@pytest.mark.shows("glue", "UpdateUserDefinedFunction")
def test_update_replaces(glue: Any, db: str) -> None:
    glue.create_user_defined_function(DatabaseName=db, FunctionInput=function("f"))
    changed = {"FunctionName": "f", "ClassName": "org.example.G"}
    glue.update_user_defined_function(DatabaseName=db, FunctionName="F", FunctionInput=changed)
    found = glue.get_user_defined_function(DatabaseName=db, FunctionName="f")["UserDefinedFunction"]
    assert (found["ClassName"], found["ResourceUris"]) == ("org.example.G", [])
    glue.create_user_defined_function(DatabaseName=db, FunctionInput=function("h"))
    taken = {"DatabaseName": db, "FunctionName": "f", "FunctionInput": function("h")}
    refused(glue.update_user_defined_function, "AlreadyExistsException", **taken)
    missing = {"DatabaseName": db, "FunctionName": "g", "FunctionInput": changed}
    refused(glue.update_user_defined_function, "EntityNotFoundException", **missing)


@pytest.mark.shows("glue", "DeleteUserDefinedFunction")
def test_deleted(glue: Any, db: str) -> None:
    glue.create_user_defined_function(DatabaseName=db, FunctionInput=function("f"))
    glue.delete_user_defined_function(DatabaseName=db, FunctionName="f")
    refused(glue.delete_user_defined_function, "EntityNotFoundException", DatabaseName=db, FunctionName="f")


@pytest.mark.shows("glue", "GetCatalogImportStatus")
def test_nothing_is_to_be_imported(glue: Any) -> None:
    assert glue.get_catalog_import_status()["ImportStatus"]["ImportCompleted"] is True
