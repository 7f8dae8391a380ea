"""Versions of tables."""

from __future__ import annotations

from typing import Any

import pytest

from tests.contract.glue.tables import refused, table


@pytest.fixture
def third(glue: Any, db: str) -> dict[str, str]:
    """A table in its third version, each with another owner."""
    glue.create_table(DatabaseName=db, TableInput=table("t", Owner="v0"))
    for owner in ("v1", "v2"):
        glue.update_table(DatabaseName=db, TableInput=table("t", Owner=owner))
    return {"DatabaseName": db, "TableName": "t"}


@pytest.mark.shows("glue", "GetTableVersion", "GetTableVersions")
def test_each_version_is_shown(glue: Any, third: dict[str, str]) -> None:
    pages = glue.get_paginator("get_table_versions").paginate(**third, PaginationConfig={"PageSize": 2})
    found = [each for page in pages for each in page["TableVersions"]]
    assert [(each["VersionId"], each["Table"]["Owner"]) for each in found] == [("2", "v2"), ("1", "v1"), ("0", "v0")]
    assert [each["Table"]["VersionId"] for each in found] == ["2", "1", "0"]
    assert glue.get_table_version(**third)["TableVersion"]["Table"]["Owner"] == "v2"
    old = glue.get_table_version(**third, VersionId="0")["TableVersion"]["Table"]
    assert old["Owner"] == "v0"
    assert old["CreateTime"] == found[0]["Table"]["CreateTime"]
    refused(glue.get_table_version, "EntityNotFoundException", **third, VersionId="7")
    refused(glue.get_table_version, "InvalidInputException", **third, VersionId="one")


@pytest.mark.shows("glue", "DeleteTableVersion", "BatchDeleteTableVersion")
def test_old_ones_are_deleted(glue: Any, third: dict[str, str]) -> None:
    glue.delete_table_version(**third, VersionId="1")
    refused(glue.delete_table_version, "EntityNotFoundException", **third, VersionId="1")
    refused(glue.delete_table_version, "InvalidInputException", **third, VersionId="2")
    errors = glue.batch_delete_table_version(**third, VersionIds=["0", "2", "5"])["Errors"]
    assert [(each["VersionId"], each["ErrorDetail"]["ErrorCode"]) for each in errors] == [
        ("2", "InvalidInputException"), ("5", "EntityNotFoundException"),
    ]  # fmt: skip
    assert [each["VersionId"] for each in glue.get_table_versions(**third)["TableVersions"]] == ["2"]
