"""Reads the files of an image's configuration folder as defaults of a classification, so that there is one source."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from types import MappingProxyType
from xml.etree import ElementTree

import javaproperties

from localemr.domain.model.application import Classification, Facts, Properties

FORMATS = {".xml": "hadoop-xml", ".properties": "properties"}
"""Renderers by the endings of files."""


def as_in(path: Path) -> Callable[[Facts], Properties]:
    """Defaults from a file of the application's `image/conf`: a Hadoop XML file, or one of Java properties."""
    return lambda facts: _read(path)


def same_file(folder: str, source: Path) -> Classification:
    """A classification whose file has the name and the defaults of a file of the image, and lies in `folder`."""
    return Classification(f"{folder}/{source.name}", FORMATS[source.suffix], as_in(source))


@cache
def _read(path: Path) -> Properties:
    read = _xml if path.suffix == ".xml" else javaproperties.loads
    return MappingProxyType(read(path.read_text()))


def _xml(text: str) -> Properties:
    entries = ElementTree.fromstring(text).iter("property")
    return {each.findtext("name", ""): each.findtext("value", "") for each in entries}
