"""Tags: EMR's list of pairs as a mapping. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from localemr.domain.model.errors import EmrError

MAX_TAGS = 50


def read_tags(pairs: Iterable[Mapping[str, str]], error: type[EmrError]) -> dict[str, str]:
    """Key → value. A missing value is empty, of equal keys the last one counts.

    Raises `error` for a key or value of a length that EMR does not accept, and for too many tags.
    """
    tags = {}
    for pair in pairs:
        key, value = pair.get("Key"), pair.get("Value", "")
        if key is None or not 1 <= len(key) <= 128:
            shown = "null" if key is None else key
            raise error(f"Invalid tag key: '{shown}'. Tag keys must be between 1 and 128 characters in length.")
        if len(value) > 256:
            raise error(f"Invalid tag value: '{value}'. Tag values must be between 0 and 256 characters in length.")
        tags[key] = value
    return check_count(tags, error)


def check_count(tags: dict[str, str], error: type[EmrError]) -> dict[str, str]:
    """The tags of one resource. Raises `error` for more than it may have."""
    if len(tags) > MAX_TAGS:
        raise error(f"A resource can have at most {MAX_TAGS} tags; it would have {len(tags)}.")
    return tags
