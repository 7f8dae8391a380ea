"""Reads the files of an image's configuration folder as defaults of a classification, so that there is one source."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import javaproperties

from localemr.domain.model.application import Facts, Properties


def as_in(path: Path) -> Callable[[Facts], Properties]:
    """Defaults from a file of the application's `image/conf`: a Hadoop XML file, or one of Java properties."""
    read = _xml if path.suffix == ".xml" else javaproperties.loads
    return lambda facts: read(path.read_text())


def _xml(text: str) -> Properties:
    entries = ElementTree.fromstring(text).iter("property")
    return {each.findtext("name", ""): each.findtext("value", "") for each in entries}
