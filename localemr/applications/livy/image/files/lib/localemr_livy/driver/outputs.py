"""The outputs of statements, in the form of Livy's API."""

from __future__ import annotations

import traceback
from types import TracebackType
from typing import Any

TEXT, JSON, TABLE, PNG = "text/plain", "application/json", "application/vnd.livy.table.v1+json", "image/png"
CODE = "<stdin>"
"""The name of the file that statements seem to come from."""


def ok(data: dict[str, Any]) -> dict[str, Any]:
    """The output of code that succeeded: values by their MIME type."""
    return {"status": "ok", "data": data}


def failed(name: str, value: str, trace: list[str] | None = None) -> dict[str, Any]:
    """The output of code that failed."""
    return {"status": "error", "ename": name, "evalue": value, "traceback": trace or []}


def raised(error: BaseException) -> dict[str, Any]:
    """The output of Python code that raised an exception. Its stack trace begins with the statement."""
    trace = error.__traceback__
    while trace is not None and trace.tb_frame.f_code.co_filename != CODE:
        trace = trace.tb_next
    return failed(type(error).__name__, str(error), _lines(error, trace))


def _lines(error: BaseException, trace: TracebackType | None) -> list[str]:
    return traceback.format_exception(type(error), error, trace, chain=False)
