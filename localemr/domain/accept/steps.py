"""Steps in requests of RunJobFlow and AddJobFlowSteps. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from localemr.domain.model import ids
from localemr.domain.model.errors import EmrError, ValidationException
from localemr.domain.model.records import Cluster
from localemr.domain.model.steps import Step, StepSpec, StepStatus

MAX_ACTIVE_STEPS = 256
MAX_JAR_STEP_CHARACTERS = 10240
MAX_STEP_CONCURRENCY = 256

_LOG_URI = re.compile(r"s3[na]?://([A-Za-z0-9][A-Za-z0-9._-]{1,61}[A-Za-z0-9])(?:/(.*))?", re.DOTALL)

DEFAULT_ACTION = "TERMINATE_CLUSTER"


def accept_steps(
    requests: Sequence[Mapping[str, Any]], cluster: Cluster, *, steps: int, active: int, now: float, role: str | None
) -> tuple[Step, ...]:
    """The new steps of a cluster that has had `steps` steps so far, of which `active` have not ended.

    Raises ValidationException: too many active steps, an action on failure that step concurrency forbids, too long
    a HadoopJarStep.
    """
    if active + len(requests) > MAX_ACTIVE_STEPS:
        raise ValidationException(
            "Maximum number of active steps(State = 'Running', 'Pending' or 'Cancel_Pending') for cluster exceeded."
        )
    specs = [_spec(request, role) for request in requests]
    for spec in specs:
        if cluster.spec.step_concurrency > 1 and spec.action_on_failure != "CONTINUE":
            raise ValidationException(f"Action on failure '{spec.action_on_failure}' is invalid.")
    return tuple(
        Step(ids.step_id(cluster.id, number), cluster.id, number, now, spec, StepStatus())
        for number, spec in enumerate(specs, steps + 1)
    )


def read_step_concurrency(level: int, error: type[EmrError]) -> int:
    """The StepConcurrencyLevel, or `error` with EMR's text for one out of range."""
    if not 1 <= level <= MAX_STEP_CONCURRENCY:
        raise error(f"Invalid step concurrency level. Allowed level is from 1 to {MAX_STEP_CONCURRENCY}")
    return level


def read_log_uri(uri: str | None) -> str | None:
    """`s3://bucket/prefix/`, with exactly one slash at the end, from a URI in any of EMR's three schemes. Raises
    ValidationException."""
    if uri is None:
        return None
    match = _LOG_URI.fullmatch(uri)
    if match is None:
        raise ValidationException(f"The supplied LogUri is invalid: {uri}. It must have the form s3://bucket/prefix/.")
    prefix = (match[2] or "").strip("/")
    return f"s3://{match[1]}/{prefix}/" if prefix else f"s3://{match[1]}/"


def _spec(request: Mapping[str, Any], role: str | None) -> StepSpec:
    jar = request["HadoopJarStep"]
    monitoring = request.get("StepMonitoringConfiguration", {}).get("S3MonitoringConfiguration", {})
    spec = StepSpec(
        name=request["Name"],
        jar=jar["Jar"],
        args=tuple(jar.get("Args", ())),
        main_class=jar.get("MainClass"),
        # The request has a list of pairs, EMR's answers have a map.
        properties={pair.get("Key", ""): pair.get("Value", "") for pair in jar.get("Properties", ())},
        action_on_failure=request.get("ActionOnFailure", DEFAULT_ACTION),
        execution_role=role,
        log_uri=read_log_uri(monitoring.get("LogUri")),
        log_key=monitoring.get("EncryptionKeyArn"),
    )
    if not spec.jar.strip():
        raise ValidationException(f"The step '{spec.name}' has no jar.")
    texts = (spec.jar, spec.main_class or "", *spec.args, *spec.properties, *spec.properties.values())
    if sum(map(len, texts)) > MAX_JAR_STEP_CHARACTERS:
        raise ValidationException(
            f"The strings of HadoopJarStep in step '{spec.name}' exceed {MAX_JAR_STEP_CHARACTERS} characters in total."
        )
    return spec
