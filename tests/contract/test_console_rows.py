"""First rows of a table in the console's catalog, from files of several formats."""

from __future__ import annotations

import gzip
from typing import Any

import boto3
import pytest

from tests.contract.console_visitor import Visitor, has_no_inline_code
from tests.contract.small_s3 import S3
from tests.contract.test_console_uploads import a_parquet, cells

TEXT = "org.apache.hadoop.mapred.TextInputFormat"
SIMPLE = "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe"
CSV = "org.apache.hadoop.hive.serde2.OpenCSVSerde"
JSON = "org.apache.hive.hcatalog.data.JsonSerDe"
PARQUET = "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe"
PARQUET_INPUT = "org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat"
COLUMNS = [{"Name": "id", "Type": "bigint"}, {"Name": "name", "Type": "string"}]


class Catalog:
    """Makes tables, and visits their rows."""

    def __init__(self, visitor: Visitor) -> None:
        self._visitor = visitor
        keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test", "region_name": "us-east-1"}
        self.glue: Any = boto3.client("glue", endpoint_url=str(visitor.client.base_url).rstrip("/"), **keys)
        self.glue.create_database(DatabaseInput={"Name": "sales"})

    def table(self, library: str, input_format: str = TEXT, serde: dict[str, str] | None = None, **more: Any) -> None:
        storage = {"Columns": COLUMNS, "Location": "s3://data/orders", "InputFormat": input_format,
                   "SerdeInfo": {"SerializationLibrary": library, "Parameters": serde or {}}}  # fmt: skip
        self.glue.create_table(DatabaseName="sales", TableInput={"Name": "orders", "StorageDescriptor": storage} | more)

    def page(self) -> Any:
        link = next(each for each in self._visitor.get("/console/catalog/sales/orders").links() if "/rows" in each)
        page = self._visitor.get(link)
        assert has_no_inline_code(page)
        return page

    def close(self) -> None:
        self.glue.close()


@pytest.fixture
def catalog(s3_visitor: Visitor) -> Any:
    found = Catalog(s3_visitor)
    yield found
    found.close()


FORMATS: dict[str, tuple[str, dict[str, str], bytes, list[str]]] = {
    "lazy": (SIMPLE, {}, b"1\x01a, <b>\n2\x01\\N\n", ["1", "a, &lt;b&gt;", "2", ""]),
    "tabs": (SIMPLE, {"field.delim": "\\t", "skip.header.line.count": "1"}, b"id\tname\n1\ta\r\n", ["1", "a"]),
    "few": (SIMPLE, {"field.delim": ","}, b"1\n2,b,more\n", ["1", "", "2", "b"]),
    "csv": (CSV, {"separatorChar": ";", "quoteChar": "'"}, b"1;'a;b'\n", ["1", "a;b"]),
    "json": (JSON, {}, b'{"ID": 1, "name": ["x"]}\n{"id": null}\n[1]\nno\n',
             ["1", "[&#34;x&#34;]", "", "", "", "", "no", ""]),
}  # fmt: skip


@pytest.mark.parametrize("name", FORMATS)
def test_rows_of_texts(catalog: Catalog, s3: S3, name: str) -> None:
    library, options, content, shown = FORMATS[name]
    s3.objects |= {"data/orders/_SUCCESS": b"x", "data/orders/.hidden/a": b"x", "data/orders/empty": b"",
                   "data/orders/part-0": content, "data/orders/part-1": b"never"}  # fmt: skip
    catalog.table(library, serde=options)
    page = catalog.page()
    assert (cells(page, "th"), cells(page)) == (["id", "name"], shown)
    assert "/console/s3/data/object?key=orders/part-0" in page.links()


def test_rows_of_a_partition(catalog: Catalog, s3: S3) -> None:
    keys = [{"Name": "day", "Type": "string"}]
    catalog.table(SIMPLE, PartitionKeys=keys)
    assert "The table has no partitions yet." in catalog.page().text
    storage = {"Columns": COLUMNS, "Location": "s3://data/elsewhere/day=1/", "InputFormat": TEXT,
               "SerdeInfo": {"SerializationLibrary": SIMPLE, "Parameters": {"field.delim": ","}}}  # fmt: skip
    part = {"Values": ["1 <i>"], "StorageDescriptor": storage}
    catalog.glue.create_partition(DatabaseName="sales", TableName="orders", PartitionInput=part)
    s3.objects["data/elsewhere/day=1/deep/x.gz"] = gzip.compress(b"5,five\n")
    page = catalog.page()
    assert (cells(page, "th"), cells(page)) == (["id", "name", "day"], ["5", "five", "1 &lt;i&gt;"])


def test_rows_of_parquet_are_found_by_name(catalog: Catalog, s3: S3) -> None:
    s3.objects["data/orders/part-0.parquet"] = a_parquet(Name=["x", None], other=[1, 2])
    catalog.table(PARQUET, PARQUET_INPUT)
    page = catalog.page()
    assert (cells(page, "th"), cells(page)) == (["id", "name"], ["", "x", "", ""])


@pytest.mark.parametrize(
    ("library", "given", "content", "text"),
    [(SIMPLE, {}, None, "No file with rows was found."), (SIMPLE, {}, b"\0\1", "The file is no text."),
     ("org.apache.hadoop.hive.ql.io.orc.OrcSerde", {}, b"ORC", "Files of OrcSerde"),
     (SIMPLE, {"Parameters": {"table_type": "ICEBERG"}}, b"x", "Rows of tables of ICEBERG are not shown."),
     (SIMPLE, {"Parameters": {"field.delim": "||"}}, b"x", "with the delimiter"),
     (PARQUET, {}, b"x", "The file cannot be read")],
)  # fmt: skip
def test_rows_that_are_not_shown(
    catalog: Catalog, s3: S3, library: str, given: dict[str, Any], content: bytes | None, text: str
) -> None:
    s3.objects |= {"data/orders/part-0": content} if content is not None else {"data/other": b"x"}
    catalog.table(library, **given)
    page = catalog.page()
    assert (page.status, text in page.text, cells(page)) == (200, True, [])


def test_many_rows_are_bounded(catalog: Catalog, s3: S3) -> None:
    s3.objects["data/orders/part-0"] = b"1,a\n" * 100_000
    catalog.table(SIMPLE, serde={"field.delim": ","})
    page = catalog.page()
    assert len(cells(page)) == 200 and "The first 100 rows are shown." in page.text
