"""What tests of Glue put into the catalog, and how they look at errors."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4

import pytest
from botocore.exceptions import ClientError

PLACE = "s3://localemr-catalog/tests"
PARQUET = {
    "InputFormat": "org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat",
    "OutputFormat": "org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat",
    "SerdeInfo": {
        "SerializationLibrary": "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe",
        "Parameters": {"serialization.format": "1"},
    },
}


def new_database(glue: Any) -> Iterator[str]:
    """The name of a database that is there for a while."""
    name = f"db_{uuid4().hex[:12]}"
    glue.create_database(DatabaseInput={"Name": name})
    yield name
    if any(each["Name"] == name for each in glue.get_databases()["DatabaseList"]):
        glue.delete_database(Name=name)


def storage(location: str, **columns: str) -> dict[str, Any]:
    """A StorageDescriptor of Parquet."""
    shown = [{"Name": name, "Type": kind} for name, kind in columns.items()]
    return {"Columns": shown, "Location": f"{PLACE}/{location}", **PARQUET}


def table(name: str, keys: dict[str, str] | None = None, **more: Any) -> dict[str, Any]:
    """A TableInput of an external table with two columns, partitioned by `keys` (name → type)."""
    return {
        "Name": name,
        "TableType": "EXTERNAL_TABLE",
        "StorageDescriptor": storage(name, id="bigint", word="string"),
        "PartitionKeys": [{"Name": key, "Type": kind} for key, kind in (keys or {}).items()],
        "Parameters": {"classification": "parquet"},
        **more,
    }


def partition(*values: str, **more: Any) -> dict[str, Any]:
    """A PartitionInput."""
    return {"Values": list(values), "StorageDescriptor": storage("p/" + "/".join(values), id="bigint"), **more}


def holds(found: Any, requested: Any) -> bool:
    """Whether all that was requested is there; more may be."""
    if isinstance(requested, dict):
        return isinstance(found, dict) and all(holds(found.get(name), value) for name, value in requested.items())
    if isinstance(requested, list):
        return isinstance(found, list) and len(found) == len(requested) and all(map(holds, found, requested))
    return bool(found == requested)


def refused(call: Callable[..., Any], error: str, **request: Any) -> str:
    """The message of the error that the call is answered with."""
    with pytest.raises(ClientError) as raised:
        call(**request)
    found = raised.value.response
    assert found["Error"]["Code"] == error, found
    assert found["ResponseMetadata"]["HTTPStatusCode"] == 400
    return str(found["Error"]["Message"])
