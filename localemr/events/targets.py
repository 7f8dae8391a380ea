"""Targets of rules: which of them receive events here, and what they receive. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

import orjson

LOG_GROUP = re.compile(
    r"arn:aws[a-z-]*:logs:[^:]*:[^:]*:log-group:/aws/events/([A-Za-z0-9_-][A-Za-z0-9._-]{0,99})(:\*)?"
)
"""The ARN of a log group whose name makes a file name."""
ATTEMPTS, AGE = 100_000, 86400
"""Without a RetryPolicy deliveries are repeated for a day, as by EventBridge; its limit of 185 is not reached there."""
_PLACE = re.compile(r"<([A-Za-z0-9_.-]+)>")


def is_url(arn: str) -> bool:
    """Whether a target is an HTTP endpoint."""
    return arn.lower().startswith(("http://", "https://"))


def log_of(arn: str) -> str | None:
    """The name of the log that a target is. None: it is none."""
    found = LOG_GROUP.fullmatch(arn)
    return found.group(1) if found else None


def is_delivered(arn: str) -> bool:
    """Whether LocalEMR delivers to targets of this kind. Others are stored alone."""
    return is_url(arn) or log_of(arn) is not None


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
