"""TPC-H: its tables as tpchgen-cli makes them, and queries in the SQL that DuckDB, Hive and Spark have in common."""

from __future__ import annotations

import math
import shutil
import subprocess
import sysconfig
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from pathlib import Path

import duckdb

SCALE = "0.1"
HERE = Path(__file__).parent
QUERIES: Mapping[str, str] = {file.stem: file.read_text() for file in sorted((HERE / "queries").glob("*.sql"))}
TABLES: Mapping[str, Mapping[str, str]] = {
    "region": {"r_regionkey": "bigint", "r_name": "string", "r_comment": "string"},
    "nation": {"n_nationkey": "bigint", "n_name": "string", "n_regionkey": "bigint", "n_comment": "string"},
    "supplier": {
        "s_suppkey": "bigint",
        "s_name": "string",
        "s_address": "string",
        "s_nationkey": "bigint",
        "s_phone": "string",
        "s_acctbal": "decimal(15,2)",
        "s_comment": "string",
    },
    "customer": {
        "c_custkey": "bigint",
        "c_name": "string",
        "c_address": "string",
        "c_nationkey": "bigint",
        "c_phone": "string",
        "c_acctbal": "decimal(15,2)",
        "c_mktsegment": "string",
        "c_comment": "string",
    },
    "part": {
        "p_partkey": "bigint",
        "p_name": "string",
        "p_mfgr": "string",
        "p_brand": "string",
        "p_type": "string",
        "p_size": "int",
        "p_container": "string",
        "p_retailprice": "decimal(15,2)",
        "p_comment": "string",
    },
    "orders": {
        "o_orderkey": "bigint",
        "o_custkey": "bigint",
        "o_orderstatus": "string",
        "o_totalprice": "decimal(15,2)",
        "o_orderdate": "date",
        "o_orderpriority": "string",
        "o_clerk": "string",
        "o_shippriority": "int",
        "o_comment": "string",
    },
    "lineitem": {
        "l_orderkey": "bigint",
        "l_partkey": "bigint",
        "l_suppkey": "bigint",
        "l_linenumber": "int",
        "l_quantity": "decimal(15,2)",
        "l_extendedprice": "decimal(15,2)",
        "l_discount": "decimal(15,2)",
        "l_tax": "decimal(15,2)",
        "l_returnflag": "string",
        "l_linestatus": "string",
        "l_shipdate": "date",
        "l_commitdate": "date",
        "l_receiptdate": "date",
        "l_shipinstruct": "string",
        "l_shipmode": "string",
        "l_comment": "string",
    },
}
"""Columns of the tables that the queries read; DuckDB, Hive and Spark know these types by these names."""
CLOSE = 1e-9
"""Relative difference of what engines compute in doubles."""
Row = tuple[str, ...]


def generate(directory: Path) -> dict[str, Path]:
    """Files of the tables, fields ended by `|`, by table."""
    program = shutil.which("tpchgen-cli", path=sysconfig.get_path("scripts"))
    assert program, "tpchgen-cli is not installed"
    command = [program, "--scale-factor", SCALE, "--tables", ",".join(TABLES), "--output-dir", str(directory)]
    subprocess.run(command, check=True, capture_output=True)
    return {table: directory / f"{table}.tbl" for table in TABLES}


def expected(files: Mapping[str, Path]) -> dict[str, list[Row]]:
    """What DuckDB answers to each query, values as text."""
    with duckdb.connect() as connection:
        for table, columns in TABLES.items():
            types = {**columns, "end_of_line": "string"}
            listed = ", ".join(f"'{name}': '{kind}'" for name, kind in types.items())
            connection.execute(
                f"create table {table} as select * exclude (end_of_line) "
                f"from read_csv('{files[table]}', delim='|', header=false, quote='', columns={{{listed}}})"
            )
        return {
            name: [tuple(map(str, row)) for row in connection.execute(query).fetchall()]
            for name, query in QUERIES.items()
        }


def hive_load(source: str) -> str:
    """HiveQL that makes a table in ORC of each table's text below `source`."""
    statements = []
    for table, columns in TABLES.items():
        listed = ", ".join(f"{name} {kind}" for name, kind in columns.items())
        statements += [
            f"create external table {table}_text ({listed}) row format delimited fields terminated by '|' "
            f"location '{source}/{table}/'",
            f"create table {table} stored as orc as select * from {table}_text",
        ]
    return ";\n".join([*statements, ""])


def hive_queries(target: str) -> str:
    """HiveQL that writes each query's result below `target`, fields separated by `|`."""
    into = "insert overwrite directory '{}/{}/' row format delimited fields terminated by '|'\n{}"
    return ";\n".join([*(into.format(target, name, query) for name, query in QUERIES.items()), ""])


def from_text(lines: str, separator: str = "|") -> list[Row]:
    """Rows of what an engine wrote as text."""
    return [tuple(line.split(separator)) for line in lines.splitlines()]


def same(left: Iterable[Row], right: Iterable[Row]) -> bool:
    """Whether these are the same rows, in any order; numbers may be written in different ways."""
    ones, others = (sorted(tuple(map(_value, row)) for row in rows) for rows in (left, right))
    return len(ones) == len(others) and all(map(_same_row, ones, others))


def _same_row(left: Sequence[str | float], right: Sequence[str | float]) -> bool:
    return len(left) == len(right) and all(map(_same_value, left, right))


def _same_value(left: str | float, right: str | float) -> bool:
    if isinstance(left, str) or isinstance(right, str):
        return left == right
    return math.isclose(left, right, rel_tol=CLOSE)


def _value(text: str) -> str | float:
    try:
        return float(Decimal(text))
    except ArithmeticError:
        return text
