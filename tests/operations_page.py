"""The table of docs/operations.md, made from the dispatch table. `make docs` writes it."""

from __future__ import annotations

from inspect import getdoc
from pathlib import Path

from localemr.operations import OPERATIONS, Operation

PAGE = Path(__file__).parents[1] / "docs" / "operations.md"
BEGIN = "<!-- Made by `make docs` from the functions in localemr/operations/: change it there. -->\n"
END = "<!-- End of what is made. -->\n"
HEAD = "| operation | class | effect | limits and decisions | shown by |\n| --- | --- | --- | --- | --- |\n"


def told(operation: Operation) -> tuple[str, str]:
    """Effect and limits of an operation: the first paragraph of its function's docstring, and the others."""
    effect, *limits = (getdoc(operation.function) or "").split("\n\n")
    return _line(effect), _line(" ".join(limits))


def _line(text: str) -> str:
    return " ".join(text.split())


def row(name: str, operation: Operation) -> str:
    """The operation's row of the table."""
    effect, limits = told(operation)
    return f"| `{name}` | {operation.effect} | {effect} | {limits} | `tests/{operation.shown_by}` |\n"


def with_table(page: str) -> str:
    """The page with the table as it has to be; what stands around it is written by hand."""
    head, _, rest = page.partition(BEGIN)
    tail = rest.partition(END)[2]
    table = HEAD + "".join(row(name, OPERATIONS[name]) for name in sorted(OPERATIONS))
    return f"{head}{BEGIN}{table}{END}{tail}"


if __name__ == "__main__":
    PAGE.write_text(with_table(PAGE.read_text()))
