"""The tables of docs/operations.md and docs/glue.md, made from the dispatch tables. `make docs` writes them."""

from __future__ import annotations

from collections.abc import Callable
from inspect import getdoc
from pathlib import Path
from typing import Any

from localemr import glue
from localemr.emr import OPERATIONS, Operation

DOCS = Path(__file__).parents[1] / "docs"
PAGE, GLUE_PAGE = DOCS / "operations.md", DOCS / "glue.md"
BEGIN = "<!-- Made by `make docs` from the functions in localemr/emr/: change it there. -->\n"
GLUE_BEGIN = "<!-- Made by `make docs` from the functions in localemr/glue/: change it there. -->\n"
END = "<!-- End of what is made. -->\n"
HEAD = "| operation | class | effect | limits and decisions | shown by |\n| --- | --- | --- | --- | --- |\n"
GLUE_HEAD = "| operation | effect | limits and decisions | shown by |\n| --- | --- | --- | --- |\n"


def told(operation: Operation | glue.Operation) -> tuple[str, str]:
    """Effect and limits of an operation: the first paragraph of its function's docstring, and the others."""
    effect, *limits = (getdoc(operation.function) or "").split("\n\n")
    return _line(effect), _line(" ".join(limits))


def _line(text: str) -> str:
    return " ".join(text.split())


def row(name: str, operation: Operation) -> str:
    """The operation's row of the table."""
    effect, limits = told(operation)
    return f"| `{name}` | {operation.effect} | {effect} | {limits} | `tests/{operation.shown_by}` |\n"


def glue_row(name: str, operation: glue.Operation) -> str:
    """The row of an operation of Glue's."""
    effect, limits = told(operation)
    return f"| `{name}` | {effect} | {limits} | `tests/{operation.shown_by}` |\n"


def with_table(page: str) -> str:
    """The page with the table as it has to be; what stands around it is written by hand."""
    return _filled(page, BEGIN, HEAD, row, OPERATIONS)


def with_glue_table(page: str) -> str:
    """As `with_table`, of docs/glue.md."""
    return _filled(page, GLUE_BEGIN, GLUE_HEAD, glue_row, glue.OPERATIONS)


def _filled(page: str, begin: str, first: str, row: Callable[[str, Any], str], operations: dict[str, Any]) -> str:
    head, _, rest = page.partition(begin)
    tail = rest.partition(END)[2]
    table = first + "".join(row(name, operations[name]) for name in sorted(operations))
    return f"{head}{begin}{table}{END}{tail}"


if __name__ == "__main__":
    PAGE.write_text(with_table(PAGE.read_text()))
    GLUE_PAGE.write_text(with_glue_table(GLUE_PAGE.read_text()))
