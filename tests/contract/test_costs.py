"""What a request costs is linear in its length, whatever it contains: two lengths are compared by processor time."""

from __future__ import annotations

import json
import time
from collections import OrderedDict
from collections.abc import Callable

import pytest
from botocore.model import DenormalizedStructureBuilder

from localemr.api import constraints, json11
from localemr.api.access import Access
from localemr.api.calls import Call
from localemr.api.model import service
from localemr.api.waiters import is_marked
from localemr.aws.errors import ValidationException
from localemr.glue import OPERATIONS as GLUE_OPERATIONS

FACTOR = 8
LIMIT = 4 * FACTOR
"""A quadratic cost would be FACTOR * FACTOR times as much."""
LEAST_SECONDS = 0.02
"""Less is noise."""


def cost(work: Callable[[], object]) -> float:
    """Seconds of the processor, the least of three."""
    taken = []
    for _ in range(3):
        began = time.process_time()
        work()
        taken.append(time.process_time() - began)
    return max(min(taken), LEAST_SECONDS)


def parse(operation: str, body: bytes, name: str = "emr") -> Exception | None:
    try:
        json11.parse(name, operation, Call({}, body))
    except Exception as error:
        return error
    return None


def nulls(length: int) -> bytes:
    """A long list of nothing."""
    return json.dumps({"ResourceId": "j-1", "Tags": [None] * (length // 5)}).encode()


BODIES: dict[str, tuple[str, str, Callable[[int], bytes]]] = {
    "a string that is not closed": ("emr", "ListClusters", lambda n: b"[" * 101 + b'"' + b'\\"' * n),
    "the same, and a lone backslash": ("emr", "ListClusters", lambda n: b"[" * 101 + b'"' + b'\\"' * n + b"\\"),
    "strings": ("emr", "ListClusters", lambda n: b"[" * 101 + b'"",' * n),
    "brackets that open": ("emr", "ListClusters", lambda n: b"[" * n),
    "brackets that close": ("emr", "ListClusters", lambda n: b"[" * 101 + b"]" * n),
    "UTF-16": ("emr", "ListClusters", lambda n: ("[" * 101 + '"' + '\\"' * n).encode("utf-16")),
    "a pattern": ("emr", "RunJobFlow", lambda n: json.dumps({"Instances": {}, "Name": "\x01" + "n" * n}).encode()),
    "a role's pattern": (
        "emr",
        "CreatePersistentAppUI",
        lambda n: json.dumps({"TargetResourceArn": "arn:aws:iam::1:role/" + "/" * n}).encode(),
    ),
    "null in a long list": ("emr", "AddTags", nulls),
}  # fmt: skip


@pytest.mark.parametrize("case", BODIES)
def test_a_body_costs_linear_time(case: str) -> None:
    name, operation, body = BODIES[case]
    short, long = body(8_000), body(8_000 * FACTOR)
    assert parse(operation, short, name) is not None
    assert cost(lambda: parse(operation, long, name)) <= LIMIT * cost(lambda: parse(operation, short, name))


def test_a_path_costs_nothing_where_nothing_is_wrong() -> None:
    """A map of lists, whose long key is in the path of each element."""
    elements = {"type": "list", "member": {"type": "string", "pattern": "a*"}}
    members = OrderedDict(all={"type": "map", "key": {"type": "string"}, "value": elements})
    shape = DenormalizedStructureBuilder().with_members(members).build_model()

    def work(length: int) -> None:
        constraints.check(shape, {"all": {"k" * length * 10: ["a"] * length}})

    assert cost(lambda: work(16_000 * FACTOR)) <= LIMIT * cost(lambda: work(16_000))


def test_the_body_that_froze_the_controller() -> None:
    """It took 26 s of processor time."""
    body = b"[" * 101 + b'"' + b'\\"' * 64_000
    assert "nested too deeply" in str(parse("ListClusters", body))
    assert cost(lambda: parse("ListClusters", body)) < 0.26


@pytest.mark.parametrize("text", ['["\u2200",' + "[" * 2000, '{"\u2200":' * 2000])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-le", "utf-32-be"])
def test_depth_is_refused_in_every_encoding(text: str, encoding: str) -> None:
    """U+2200 has the byte of a quotation mark in UTF-16."""
    assert "nested too deeply" in str(parse("ListClusters", text.encode(encoding)))


def test_the_errors_of_a_request_are_bounded() -> None:
    error = parse("ListClusters", json.dumps({"ClusterStates": ["X"] * 1000}).encode())
    assert isinstance(error, ValidationException)
    assert error.message.startswith("100 validation errors detected: ")
    assert error.message.count("failed to satisfy constraint") == 100


HEADERS: dict[str, Callable[[str], object]] = {
    "credential": lambda text: Call({"authorization": text}, b"").caller,
    "signature": lambda text: _refused(text),
    "user agent": is_marked,
}


def _refused(text: str) -> None:
    try:
        Access({"k": "s"}).check("POST", "/", {"authorization": f"AWS4-HMAC-SHA256 {text}"}, b"", 0.0)
    except Exception:
        return
    raise AssertionError("it is not signed")


@pytest.mark.parametrize("what", HEADERS)
@pytest.mark.parametrize("part", ["a", "Credential=", "a,", "=", "m/A,B ", "m/", " "])
def test_a_header_costs_linear_time(what: str, part: str) -> None:
    short, long = part * 8_000, part * 8_000 * FACTOR
    assert cost(lambda: HEADERS[what](long)) <= LIMIT * cost(lambda: HEADERS[what](short))


def test_each_pattern_of_the_model_that_a_served_operation_reads_is_checked() -> None:
    """RE2 has no look-arounds; no served operation needs them."""
    from localemr.api.constraints import compiled

    unread = set()
    for name, operations in (("emr", service("emr").operation_names), ("glue", GLUE_OPERATIONS)):
        for operation in operations:
            shapes, seen = [service(name).operation_model(operation).input_shape], set()
            while shapes:
                shape = shapes.pop()
                if shape is None or shape.name in seen:
                    continue
                seen.add(shape.name)
                shapes += [*getattr(shape, "members", {}).values()]
                shapes += [each for each in (getattr(shape, kind, None) for kind in ("member", "key", "value")) if each]
                if "pattern" in shape.metadata and compiled(shape.metadata["pattern"]) is None:
                    unread.add((name, operation, shape.name))
    assert unread == set()
