"""What lies in an image's configuration folder, as the defaults of a classification: written down once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

from localemr.domain.model.application import Facts, Properties


def as_in(path: Path) -> Callable[[Facts], Properties]:
    """Defaults from a file of the application's `image/conf`: a Hadoop XML file, or one of Java properties."""
    read = _xml if path.suffix == ".xml" else _properties
    return lambda facts: read(path.read_text())


def _xml(text: str) -> Properties:
    entries = ElementTree.fromstring(text).iter("property")
    return {each.findtext("name", ""): each.findtext("value", "") for each in entries}


def _properties(text: str) -> Properties:
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    return {name.strip(): value.strip() for name, _, value in (line.partition("=") for line in lines)}
