"""AWS's query protocol along the shapes of botocore's model: requests are forms, responses are XML.

`Action` names the operation, `Version` the service. Members of structures, lists and maps are flattened into names of
the form: `Tags.member.1.Key`, `Attributes.entry.1.key`. Source: "Query protocol" of Smithy's specification (awsQuery).
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl
from xml.etree import ElementTree as ET

from botocore.utils import parse_timestamp

from localemr.api.calls import Call, Reply, new_request_id
from localemr.api.compatible import OWN_NAMES, query_code
from localemr.api.constraints import check
from localemr.api.model import Shape, operation_model, operations
from localemr.api.model import service as model_of
from localemr.aws.errors import AwsError, SerializationException, UnknownOperationException

PATH = "/"
FORM = "application/x-www-form-urlencoded"
CONTENT_TYPE = "text/xml"
DEEPEST = 100
"""Maximum number of parts of a name in a form."""
_MOST_DIGITS = 9
_NOT_XML = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

Tree = dict[str, Any]
"""A form's names, split at their dots; the value itself is at the key `""`."""


def named(call: Call) -> str | None:
    """The version of the service's interface, such as `2011-06-15`; None for other content than a form."""
    if not call.headers.get("content-type", "").startswith(FORM) or "x-amz-target" in call.headers:
        return None
    return _form(call).get("Version", "")


def missing(call: Call) -> AwsError:
    """The error for a form whose Version is absent or unknown."""
    form = _form(call)
    version = form.get("Version") or "NO_VERSION_SPECIFIED"
    return UnknownOperationException(f"Could not find operation {form.get('Action') or 'null'} for version {version}")


def operation(service: str, call: Call) -> str:
    """The form's Action."""
    name = _form(call).get("Action", "")
    if name not in operations(service):
        raise UnknownOperationException(
            f"Could not find operation {name or 'null'} for version {model_of(service).api_version}"
        )
    return name


def _form(call: Call) -> dict[str, str]:
    return dict(parse_qsl(call.body.decode("utf-8", "replace"), keep_blank_values=True))


# ---- requests


def parse(service: str, operation: str, call: Call) -> dict[str, Any]:
    """The form without Action and Version."""
    shape = operation_model(service, operation).input_shape
    if shape is None:
        return {}
    request = read(shape, call)
    check(shape, request)
    return request


def read(shape: Shape, call: Call) -> dict[str, Any]:
    """The form along a shape; constraints are not checked. Raises SerializationException."""
    found: dict[str, Any] = _read(shape, _tree(_form(call)))
    return found


def _tree(form: dict[str, str]) -> Tree:
    root: Tree = {}
    for name, value in form.items():
        place = root
        parts = name.split(".", DEEPEST)
        if len(parts) > DEEPEST:
            raise SerializationException("A parameter's name has too many parts.")
        for part in parts:
            place = place.setdefault(part, {})
        place[""] = value
    return root


def _read(shape: Shape, tree: Tree) -> Any:
    kind = shape.type_name
    if kind == "structure":
        wire = {_wire_name(name, member): (name, member) for name, member in shape.members.items()}
        found = ((wire[each], below) for each, below in tree.items() if each in wire)
        return {name: _read(member, below) for (name, member), below in found}
    if kind == "list":
        return [_read(shape.member, each) for each in _numbered(tree, _list_name(shape))]
    if kind == "map":
        key, value = _entry_names(shape)
        entries = _numbered(tree, "" if _flattened(shape) else "entry")
        return {_read(shape.key, each.get(key, {})): _read(shape.value, each.get(value, {})) for each in entries}
    return _scalar(kind, tree.get("", ""))


def _numbered(tree: Tree, name: str) -> list[Tree]:
    """The branches below `name` (or of the tree itself) in the order of their numbers."""
    branches = tree.get(name, {}) if name else tree
    numbers = [each for each in branches if each.isdecimal() and len(each) <= _MOST_DIGITS]
    return [branches[each] for each in sorted(numbers, key=int)]


def _scalar(kind: str, text: str) -> Any:
    convert = _SCALARS.get(kind)
    if convert is None:
        return text
    try:
        return convert(text)
    except (ValueError, OverflowError):
        raise SerializationException(f"'{text}' is no {kind}.") from None


