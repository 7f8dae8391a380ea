"""Glue's documents ↔ the metastore's structs.

Members without a counterpart in Hive are stored as JSON in an additional parameter (REST), which the API does not show.
Objects made by Spark and Hive do not have it. It also records which of the parameters that Hive adds were set by the
user.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import orjson

from localemr.glue.catalog import UNSET, Document
from localemr.glue.hive.client import idl
from localemr.glue.versions import VERSION

REST = "localemr.glue"
EXTERNAL = "EXTERNAL_TABLE"
CHANGED = "transient_lastDdlTime"
OF_HIVE = frozenset(
    ["EXTERNAL", CHANGED, "totalSize", "numFiles", "numRows", "rawDataSize", "COLUMN_STATS_ACCURATE",
     "numFilesErasureCoded", "bucketing_version"]
)  # fmt: skip
"""Parameters that Hive adds."""

_TABLE_REST = ("Description", "LastAccessTime", "LastAnalyzedTime", "CreatedBy", "PartitionIndexes", VERSION)
_PARTITION_REST = ("LastAccessTime", "LastAnalyzedTime")
_STORAGE_REST = ("AdditionalLocations", "SchemaReference", "SkewedInfo")
_DATABASE_REST = ("CreateTime", "CreateTableDefaultPermissions", UNSET)


# ---- parameters


def _with_rest(document: Document, rest: Mapping[str, Any]) -> dict[str, str]:
    given = dict(document.get("Parameters", {}))
    return given | {REST: orjson.dumps({**rest, "given": sorted(OF_HIVE & given.keys())}).decode()}


def _without_rest(parameters: Mapping[str, str] | None) -> tuple[dict[str, str], dict[str, Any]]:
    """The visible parameters, and the members stored in REST (empty for objects that were not made through Glue)."""
    shown = dict(parameters or {})
    text = shown.pop(REST, None)
    if text is None:
        return shown, {}
    rest = orjson.loads(text)
    for name in OF_HIVE.difference(rest.get("given", [])):
        shown.pop(name, None)
    return shown, rest


def _some(document: Mapping[str, Any], members: Iterable[str]) -> dict[str, Any]:
    return {member: document[member] for member in members if member in document}


def _present(**members: Any) -> dict[str, Any]:
    return {member: value for member, value in members.items() if value not in (None, "", [], {})}


# ---- databases


def to_database(document: Document, old: str | None = None) -> Any:
    """A metastore's Database. The metastore cannot remove the `old` description, so it is then marked as hidden."""
    rest = _some(document, _DATABASE_REST)
    if old and "Description" not in document:
        rest["gone"] = old
    return idl().Database(
        name=document["Name"],
        description=document.get("Description"),
        locationUri=document.get("LocationUri"),
        parameters=_with_rest(document, rest),
    )


def from_database(database: Any) -> dict[str, Any]:
    """Glue's Database."""
    parameters, rest = _without_rest(database.parameters)
    description = None if database.description == rest.get("gone") else database.description
    found = _present(Description=description, LocationUri=database.locationUri, Parameters=parameters)
    return {"Name": database.name, **found, **_some(rest, _DATABASE_REST)}


# ---- tables


def to_table(document: Document) -> Any:
    """A metastore's Table."""
    storage = document.get("StorageDescriptor", {})
    kind = document.get("TableType") or EXTERNAL
    rest = _some(document, _TABLE_REST) | _storage_rest(storage)
    rest |= {"keys": _column_parameters(document.get("PartitionKeys", []))}
    if "TableType" not in document:
        rest["untyped"] = True
    parameters = _with_rest(document, rest)
    if kind == EXTERNAL:
        parameters.setdefault("EXTERNAL", "TRUE")
    return idl().Table(
        tableName=document["Name"],
        dbName=document["DatabaseName"],
        owner=document.get("Owner"),
        retention=document.get("Retention", 0),
        createTime=0,
        lastAccessTime=0,
        sd=_to_storage(storage),
        partitionKeys=_to_columns(document.get("PartitionKeys", [])),
        parameters=parameters,
        viewOriginalText=document.get("ViewOriginalText"),
        viewExpandedText=document.get("ViewExpandedText"),
        tableType=kind,
    )


def from_table(table: Any) -> dict[str, Any]:
    """Glue's Table."""
    parameters, rest = _without_rest(table.parameters)
    changed = (table.parameters or {}).get(CHANGED, "")
    return {
        "DatabaseName": table.dbName,
        "Name": table.tableName,
        "CreateTime": float(table.createTime),
        "UpdateTime": float(changed) if changed.isdigit() else float(table.createTime),
        "Retention": table.retention or 0,
        "PartitionKeys": _from_columns(table.partitionKeys, rest.get("keys", {})),
        "Parameters": parameters,
        "StorageDescriptor": _from_storage(table.sd, rest),
        **_present(
            Owner=table.owner,
            ViewOriginalText=table.viewOriginalText,
            ViewExpandedText=table.viewExpandedText,
            TableType="" if rest.get("untyped") else table.tableType,
            LastAccessTime=float(table.lastAccessTime or 0) or None,
        ),
        **_some(rest, _TABLE_REST),
    }


