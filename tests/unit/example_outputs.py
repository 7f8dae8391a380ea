"""What the steps of each example would write if they were right, made from what its check expects; and errors in it."""

from __future__ import annotations

import csv
import importlib.util
import io
import json
import math
from collections.abc import Callable, Iterable
from pathlib import Path
from types import ModuleType
from typing import Any

from localemr.demo.example import FOLDER

Files = dict[str, str]
"""Path below the output → text."""


def check_of(name: str) -> ModuleType:
    """The module `check.py` of an example."""
    specification = importlib.util.spec_from_file_location(f"check_{name}", FOLDER / name / "check.py")
    assert specification is not None and specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


def as_csv(rows: Iterable[Iterable[Any]]) -> str:
    """Rows as CSV."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()


def data_analytics(check: Any, data: Path) -> Files:
    """Three engines with the same rows, one with quotation marks."""
    rows = [(*key, *values) for key, values in check.ranked(check.by_python(data)).items()]
    quoted = "".join(",".join(f'"{value}"' for value in row) + "\n" for row in rows)
    files = {
        "spark/part-00000": as_csv(rows[:50]),
        "spark/part-00001": as_csv(rows[50:]),
        "hive/000000_0": as_csv(rows),
    }
    return files | {"presto/report.csv": quoted}


def machine_learning(check: Any, data: Path) -> Files:
    """Scores of a model of another program."""
    score = check.by_newton(*check.customers(data / "train.csv"))
    features, labels = check.customers(data / "test.csv")
    chances = [1 / (1 + math.exp(-each)) for each in score(features)]
    auc = check.area(chances, labels)
    rows = [("id", "left", "score"), *zip(range(len(labels)), labels, chances, strict=True)]
    return {
        "scores/part-00000.csv": as_csv(rows),
        "training/part-00000.txt": json.dumps({"auc": {"0.1": auc}}),
        "evaluation/part-00000.txt": json.dumps({"auc": auc}),
    }


def log_analysis(check: Any, data: Path) -> Files:
    """Sums by key, separated by tabs."""
    lines = ["\t".join(map(str, (key, *numbers))) for key, numbers in check.expected(data).items()]
    text = "".join(f"{line}\n" for line in lines)
    return {"mapreduce/part-00000": text, "spark/part-00000": text}


def etl(check: Any, data: Path) -> Files:
    """Sums of the table, rejected lines, and no broken rule."""
    sums, wrong = check.expected(data)
    rows = [("day", "country", "currency", "orders", "amount"), *((*key, *value) for key, value in sums.items())]
    files = {"report/sums/part-0.csv": as_csv(rows), "report/checks/part-0.txt": json.dumps({"no value is missing": 0})}
    for (day, reason), number in wrong.items():
        path = f"rejected/day={day}/part-0.json"
        files[path] = files.get(path, "") + f"{json.dumps({'wrong': reason})}\n" * number
    return files


OUTPUTS: dict[str, Callable[[Any, Path], Files]] = {
    "data-analytics": data_analytics,
    "machine-learning": machine_learning,
    "log-analysis": log_analysis,
    "etl": etl,
}
"""Example → what its steps write."""


def without_last_line(text: str) -> str:
    """One line less."""
    return "".join(text.splitlines(keepends=True)[:-1])


ERRORS: dict[str, dict[str, Callable[[str], str]]] = {
    "data-analytics": {
        "spark/part-00001": without_last_line,
        "hive/000000_0": lambda text: text.replace(".1", ".2", 1),
        "presto/report.csv": without_last_line,
    },
    "machine-learning": {
        "scores/part-00000.csv": without_last_line,
        "evaluation/part-00000.txt": lambda text: text.replace("0.", "0.0"),
        "training/part-00000.txt": lambda text: json.dumps({"auc": {"0.1": 0.5}}),
    },
    "log-analysis": {
        "mapreduce/part-00000": without_last_line,
        "spark/part-00000": lambda text: text.replace("malformed\t2", "malformed\t3"),
    },
    "etl": {
        "report/sums/part-0.csv": without_last_line,
        "rejected/day=2026-03-02/part-0.json": without_last_line,
        "report/checks/part-0.txt": lambda text: text.replace("0", "1"),
    },
}
"""Example → file of its output → how a wrong job would have written it."""
