"""Targets of rules: which of them can receive events, and what they receive. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

import orjson

from localemr.delivery.calls import LAMBDA, LOGS, SNS, SQS, read_arn
from localemr.delivery.deliveries import AGE, ATTEMPTS

LOG_GROUP = re.compile(
    r"arn:aws[a-z-]*:logs:[^:]*:[^:]*:log-group:/aws/events/([A-Za-z0-9_-][A-Za-z0-9._-]{0,99})(:\*)?"
)
"""The ARN of a log group whose name makes a file name."""
SERVICES = (SQS, SNS, LAMBDA, LOGS)
"""The services of AWS whose resources can be targets."""
FIFO = ".fifo"
"""Ends the names of queues with an order."""
_PLACE = re.compile(r"<([A-Za-z0-9_.-]+)>")


def is_url(arn: str) -> bool:
    """Whether a target is an HTTP endpoint."""
    return arn.lower().startswith(("http://", "https://"))


def log_of(arn: str) -> str | None:
    """The name of the log that a target is. None: it is none."""
    found = LOG_GROUP.fullmatch(arn)
    return found.group(1) if found else None


def is_delivered(arn: str, offers: Callable[[str], bool]) -> bool:
    """Whether a target of this kind receives events; `offers` says which services of AWS there are."""
    place = read_arn(arn)
    return is_url(arn) or log_of(arn) is not None or bool(place and place.service in SERVICES and offers(place.service))


def arn_fault(arn: str, offers: Callable[[str], bool]) -> str | None:
    """Why an ARN can be no target. None: it can."""
    if (place := read_arn(arn)) is None:
        return "Provided Arn is not in correct format."
    if place.service not in SERVICES:
        kinds = ", ".join(SERVICES)
        return f"LocalEMR delivers to HTTP endpoints and to {kinds}, not to {place.service}."
    if not is_delivered(arn, offers):
        return f"There is no endpoint for {place.service} (LOCALEMR_AWS_ENDPOINTS)."
    return None


def queue_fault(target: Mapping[str, Any], offers: Callable[[str], bool]) -> str | None:
    """What a target's queues lack: its own and the one for what is given up. None: nothing."""
    if target["Arn"].endswith(FIFO) and not group_of(target) and ":sqs:" in target["Arn"]:
        return f"Parameter(s) SqsParameters must be specified for target: {target['Id']}."
    letters = dead_letters(target)
    if not letters:
        return None
    place = read_arn(letters)
    if place is None or place.service != SQS or place.resource.endswith(FIFO):
        return f"Parameter {letters} is not valid. Reason: a dead-letter queue is a standard queue of SQS."
    fault = arn_fault(letters, offers)
    return f"Parameter {letters} is not valid. Reason: {fault}" if fault else None


def group_of(target: Mapping[str, Any]) -> str:
    """The MessageGroupId for a FIFO queue; empty for all other targets."""
    return str((target.get("SqsParameters") or {}).get("MessageGroupId", "")) if target["Arn"].endswith(FIFO) else ""


def dead_letters(target: Mapping[str, Any]) -> str:
    """The ARN of the queue for events that are given up. Empty: there is none."""
    return str((target.get("DeadLetterConfig") or {}).get("Arn", ""))


def url_fault(url: str) -> str | None:
    """Why an URL can be no target: events go to this host and its own networks alone. None: it can."""
    try:
        parts = urlsplit(url)
        host, _ = (parts.hostname or "").rstrip("."), parts.port
    except ValueError as error:
        return f"it is no URL: {error}"
    if not host or parts.username is not None or parts.fragment:
        return "it has no host, or a user name or fragment"
    if "." not in host and ":" not in host and not host.isdigit() and not host.startswith("0x"):
        return None
    if host.endswith(".localhost") or host == "host.docker.internal":
        return None
    try:
        address = ip_address(host)
        address = getattr(address, "ipv4_mapped", None) or address
    except ValueError:
        return "its host is neither an address nor a name of this host's own networks"
    if address.is_link_local or address.is_multicast or address.is_unspecified or not address.is_private:
        return "its address is not one of this host or of a private network"
    return None


def retries(target: Mapping[str, Any]) -> tuple[int, float]:
    """How often a delivery is repeated, and the age in seconds at which it is given up."""
    policy = target.get("RetryPolicy") or {}
    return policy.get("MaximumRetryAttempts", ATTEMPTS), policy.get("MaximumEventAgeInSeconds", AGE)


def received(target: Mapping[str, Any], event: str) -> bytes:
    """What a target receives for an event: all of it, a part (InputPath), a constant (Input), or a text of parts
    (InputTransformer)."""
    if "Input" in target:
        return str(target["Input"]).encode()
    if path := target.get("InputPath"):
        return orjson.dumps(at_path(orjson.loads(event), path))
    if transformer := target.get("InputTransformer"):
        document = orjson.loads(event)
        values = {name: at_path(document, path) for name, path in transformer.get("InputPathsMap", {}).items()}
        values |= {"aws.events.event.json": document, "aws.events.event.ingestion-time": document.get("time")}
        return _filled(transformer["InputTemplate"], values).encode()
    return event.encode()


def at_path(document: Any, path: str) -> Any:
    """The value at a path such as `$.detail.state`; None where there is none."""
    for name in re.findall(r"[^.\[\]'\"$]+", path):
        if isinstance(document, list) and name.isdigit() and int(name) < len(document):
            document = document[int(name)]
        else:
            document = document.get(name) if isinstance(document, Mapping) else None
    return document


def _filled(template: str, values: Mapping[str, Any]) -> str:
    """A template with its places filled: texts inside quotes as they are, else as JSON."""

    def fill(found: re.Match[str]) -> str:
        name = found.group(1)
        if name not in values:
            return found.group(0)
        value = values[name]
        quoted = template[: found.start()].count('"') % 2 == 1
        text = orjson.dumps(value).decode()
        if quoted:
            inner = value if isinstance(value, str) else text
            return orjson.dumps(inner).decode()[1:-1]
        return text

    return _PLACE.sub(fill, template)
