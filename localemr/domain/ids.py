"""Forms of EMR's identifiers, and ids derived from others so that deciding needs no randomness."""

from __future__ import annotations

import hashlib
import re
import secrets

_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
CLUSTER = re.compile(r"j-[A-Z0-9]{12,13}")
STEP = re.compile(r"s-[A-Z0-9]{12,20}")


def new_cluster_id() -> str:
    """A fresh cluster id, `j-` and 13 characters."""
    return "j-" + "".join(secrets.choice(_ALPHABET) for _ in range(13))


def derive(prefix: str, length: int, *parts: object) -> str:
    """An id that follows from `parts` alone: the same parts always give the same id."""
    number = int.from_bytes(hashlib.sha256("/".join(map(str, parts)).encode()).digest(), "big")
    digits = []
    for _ in range(length):
        number, digit = divmod(number, len(_ALPHABET))
        digits.append(_ALPHABET[digit])
    return prefix + "".join(digits)


def step_id(cluster_id: str, number: int) -> str:
    """Id of the cluster's `number`th step (from 1): `s-` and 20 characters."""
    return derive("s-", 20, cluster_id, "step", number)


def group_id(cluster_id: str, number: int) -> str:
    """Id of the cluster's `number`th instance group (from 1)."""
    return derive("ig-", 13, cluster_id, "group", number)


def instance_id(cluster_id: str, number: int) -> str:
    """Id of the cluster's `number`th instance ever (from 1)."""
    return derive("ci-", 13, cluster_id, "instance", number)


def ec2_instance_id(cluster_id: str, number: int) -> str:
    """EC2's id of the same instance: `i-` and 17 hexadecimal digits."""
    return "i-" + hashlib.sha256(f"{cluster_id}/ec2/{number}".encode()).hexdigest()[:17]
