"""Contributions to Spark's class path."""

from __future__ import annotations

from collections.abc import Callable

from localemr.domain.model.application import Appended, Contribution, Facts


def on_class_path(*jars: str) -> Callable[[Facts], Contribution]:
    """Of spark-defaults: these jars for drivers and executors, behind the jar that makes archived class data valid."""
    added = Appended(":".join(jars), ":")
    return lambda facts: {"spark.driver.extraClassPath": added, "spark.executor.extraClassPath": added}
