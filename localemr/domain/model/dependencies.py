"""Which applications a cluster has: those that it requested, what they need, and what its configurations switch on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from localemr.domain.model.application import Application, Properties

BASE = "Hadoop"
"""EMR installs it below all others."""


def with_dependencies(names: Iterable[str], known: Mapping[str, Application]) -> list[Application]:
    """The applications and their dependencies, without duplicates, dependencies first. Unknown names are omitted."""
    found: dict[str, Application] = {}
    requested = list(names)

    def add(name: str) -> None:
        if name in known and name not in found:
            for other in known[name].needs:
                add(other)
            found[name] = known[name] if name in requested else known[name].as_dependency()

    for name in requested:
        add(name)
    return list(found.values())


def installed(names: Iterable[str], known: Mapping[str, Application]) -> list[Application]:
    """The applications of a cluster for which these were requested: Hadoop too, which EMR installs below all others,
    and what every cluster has."""
    everywhere = [each.name for each in known.values() if each.everywhere]
    return with_dependencies((BASE, *names, *everywhere), known)


def switched_on(
    names: Iterable[str], requested: Mapping[str, Properties], known: Mapping[str, Application]
) -> tuple[str, ...]:
    """The applications that the properties by classification add to these."""
    there = {each.name for each in installed(names, known)}
    on = [each for each in known.values() if each.switch and each.switch.value(requested) == "true"]
    return tuple(each.name for each in on if each.name not in there and {*each.needs} <= there)
