"""A scenario's cluster as its instances' files are made from it."""

from __future__ import annotations

from localemr.domain.model.application import Application, Facts
from localemr.domain.model.dependencies import installed
from localemr.domain.model.records import Records
from localemr.domain.node.configurations import files
from localemr.domain.node.instance_files import facts_of
from tests.golden import CATALOG, records_of
from tests.golden_scenarios import Scenario


def cluster(scenario: Scenario) -> tuple[Records, list[Application]]:
    """Its records and its applications."""
    return records_of(scenario), installed(scenario.applications, CATALOG.applications)


def facts(scenario: Scenario, instance: int = 1) -> Facts:
    """Of the instance at this place, by default the first worker."""
    records, used = cluster(scenario)
    return facts_of(records, records.instances[min(instance, len(records.instances) - 1)], used, CATALOG)


def properties(classification: str, scenario: Scenario, instance: int = 1) -> dict[str, str]:
    """The defaults of a classification, with the users' own."""
    given = facts(scenario, instance)
    known = {name: each for used in cluster(scenario)[1] for name, each in used.classifications.items()}
    return {**known[classification].defaults(given), **given.requested.get(classification, {})}


def made(folder: str, scenario: Scenario) -> dict[str, str]:
    """The texts of the files in a folder of the first worker."""
    found = files(cluster(scenario)[1], facts(scenario))
    return {path: text for path, text in found.items() if path.startswith(f"{folder}/")}
