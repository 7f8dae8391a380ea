"""Everything that an instance is given, as text: its files, its environment, its daemons, the cluster's checks.

`python -m tests.golden` writes the texts of all scenarios to tests/unit/golden/, one file for each role of a scenario.
tests/unit/test_golden.py compares. Read the difference before you commit it: it is what clusters will have.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from functools import cache, partial
from pathlib import Path

from localemr.applications import applications
from localemr.domain.accept.groups import new_groups
from localemr.domain.accept.primaries import needed
from localemr.domain.decide.passes import Pass
from localemr.domain.decide.rules.daemons import daemons_of
from localemr.domain.model.application import Application
from localemr.domain.model.catalog import Catalog
from localemr.domain.model.dependencies import switched_on
from localemr.domain.model.groups import GroupSpec
from localemr.domain.model.ids import instance_id
from localemr.domain.model.names import host_name
from localemr.domain.model.observed import Observed
from localemr.domain.model.records import (
    Cluster,
    ClusterSpec,
    ClusterStatus,
    Instance,
    InstanceSpec,
    InstanceStatus,
    Records,
)
from localemr.domain.node.configurations import merge
from localemr.domain.node.instance_files import facts_of, instance_files
from localemr.domain.node.runs import await_run, daemon_run
from localemr.reconcile.instances import instance_spec
from localemr.releases import instance_types, releases
from tests.golden_scenarios import SCENARIOS, Scenario

FOLDER = Path(__file__).parent / "unit" / "golden"
CLUSTER_ID = "j-1GOLDENGOLDEN"
CREATED = 1_700_000_000.0
CATALOG = Catalog(applications(), releases(), instance_types())
ORDERED = ("-env.sh", "hcat-env.sh", "kms-java-home.sh")
"""Files whose lines follow each other; in the others the order of the lines has no meaning, so it is not shown."""
SETTINGS = (".xml", ".conf", ".properties", ".cfg")
REFERENCE = "everything"
"""The scenario whose files are shown whole; others name those that they have in common with the same role of it."""


def records_of(scenario: Scenario) -> Records:
    """The cluster of a scenario with all its instances."""
    spec = ClusterSpec(
        "golden",
        scenario.label,
        scenario.applications,
        log_uri="s3://logs/",
        configurations=scenario.configurations,
        switched=(
            *(needed(scenario.applications, CATALOG.releases[scenario.label], CATALOG) if scenario.masters > 1 else ()),
            *switched_on(scenario.applications, merge(scenario.configurations), CATALOG.applications),
        ),
    )
    counts = {"MASTER": scenario.masters, "CORE": scenario.core, "TASK": scenario.task}
    specs = [
        GroupSpec(role, scenario.instance_type, count, configurations=scenario.group(role))
        for role, count in counts.items()
        if count
    ]
    groups = new_groups(CLUSTER_ID, specs, 1, CREATED)
    made: list[Instance] = []
    for group in groups:
        for _ in range(group.spec.count):
            number = len(made) + 1
            kind, ec2_id = group.spec.instance_type, f"i-{number:017x}"
            instance = InstanceSpec(
                group.id, group.spec.role, kind, number, ec2_id, host_name(f"10.213.0.{9 + number}")
            )
            made.append(Instance(instance_id(CLUSTER_ID, number), CLUSTER_ID, CREATED, instance, InstanceStatus()))
    primaries = tuple(each.spec.host for each in made if each.spec.role == "MASTER") if scenario.masters > 1 else ()
    cluster = Cluster(CLUSTER_ID, CREATED, spec, ClusterStatus(since=CREATED, primaries=primaries))
    return Records(cluster, tuple(groups), tuple(made), ())


def texts(name: str, scenario: Scenario) -> Mapping[str, str]:
    """Name of the file → its text, one for each role of the scenario."""
    records = records_of(scenario)
    reference = {} if name == REFERENCE else _reference()
    work = Pass(records, Observed(), CREATED, CATALOG)
    found = {}
    for role in ("MASTER", "CORE", "TASK"):
        instance = next((each for each in records.instances if each.spec.role == role), None)
        if instance is not None:
            lines = _instance(work, records, instance, reference.get(role, {}))
            found[f"{name}-{role.lower()}.txt"] = "\n".join(lines) + "\n"
    return found


@cache
def _reference() -> Mapping[str, Mapping[str, str]]:
    """Role → the files of its first instance in the reference scenario."""
    records = records_of(SCENARIOS[REFERENCE])
    used = Pass(records, Observed(), CREATED, CATALOG).applications()
    first = {each.spec.role: each for each in reversed(records.instances)}
    return {role: instance_files(records, instance, used, CATALOG) for role, instance in first.items()}


def _instance(work: Pass, records: Records, instance: Instance, known: Mapping[str, str]) -> Iterator[str]:
    used = work.applications()
    facts = partial(facts_of, records, instance, used, CATALOG)
    yield from _container(records, instance, used)
    for daemon in daemons_of(work, instance):
        yield from ("", f"==== daemon {daemon.name}{' (late)' if daemon.late else ''}")
        run = asdict(daemon_run(f"{daemon.name}.1", daemon, facts))
        yield from _json({name: value for name, value in run.items() if value is not None})
        yield f"reads {' '.join(sorted(daemon.reads))}"
        yield f"up {daemon.up}"
    if instance.spec.role == "MASTER":
        checks = [check for application in used for check in application.checks]
        yield from ("", "==== checks")
        primaries = records.cluster.status.primaries
        spec = await_run("ready", checks, records.instances, "us-east-1", primaries).spec or {}
        yield from _json(spec["checks"])
    for path, text in sorted(instance_files(records, instance, used, CATALOG).items()):
        yield from ("", f"==== file {path}")
        lines = _file(path, text)
        same = path in known and lines == _file(path, known[path])
        yield from [f"as in {REFERENCE}-{instance.spec.role.lower()}.txt"] if same else lines


def _container(records: Records, instance: Instance, used: list[Application]) -> Iterator[str]:
    spec = instance_spec(records, instance, used, CATALOG)
    yield "==== container"
    yield f"memory_mb {spec.memory_mb}"
    yield f"cpus {spec.cpus}"
    yield f"ports {' '.join(map(str, sorted(spec.ports)))}"
    yield from (f"env {name}={value}" for name, value in sorted(spec.env.items()))


def _file(path: str, text: str) -> list[str]:
    lines = text.splitlines()
    return sorted(lines) if path.endswith(SETTINGS) and not path.endswith(ORDERED) else lines


def _json(value: object) -> list[str]:
    return json.dumps(value, indent=1, sort_keys=True, default=str).splitlines()


def all_texts() -> Mapping[str, str]:
    """The texts of all scenarios by the names of their files."""
    return {file: text for name, scenario in SCENARIOS.items() for file, text in texts(name, scenario).items()}


def write() -> None:
    """Write all files, and remove those of scenarios that are gone."""
    FOLDER.mkdir(exist_ok=True)
    wanted = all_texts()
    for file in FOLDER.glob("*.txt"):
        if file.name not in wanted:
            file.unlink()
    for name, text in wanted.items():
        (FOLDER / name).write_text(text)


if __name__ == "__main__":
    write()
