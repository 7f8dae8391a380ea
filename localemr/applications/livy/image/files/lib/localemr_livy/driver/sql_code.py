"""Executes SQL statements: the rows of the result as JSON, with their schema."""

from __future__ import annotations

import datetime
import decimal
from typing import Any

from localemr_livy.driver.outputs import JSON, failed, ok


class Sql:
    """SQL of a SparkSession."""

    def __init__(self, spark: Any, rows: int) -> None:
        """`rows` is how many rows of a result are shown."""
        self._spark, self._rows = spark, rows

    def run(self, code: str) -> dict[str, Any]:
        """The output of a statement."""
        try:
            result = self._spark.sql(code)
            data = [[plain(value) for value in row] for row in result.take(self._rows)]
            return ok({JSON: {"schema": result.schema.jsonValue(), "data": data}})
        except Exception as error:  # Spark's own, of many kinds
            message, _, trace = str(error).partition("\nJVM stacktrace:")
            return failed("Error", message.strip(), trace.splitlines(keepends=True))

    def complete(self, code: str, cursor: int) -> list[str]:
        """None, as in Livy."""
        return []


def plain(value: Any) -> Any:
    """A value of a row as JSON."""
    if hasattr(value, "asDict"):
        return {name: plain(each) for name, each in value.asDict().items()}
    if isinstance(value, dict):
        return {str(name): plain(each) for name, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(each) for each in value]
    if isinstance(value, decimal.Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, datetime.datetime):
        return value.isoformat()
    if isinstance(value, (bytes, bytearray)):
        return list(value)
    return value if isinstance(value, (str, int, float, bool, type(None))) else str(value)
