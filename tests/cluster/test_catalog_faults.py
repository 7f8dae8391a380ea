"""The shared catalog when its parts fail: it says so, comes back, and has lost nothing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.cluster.installation import Installation, wait_for
from tests.contract.glue.tables import new_database, table

DATA = "/var/lib/localemr/catalog/data"


@pytest.fixture
def db(installation: Installation) -> Iterator[str]:
    """A database with a table."""
    for name in new_database(installation.glue):
        installation.glue.create_table(DatabaseName=name, TableInput=table("t"))
        yield name


def container(installation: Installation) -> Any:
    return installation.docker.containers.get(f"localemr-{installation.name}-catalog")


def tables(installation: Installation, database: str) -> list[str]:
    return [each["Name"] for each in installation.glue.get_tables(DatabaseName=database)["TableList"]]


def test_a_killed_container_is_started_by_the_next_call(installation: Installation, db: str) -> None:
    before = tables(installation, db)
    container(installation).kill()
    assert tables(installation, db) == before


def test_a_killed_metastore_comes_back_by_itself(installation: Installation, db: str) -> None:
    before, killed = tables(installation, db), container(installation)
    begun = killed.attrs["State"]["StartedAt"]
    killed.exec_run(["pkill", "-KILL", "--full", "HiveMetaStore"])
    wait_for("another start", lambda: container(installation).attrs["State"]["StartedAt"] != begun)
    assert tables(installation, db) == before


def test_without_its_database_the_catalog_says_so_and_loses_nothing(installation: Installation, db: str) -> None:
    before, ill = tables(installation, db), container(installation)
    ill.exec_run(["bash", "-c", f"mv {DATA} {DATA}.away && pkill -KILL postgres"])
    try:
        with pytest.raises(ClientError) as raised:
            installation.glue.get_tables(DatabaseName=db)
        error = raised.value.response["Error"]
        assert error["Code"] == "InternalServiceException"
        assert "catalog's database" in error["Message"]
    finally:
        ill.exec_run(["mv", f"{DATA}.away", DATA])

    def well() -> list[str]:
        try:
            return tables(installation, db)
        except ClientError:
            return []

    assert wait_for("the tables to be shown again", well) == before


def test_a_bucket_that_is_not_there_is_the_callers_error(installation: Installation, db: str) -> None:
    nowhere = {"Name": "nowhere", "StorageDescriptor": {"Location": "s3://no-such-bucket-here/t"}}
    with pytest.raises(ClientError) as raised:
        installation.glue.create_table(DatabaseName=db, TableInput=nowhere)
    assert raised.value.response["Error"]["Code"] == "InvalidInputException"
    assert "no-such-bucket-here" in raised.value.response["Error"]["Message"]
    assert "nowhere" not in tables(installation, db)
