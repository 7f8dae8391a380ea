"""Executes Python statements, as Livy does: the last expression is shown, lines with `%` are magics."""

from __future__ import annotations

import ast
import base64
import builtins
import io
import re
import rlcompleter
import types
from collections.abc import Callable, Mapping
from contextlib import redirect_stderr, redirect_stdout
from typing import Any

from localemr_livy.driver.outputs import CODE, JSON, PNG, TEXT, failed, ok, raised
from localemr_livy.driver.tables import table


class Python:
    """A name space in which statements run, one after the other."""

    def __init__(self, names: Mapping[str, Any]) -> None:
        """`names` are defined from the start."""
        self.module = types.ModuleType("__main__")
        self._names = self.module.__dict__
        self._names.update({"__builtins__": builtins, **names})
        self._magics: dict[str, Callable[[Any], dict[str, Any]]] = {"table": table, "json": _json, "matplot": _plot}

    def run(self, code: str) -> dict[str, Any]:
        """The output of a statement."""
        printed = io.StringIO()
        output: dict[str, Any] = ok({})
        try:
            with redirect_stdout(printed), redirect_stderr(printed):
                for part in parts(code):
                    output = self._magic(part) if isinstance(part, str) else self._execute(part)
                    if output["status"] != "ok":
                        return output
        except BaseException as error:  # a statement's exit or interruption is its error alone
            return raised(error)
        text = (output["data"].get(TEXT, "") + printed.getvalue()).rstrip()
        if text or not output["data"]:
            output["data"][TEXT] = text
        return output

    def _execute(self, tree: ast.Module) -> dict[str, Any]:
        for statement in tree.body[:-1]:
            exec(compile(ast.Module([statement], []), CODE, "exec"), self._names)
        for statement in tree.body[-1:]:
            exec(compile(ast.Interactive([statement]), CODE, "single"), self._names)
        return ok({})

    def _magic(self, line: str) -> dict[str, Any]:
        name, _, rest = line[1:].strip().partition(" ")
        rest = rest.strip()
        if not name:
            return failed("UnknownMagic", "magic command not specified")
        if name not in self._magics:
            return failed("UnknownMagic", f"unknown magic command '{name}'")
        if rest not in self._names:
            return failed("NameError", f"name '{rest}' is not defined")
        return self._magics[name](self._names[rest])

    def complete(self, code: str, cursor: int) -> list[str]:
        """What could stand at this place: names, and attributes of values."""
        begun = re.search(r"[\w.]+$", code[:cursor])
        if begun is None:
            return []
        completer = rlcompleter.Completer(self._names)
        found: list[str] = []
        while (each := completer.complete(begun[0], len(found))) is not None:
            found.append(each)
        return [each.rstrip("(") for each in found]


def parts(code: str) -> list[ast.Module | str]:
    """A statement as Python code and lines with magics. Raises SyntaxError."""
    try:
        return [_parsed(code)]
    except SyntaxError:
        if not any(line.startswith("%") for line in code.splitlines()):
            raise
    found: list[ast.Module | str] = []
    lines: list[str] = []
    for line in [*code.rstrip().splitlines(), "%"]:
        if line.startswith("%"):
            if lines:
                found.append(_parsed("\n".join(lines)))
            found.append(line)
            lines = []
        else:
            lines.append(line)
    return found[:-1]


def _parsed(code: str) -> ast.Module:
    tree = compile(code, CODE, "exec", ast.PyCF_ONLY_AST, dont_inherit=True)
    assert isinstance(tree, ast.Module)
    return tree


def _json(value: Any) -> dict[str, Any]:
    return ok({JSON: value})


def _plot(value: Any) -> dict[str, Any]:
    image = io.BytesIO()
    value.gcf().savefig(image, format="png")
    return ok({PNG: base64.b64encode(image.getvalue()).decode(), TEXT: ""})
