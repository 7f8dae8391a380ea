"""The tables of docs/operations.md, docs/glue.md, docs/cloudwatch.md and docs/events.md, made from the services'
operations. `make docs` writes them.

The test that shows an operation is marked with `@pytest.mark.shows(service, operation, …)`.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping
from functools import cache, partial
from inspect import getdoc
from pathlib import Path

from localemr import cloudwatch, emr, events, glue
from localemr.aws.registry import Operation

TESTS = Path(__file__).parent
DOCS = TESTS.parent / "docs"
PAGE = DOCS / "operations.md"
SERVICES: Mapping[str, Mapping[str, Operation]] = {
    "glue": glue.OPERATIONS, "cloudwatch": cloudwatch.OPERATIONS, "events": events.OPERATIONS,
}  # fmt: skip
"""Services beside EMR that have a page, docs/<service>.md, with a table of their operations."""
BEGIN = "<!-- Made by `make docs` from the functions in localemr/emr/: change it there. -->\n"
SERVICE_BEGIN = "<!-- Made by `make docs` from the functions in localemr/{service}/: change it there. -->\n"
END = "<!-- End of what is made. -->\n"
HEAD = "| operation | class | effect | limits and decisions | shown by |\n| --- | --- | --- | --- | --- |\n"
SERVICE_HEAD = "| operation | effect | limits and decisions | shown by |\n| --- | --- | --- | --- |\n"


@cache
def shown_by() -> Mapping[tuple[str, str], tuple[str, ...]]:
    """(Service, operation) → the tests that are marked for it, as pytest names them."""
    found: dict[tuple[str, str], tuple[str, ...]] = {}
    for path in sorted(TESTS.rglob("test_*.py")):
        for node in ast.parse(path.read_text()).body:
            if isinstance(node, ast.FunctionDef):
                for key in _marks(node):
                    found[key] = (*found.get(key, ()), f"tests/{path.relative_to(TESTS).as_posix()}::{node.name}")
    return found


def _marks(test: ast.FunctionDef) -> Iterator[tuple[str, str]]:
    for each in test.decorator_list:
        if isinstance(each, ast.Call) and ast.unparse(each.func) == "pytest.mark.shows":
            service, *operations = map(ast.literal_eval, each.args)
            yield from ((service, operation) for operation in operations)


def described(operation: Operation) -> tuple[str, str]:
    """Effect and limits of an operation: the first paragraph of its function's docstring, and the others."""
    effect, *limits = (getdoc(operation.function) or "").split("\n\n")
    return _line(effect), _line(" ".join(limits))


def _line(text: str) -> str:
    return " ".join(text.split())


def row(name: str, operation: Operation) -> str:
    """The operation's row of the table."""
    effect, limits = described(operation)
    return f"| `{name}` | {operation.effect} | {effect} | {limits} | {_tests('emr', name)} |\n"


def service_row(service: str, name: str, operation: Operation) -> str:
    """The row of an operation of a service beside EMR."""
    effect, limits = described(operation)
    return f"| `{name}` | {effect} | {limits} | {_tests(service, name)} |\n"


def service_page(service: str) -> Path:
    """The page of a service beside EMR."""
    return DOCS / f"{service}.md"


def _tests(service: str, operation: str) -> str:
    return ", ".join(f"`{each}`" for each in shown_by().get((service, operation), ()))


def with_table(page: str) -> str:
    """The page with the table as it has to be; what stands around it is written by hand."""
    return _filled(page, BEGIN, HEAD, row, emr.OPERATIONS)


def with_service_table(service: str, page: str) -> str:
    """As `with_table`, of the page of a service beside EMR."""
    begin = SERVICE_BEGIN.format(service=service)
    return _filled(page, begin, SERVICE_HEAD, partial(service_row, service), SERVICES[service])


def _filled(
    page: str, begin: str, first: str, row: Callable[[str, Operation], str], operations: Mapping[str, Operation]
) -> str:
    head, _, rest = page.partition(begin)
    tail = rest.partition(END)[2]
    table = first + "".join(row(name, operations[name]) for name in sorted(operations))
    return f"{head}{begin}{table}{END}{tail}"


if __name__ == "__main__":
    PAGE.write_text(with_table(PAGE.read_text()))
    for name in SERVICES:
        service_page(name).write_text(with_service_table(name, service_page(name).read_text()))
