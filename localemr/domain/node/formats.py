"""The formats of configuration files: how properties are written, and the characters that a format cannot hold."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from xml.etree import ElementTree

import javaproperties

Properties = Mapping[str, str]

NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML 1.0 forbids, also as character references (https://www.w3.org/TR/xml/#charsets)."""
NOT_TEXT = re.compile("[\0\ud800-\udfff]")
"""Shells and environments cannot hold NUL. Half of a surrogate pair is no character."""
NOT_A_LINE = re.compile("[\0\n\r\ud800-\udfff]")
"""What a format without escapes, of one property a line, cannot hold."""
ESCAPED = str.maketrans({"\\": r"\\", "\n": r"\n", "\r": r"\r", "\t": r"\t", "\f": r"\f"})


@dataclass(frozen=True)
class Format:
    """`render` makes a file's text from properties. `forbidden` finds the characters that it cannot hold."""

    render: Callable[[Properties], str]
    forbidden: re.Pattern[str] = NOT_TEXT


def _hadoop_xml(properties: Properties) -> str:
    root = ElementTree.Element("configuration")
    root.text = "\n"
    for name, value in properties.items():
        entry = ElementTree.SubElement(root, "property")
        ElementTree.SubElement(entry, "name").text = name
        ElementTree.SubElement(entry, "value").text = value
        entry.tail = "\n"
    text = ElementTree.tostring(root, encoding="unicode", short_empty_elements=False)
    # A parser reads a carriage return as a line feed.
    text = text.replace("\r", "&#13;").replace("\n<property>", "\n  <property>")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n'


def _java_properties(separator: str) -> Callable[[Properties], str]:
    """The format of java.util.Properties. Characters in values that need no escape stay as they are (`:`, `=`, `#`), as
    on EMR."""

    def render(properties: Properties) -> str:
        return "".join(
            f"{javaproperties.escape(name)}{separator}{_java_value(value)}\n" for name, value in properties.items()
        )

    return render


def _java_value(value: str) -> str:
    escaped = value.translate(ESCAPED)
    if escaped.startswith((" ", "=", ":")):
        escaped = f"\\{escaped}"  # otherwise it would belong to the separator
    return escaped.encode("ascii", "javapropertiesreplace").decode()


def _env_export(properties: Properties) -> str:
    # As on EMR the value is put into double quotes unchanged, so that $VARIABLES in it are expanded.
    return "".join('export {}="{}"\n'.format(name, value.replace('"', '\\"')) for name, value in properties.items())


def _yaml_lines(properties: Properties) -> str:
    # Flink's reader of flink-conf.yaml takes a line as it is: no quotes, no escapes.
    return "".join(f"{name}: {value}\n" for name, value in properties.items())


def _json(properties: Properties) -> str:
    return json.dumps(dict(properties), indent=2) + "\n"


def _json_values(properties: Properties) -> str:
    # A value that is a JSON document itself, as a number or an object, is one in the file.
    return json.dumps({name: _value(value) for name, value in properties.items()}, indent=2) + "\n"


def _value(text: str) -> object:
    try:
        return json.loads(text)
    except ValueError:
        return text


def _traitlets(properties: Properties) -> str:
    # A configuration file of Jupyter's is a program in Python; a value that is no literal of Python or JSON is a text.
    lines = (f"c.{name.removeprefix('c.')} = {_literal(value)!r}\n" for name, value in properties.items())
    return "".join(("c = get_config()\n", *lines))


def _literal(text: str) -> object:
    try:
        return ast.literal_eval(text.strip())
    except (ValueError, SyntaxError):
        return _value(text)


FORMATS: Mapping[str, Format] = {
    "hadoop-xml": Format(_hadoop_xml, NOT_XML),
    "properties": Format(_java_properties("=")),
    "spark-defaults": Format(_java_properties(" ")),
    "env-export": Format(_env_export),
    "json": Format(_json),
    "json-values": Format(_json_values),
    "flink-conf": Format(_yaml_lines, NOT_A_LINE),
    "traitlets": Format(_traitlets),
    "none": Format(lambda properties: ""),
}
"""The formats by the names that classifications give. `none` makes no file."""
