"""AWS's host names: which of them this node answers, by which service, and which are looked up outside.

Pure functions over the document of the controller (names.json). The forms of S3's names: "Methods for accessing an
Amazon S3 bucket" and "Amazon S3 endpoints and quotas" of AWS's documentation.
"""

from __future__ import annotations

import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    Document = Mapping[str, Any]
    """The content of names.json."""

HERE, REFUSED, OUTSIDE = "here", "refused", "outside"
"""What becomes of a name: this node's own address; no such name; the answer of Docker's name server."""
S3 = "s3"

_REGION = re.compile(r"[a-z]{2,3}(?:-[a-z]+)+-\d+")
_S3 = re.compile(rf"s3(?:-fips|-accelerate|-external-1|-{_REGION.pattern})?")
_AFTER_S3 = re.compile(rf"(?:dualstack\.?)?(?:{_REGION.pattern})?")
_DEEPEST = 3
"""Labels of an endpoint's name: `ID.execute-api.REGION`."""


class Names:
    """The names of a node's document."""

    def __init__(self, document: Document) -> None:
        self._services: Mapping[str, str] = document["services"]
        self._domains = tuple(f".{domain}" for domain in document["domains"])
        self._others: str = document["others"]
        self._outside = bool(document["outside"])
        self.s3_host = host_of(self._services.get(S3, ""))

    def decide(self, name: str) -> str:
        """HERE, REFUSED or OUTSIDE for a host name."""
        prefix = self._below(name)
        if prefix is None:
            return OUTSIDE
        service = service_of(prefix)
        if service in self._services:
            return HERE
        if self._outside:
            return OUTSIDE
        # What answers says that there is no such service. Names of machines and databases have nothing to say it.
        return HERE if service and self._others else REFUSED

    def url(self, name: str) -> str:
        """The URL of what answers requests to a host name; empty: nothing does."""
        service = service_of(self._below(name) or "")
        return self._services.get(service or "", self._others)

    def is_bucket(self, name: str) -> bool:
        """Whether it is a bucket's name below the name of S3 on this network: `BUCKET.s3`."""
        return bool(self.s3_host) and name.lower().endswith(f".{self.s3_host}")

    def _below(self, name: str) -> str | None:
        """The part of a name before AWS's domain; None: it is another domain's."""
        lowered = name.lower().rstrip(".")
        # The longest first: amazonaws.com.cn is not below amazonaws.com.
        return next((lowered.removesuffix(each) for each in self._domains if lowered.endswith(each)), None)


def service_of(prefix: str) -> str | None:
    """The service in the part of a host name before AWS's domain, without `-fips`. None: it is no service's endpoint.

    >>> [service_of(each) for each in ("s3.eu-west-1", "my.bucket.s3", "glue.us-east-1", "sts", "db.x.us-east-1.rds")]
    ['s3', 's3', 'glue', 'sts', None]
    """
    labels = prefix.split(".")
    for number in range(len(labels) - 1, -1, -1):  # a bucket's name may have such a label, too: the last one counts
        if _S3.fullmatch(labels[number]) and _AFTER_S3.fullmatch(".".join(labels[number + 1 :])):
            return S3
    if len(labels) > _DEEPEST or not all(labels):
        return None
    if _REGION.fullmatch(labels[-1]) and len(labels) > 1:
        return labels[-2].removesuffix("-fips")
    if _REGION.fullmatch(labels[0]) and len(labels) == 2:
        return labels[1]
    return labels[0].removesuffix("-fips") if len(labels) == 1 else None


def certificate_names(name: str) -> tuple[str, ...]:
    """The names that a certificate for this host has: all names beside it, so that few certificates are made.

    >>> certificate_names("bucket.s3.us-east-1.amazonaws.com")
    ('*.s3.us-east-1.amazonaws.com', 's3.us-east-1.amazonaws.com')
    """
    parent = name.lower().partition(".")[2]
    return (f"*.{parent}", parent)


def host_of(url: str) -> str:
    """The host name of a URL; empty for an address."""
    name = url.partition("://")[2].partition("/")[0].partition(":")[0].lower()
    return "" if re.fullmatch(r"[\d.]*", name) else name
