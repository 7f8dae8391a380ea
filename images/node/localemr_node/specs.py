"""The data that the tools' runs carry, `spec` in a run's file: one schema for the controller and the node.

A class names the fields of one tool's spec; its reader refuses a document that lacks one, has another, or one of
another type. The controller makes plain documents; its tests read each of them with these classes. The annotations are
the schema, read as text, since `typing` would cost each tool milliseconds.
"""

from __future__ import annotations

import json
import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any, TypeVar

    Kind = TypeVar("Kind", bound="Spec")


class SpecError(ValueError):
    """A document is no spec of the tool. The message has the reason."""


def _texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(each, str) for each in value)


def _map_of(value: object, holds: Callable[[object], bool]) -> bool:
    return isinstance(value, dict) and all(isinstance(name, str) and holds(each) for name, each in value.items())


def _is_number(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


TYPES: Mapping[str, Callable[[object], bool]] = {
    "str": lambda value: isinstance(value, str),
    "int": _is_number,
    "float": lambda value: type(value) in (int, float),
    "bool": lambda value: isinstance(value, bool),
    "int | None": lambda value: value is None or _is_number(value),
    "str | None": lambda value: value is None or isinstance(value, str),
    "list[str]": _texts,
    "list[str] | None": lambda value: value is None or _texts(value),
    "dict[str, str]": lambda value: _map_of(value, lambda each: isinstance(each, str)),
    "dict[str, int | None]": lambda value: _map_of(value, lambda each: each is None or _is_number(each)),
    "list[dict[str, object]]": lambda value: isinstance(value, list) and all(isinstance(each, dict) for each in value),
    "object": lambda value: True,
}
"""The types that fields may have, as they are written, and what holds for their values."""


class Spec:
    """A spec with the fields that its class names; those with a value in the class may be absent."""

    def __init__(self, document: object) -> None:
        """Raises SpecError."""
        fields = type(self).__annotations__
        if not isinstance(document, dict):
            raise SpecError(f"{type(self).__name__}: an object is required")
        if unknown := document.keys() - fields.keys():
            raise SpecError(f"{type(self).__name__}: unknown fields: {', '.join(sorted(map(str, unknown)))}")
        for name, kind in fields.items():
            if name not in document and not hasattr(type(self), name):
                raise SpecError(f"{type(self).__name__}: {name} is missing")
            if name in document:
                if not TYPES[kind](document[name]):
                    raise SpecError(f"{type(self).__name__}: {name} is not of the type {kind}")
                setattr(self, name, document[name])


class StepSpec(Spec):
    """A step, for EMR's step runner (`step`). `log_dir` is on the instance, `log_uri` the step's own on S3."""

    id: str
    number: int
    name: str
    jar: str
    main_class: str | None
    args: list[str]
    properties: dict[str, str]
    log_dir: str
    log_uri: str | None


class BootstrapSpec(Spec):
    """A bootstrap action (`bootstrap`); `number` counts from 1."""

    number: int
    name: str
    path: str
    args: list[str]


class CheckSpec(Spec):
    """A check: the JSON document at `path` has, under the dotted `key`, a value that is `equals`, or whose text has all
    of `contains`, or a number of at least `least`. Without a path: something listens at `port`. With `hosts` it holds
    when it holds on one of them."""

    what: str
    port: int
    host: str = "127.0.0.1"
    hosts: list[str] | None = None
    path: str = ""
    key: str = ""
    contains: list[str] | None = None
    equals: object = None
    least: int | None = None


class AwaitSpec(Spec):
    """What must hold before the run ends (`await`): documents of CheckSpec. `within` are seconds of a machine with a
    free processor; on a busy one they last longer."""

    checks: list[dict[str, object]]
    within: float


class ReapSpec(Spec):
    """The cancelled step whose processes and applications must end (`reap`): its run and its number."""

    run: str
    number: int


class DecommissionSpec(Spec):
    """Hosts to be decommissioned (`decommission`), and the one that is waited for (empty: none).

    `leaving` has the seconds that YARN gives each host; None: as configured. `staying` are taken off the lists.
    """

    host: str
    leaving: dict[str, int | None]
    staying: list[str]
    hdfs: bool


class NotebookSpec(Spec):
    """A notebook to be executed (`notebook`) with `command`. `source` and `output` are objects on S3, `parameters` is
    the text of a JSON object (empty: none). With `html` the output is a page."""

    command: str
    source: str
    output: str
    parameters: str
    environment: dict[str, str]
    html: bool


class NoticeSpec(Spec):
    """EC2's interruption notice (`notice`): documents by their paths in the metadata service, and the seconds until the
    instance is taken back."""

    documents: dict[str, str]
    seconds: float


class ShipSpec(Spec):
    """Where logs are sent (`ship`). `log_uri` is the cluster's; None: only steps with their own are sent. With `watch`
    logs are sent as they change, without end; otherwise once."""

    log_uri: str | None
    cluster: str
    instance: str
    watch: bool


TOOLS: Mapping[str, type[Spec]] = {
    "await": AwaitSpec,
    "bootstrap": BootstrapSpec,
    "decommission": DecommissionSpec,
    "notebook": NotebookSpec,
    "notice": NoticeSpec,
    "reap": ReapSpec,
    "ship": ShipSpec,
    "step": StepSpec,
}
"""The spec of each tool in /usr/lib/localemr/bin."""


def load(kind: type[Kind], environ: Mapping[str, str] = os.environ) -> Kind:
    """The spec of this run, from the file that LOCALEMR_SPEC names. Raises SpecError, and OSError."""
    if "LOCALEMR_SPEC" not in environ:
        raise SpecError("LOCALEMR_SPEC is not set: this tool is started as a run with a spec")
    with open(environ["LOCALEMR_SPEC"], encoding="utf-8") as file:
        try:
            document: Any = json.load(file)
        except ValueError as error:
            raise SpecError(f"the spec is not JSON: {error}") from error
    return kind(document)