def _boolean(text: str) -> bool:
    if text.lower() not in ("true", "false"):
        raise ValueError(text)
    return text.lower() == "true"


def _moment(text: str) -> float:
    return float(parse_timestamp(text).timestamp())


_SCALARS: dict[str, Callable[[str], Any]] = {
    "integer": int, "long": int, "float": float, "double": float, "boolean": _boolean, "timestamp": _moment,
    "blob": base64.b64decode,
}  # fmt: skip


# ---- answers


def render(service: str, operation: str, response: Any) -> Reply:
    """`<OperationResponse>`, in it the result and the request's id."""
    shape = operation_model(service, operation).output_shape
    root = ET.Element(f"{operation}Response", xmlns=_namespace(service))
    wrapper = shape is not None and shape.serialization.get("resultWrapper")
    if shape is not None:
        _write(shape, response or {}, ET.SubElement(root, wrapper) if wrapper else root)
    request_id = new_request_id()
    _add(ET.SubElement(root, "ResponseMetadata"), "RequestId", request_id)
    return Reply(200, _bytes(root), CONTENT_TYPE, request_id=request_id)


def render_error(error: AwsError, service: str, operation: str | None) -> Reply:
    """`<ErrorResponse>`; the type is the party at fault."""
    name, status = query_code(error, service, operation), 400 if type(error) in OWN_NAMES else error.status
    root, request_id = ET.Element("ErrorResponse"), new_request_id()
    about = ET.SubElement(root, "Error")
    _add(about, "Type", "Receiver" if status >= 500 else "Sender")
    _add(about, "Code", name)
    _add(about, "Message", error.message)
    _add(root, "RequestId", request_id)
    return Reply(status, _bytes(root), CONTENT_TYPE, name, request_id)


def _namespace(service: str) -> str:
    return str(model_of(service).metadata.get("xmlNamespace", ""))


def _bytes(root: ET.Element) -> bytes:
    return bytes(ET.tostring(root, "utf-8"))


def _add(parent: ET.Element, name: str, text: str) -> None:
    ET.SubElement(parent, name).text = _NOT_XML.sub("\ufffd", text)


def _write(shape: Shape, value: dict[str, Any], parent: ET.Element) -> None:
    """The members of a structure, into its element."""
    for name, member in shape.members.items():
        if value.get(name) is not None:
            _write_member(_wire_name(name, member), member, value[name], parent)


def _write_member(name: str, shape: Shape, value: Any, parent: ET.Element) -> None:
    kind = shape.type_name
    if kind == "structure":
        _write(shape, value, ET.SubElement(parent, name))
    elif kind == "list":
        inside = parent if _flattened(shape) else ET.SubElement(parent, name)
        for each in value:
            _write_member(_list_name(shape) or name, shape.member, each, inside)
    elif kind == "map":
        inside, entry = (parent, name) if _flattened(shape) else (ET.SubElement(parent, name), "entry")
        key, below = _entry_names(shape)
        for each, its in value.items():
            pair = ET.SubElement(inside, entry)
            _write_member(key, shape.key, each, pair)
            _write_member(below, shape.value, its, pair)
    else:
        _add(parent, name, _text(kind, value))


def _text(kind: str, value: Any) -> str:
    if kind == "boolean":
        return str(value).lower()
    if kind == "timestamp":
        return datetime.fromtimestamp(value, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return base64.b64encode(value).decode() if kind == "blob" else str(value)


# ---- names, both ways


def _wire_name(name: str, member: Shape) -> str:
    """The name of a structure's member on the wire. A flattened list has the name of its elements."""
    if member.type_name == "list" and _flattened(member):
        name = member.member.serialization.get("name", name)
    return str(member.serialization.get("name", name))


def _flattened(shape: Shape) -> bool:
    return bool(shape.serialization.get("flattened"))


def _list_name(shape: Shape) -> str:
    """The name around a list's elements; empty for a flattened list."""
    return "" if _flattened(shape) else str(shape.member.serialization.get("name", "member"))


def _entry_names(shape: Shape) -> tuple[str, str]:
    return shape.key.serialization.get("name", "key"), shape.value.serialization.get("name", "value")
