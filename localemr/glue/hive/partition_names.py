"""The names of partitions in a metastore."""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import unquote

from localemr.glue.catalog import Values

_ESCAPED = re.compile(r"""[\x01-\x1f"#%'*/:=?\\\x7f{\[\]^]""")
"""Characters that Hive writes as %XX in a partition's name (FileUtils.escapePathName)."""


def partition_name(keys: Iterable[str], values: Iterable[str]) -> str:
    """The name by which the metastore finds a partition, such as `day=2024-01-01/town=K%3An`."""
    return "/".join(f"{_escape(key)}={_escape(value)}" for key, value in zip(keys, values, strict=True))


def values_in(name: str) -> Values:
    """The values in a partition's name."""
    return tuple(unquote(part.partition("=")[2]) for part in name.split("/"))


def _escape(text: str) -> str:
    return _ESCAPED.sub(lambda found: f"%{ord(found[0]):02X}", text)
