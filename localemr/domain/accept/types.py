"""Instance types in requests. Pure."""

from __future__ import annotations

from difflib import get_close_matches

from localemr.domain.model.catalog import Catalog
from localemr.domain.model.errors import ValidationException


def check_type(name: str, label: str, catalog: Catalog) -> None:
    """Raise ValidationException for an instance type that EMR does not have, or not with this release: EMR's text, and
    what there is instead."""
    kind = catalog.instance_types.get(name)
    if kind is None:
        raise ValidationException(f"Instance type '{name}' is not supported. {_instead(name, catalog)}")
    if not kind.accepted(label):
        first = " and ".join(f"emr-{each}" for each in kind.since)
        raise ValidationException(
            f"Instance type '{name}' is not supported. {label} does not have it; the first to have it: {first}."
        )


def _instead(name: str, catalog: Catalog) -> str:
    family = name.partition(".")[0]
    if same := [
        kind for each, kind in catalog.instance_types.items() if each.partition(".")[0] == family and kind.since
    ]:
        sizes = sorted(same, key=lambda kind: kind.factor)
        return f"Of this family EMR has {', '.join(kind.name for kind in sizes)}."
    if near := get_close_matches(name.lower(), catalog.instance_types, n=5, cutoff=0.8):
        return f"Similar names that EMR has: {', '.join(near)}."
    return "EMR has no type with a similar name."