# ---- partitions


def to_partition(database: str, table: str, document: Document) -> Any:
    """A metastore's Partition."""
    storage = document.get("StorageDescriptor", {})
    return idl().Partition(
        values=list(document["Values"]),
        dbName=database,
        tableName=table,
        createTime=0,
        lastAccessTime=0,
        sd=_to_storage(storage),
        parameters=_with_rest(document, _some(document, _PARTITION_REST) | _storage_rest(storage)),
    )


def from_partition(partition: Any) -> dict[str, Any]:
    """Glue's Partition."""
    parameters, rest = _without_rest(partition.parameters)
    return {
        "Values": list(partition.values),
        "CreationTime": float(partition.createTime),
        "Parameters": parameters,
        "StorageDescriptor": _from_storage(partition.sd, rest),
        **_present(LastAccessTime=float(partition.lastAccessTime or 0) or None),
        **_some(rest, _PARTITION_REST),
    }


# ---- storage


def _storage_rest(storage: Mapping[str, Any]) -> dict[str, Any]:
    return _present(storage=_some(storage, _STORAGE_REST), columns=_column_parameters(storage.get("Columns", [])))


def _column_parameters(columns: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    return {column["Name"]: column["Parameters"] for column in columns if column.get("Parameters")}


def _to_columns(columns: Iterable[Mapping[str, Any]]) -> list[Any]:
    return [
        idl().FieldSchema(name=each["Name"], type=each.get("Type") or "string", comment=each.get("Comment"))
        for each in columns
    ]


def _from_columns(columns: Iterable[Any] | None, parameters: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [
        {
            "Name": each.name,
            "Type": each.type,
            **_present(Comment=each.comment, Parameters=parameters.get(each.name)),
        }
        for each in columns or ()
    ]


def _to_storage(storage: Mapping[str, Any]) -> Any:
    serde = storage.get("SerdeInfo", {})
    return idl().StorageDescriptor(
        cols=_to_columns(storage.get("Columns", [])),
        location=storage.get("Location"),
        inputFormat=storage.get("InputFormat"),
        outputFormat=storage.get("OutputFormat"),
        compressed=storage.get("Compressed", False),
        numBuckets=storage.get("NumberOfBuckets", 0),
        serdeInfo=idl().SerDeInfo(
            name=serde.get("Name"),
            serializationLib=serde.get("SerializationLibrary"),
            parameters=dict(serde.get("Parameters", {})),
        ),
        bucketCols=list(storage.get("BucketColumns", [])),
        sortCols=[
            idl().Order(col=each["Column"], order=each["SortOrder"]) for each in storage.get("SortColumns", [])
        ],
        parameters=dict(storage.get("Parameters", {})),
        storedAsSubDirectories=storage.get("StoredAsSubDirectories", False),
    )  # fmt: skip


def _from_storage(storage: Any, rest: Mapping[str, Any]) -> dict[str, Any]:
    if storage is None:
        return {}
    serde = storage.serdeInfo
    return {
        "Columns": _from_columns(storage.cols, rest.get("columns", {})),
        "Compressed": bool(storage.compressed),
        "NumberOfBuckets": storage.numBuckets or 0,
        "StoredAsSubDirectories": bool(storage.storedAsSubDirectories),
        **_present(
            Location=storage.location,
            InputFormat=storage.inputFormat,
            OutputFormat=storage.outputFormat,
            SerdeInfo=serde
            and _present(Name=serde.name, SerializationLibrary=serde.serializationLib, Parameters=serde.parameters),
            BucketColumns=list(storage.bucketCols or ()),
            SortColumns=[{"Column": each.col, "SortOrder": each.order} for each in storage.sortCols or ()],
            Parameters=storage.parameters,
        ),
        **rest.get("storage", {}),
    }


# ---- functions


def to_function(document: Document) -> Any:
    """A metastore's Function."""
    found = idl()
    return found.Function(
        functionName=document["FunctionName"],
        dbName=document["DatabaseName"],
        className=document["ClassName"],
        ownerName=document.get("OwnerName"),
        ownerType=found.PrincipalType._NAMES_TO_VALUES[document.get("OwnerType", "USER")],
        createTime=0,
        functionType=found.FunctionType.JAVA,
        resourceUris=[
            found.ResourceUri(
                resourceType=found.ResourceType._NAMES_TO_VALUES[each.get("ResourceType", "JAR")], uri=each.get("Uri")
            )
            for each in document.get("ResourceUris", [])
        ],
    )


def from_function(function: Any) -> dict[str, Any]:
    """Glue's UserDefinedFunction."""
    found = idl()
    return {
        "FunctionName": function.functionName,
        "DatabaseName": function.dbName,
        "CreateTime": float(function.createTime),
        "OwnerType": found.PrincipalType._VALUES_TO_NAMES.get(function.ownerType, "USER"),
        "ResourceUris": [
            {"ResourceType": found.ResourceType._VALUES_TO_NAMES[each.resourceType], "Uri": each.uri}
            for each in function.resourceUris or ()
        ],
        **_present(ClassName=function.className, OwnerName=function.ownerName),
    }
