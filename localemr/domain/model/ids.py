"""Forms of EMR's identifiers, and ids derived from others so that deciding needs no randomness."""

from __future__ import annotations

import hashlib
import re
import secrets

_FLEET = "if-"
_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_PAIRS = [last + first for first in _ALPHABET for last in _ALPHABET]
"""All pairs of digits, by value, the last digit first."""

CLUSTER = re.compile(r"j-[A-Z0-9]{12,13}")
STEP = re.compile(r"s-[A-Z0-9]{12,20}")
STUDIO = re.compile(r"es-[A-Z0-9]{12,30}")
EDITOR = re.compile(r"e-[A-Z0-9]{12,30}")
NOTEBOOK_EXECUTION = re.compile(r"ex-[A-Z0-9]{12,30}")
PERSISTENT_APP_UI = re.compile(r"p-[A-Z0-9]{12,30}")
SESSION = re.compile(r"is-[A-Z0-9]{12,30}")


def new_cluster_id() -> str:
    """A fresh cluster id, `j-` and 13 characters."""
    return _new("j-", 13)


def new_studio_id() -> str:
    """A fresh studio id, `es-` and 25 characters."""
    return _new("es-", 25)


def new_notebook_execution_id() -> str:
    """A fresh id of a notebook execution, `ex-` and 28 characters."""
    return _new("ex-", 28)


def new_persistent_app_ui_id() -> str:
    """A fresh id of a persistent application UI, `p-` and 13 characters."""
    return _new("p-", 13)


def _new(prefix: str, length: int) -> str:
    return prefix + _digits(secrets.randbits(256), length)


def derive(prefix: str, length: int, *parts: object) -> str:
    """An id derived from `parts` alone: the same parts always give the same id."""
    digest = hashlib.sha256("/".join(map(str, parts)).encode()).digest()
    return prefix + _digits(int.from_bytes(digest, "big"), length)


def _digits(number: int, length: int) -> str:
    """The last digits of a number of 256 bits, which make up some 49 of them; the last one first."""
    count = (length + 1) // 2
    pairs, number = [], number % len(_PAIRS) ** count
    for _ in range(count):
        number, pair = divmod(number, len(_PAIRS))
        pairs.append(_PAIRS[pair])
    return "".join(pairs)[:length]


def step_id(cluster_id: str, number: int) -> str:
    """Id of the cluster's `number`th step (from 1): `s-` and 20 characters."""
    return derive("s-", 20, cluster_id, "step", number)


def group_id(cluster_id: str, number: int) -> str:
    """Id of the cluster's `number`th instance group (from 1)."""
    return derive("ig-", 13, cluster_id, "group", number)


def fleet_id(cluster_id: str, number: int) -> str:
    """Id of the cluster's `number`th instance fleet (from 1)."""
    return derive(_FLEET, 13, cluster_id, "group", number)


def is_fleet(group_id: str) -> bool:
    """Whether the id of a group is that of an instance fleet."""
    return group_id.startswith(_FLEET)


def instance_id(cluster_id: str, number: int) -> str:
    """Id of the cluster's `number`th instance ever (from 1)."""
    return derive("ci-", 13, cluster_id, "instance", number)


def ec2_instance_id(cluster_id: str, number: int) -> str:
    """EC2's id of the same instance: `i-` and 17 hexadecimal digits."""
    return "i-" + hashlib.sha256(f"{cluster_id}/ec2/{number}".encode()).hexdigest()[:17]
