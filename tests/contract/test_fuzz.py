"""Whatever is sent: an answer, or an error of the caller's, never a failure of ours. What is refused stores nothing.

The examples are the same in every run.
"""

from __future__ import annotations

import json
import socket
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from localemr.api.model import service
from tests.contract.endpoint import Endpoint
from tests.contract.requests import UNKNOWN, cluster

MODEL = service("emr")
OPERATIONS = sorted(MODEL.operation_names)
EXAMPLES = 30
POST = b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-amz-json-1.1\r\n"
LIST = POST + b"X-Amz-Target: ElasticMapReduce.ListClusters\r\n"
DEPTH = 4
SAME_EVERY_TIME = settings(
    max_examples=EXAMPLES,
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)
ODD = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=20),
    st.sampled_from(["", "j-", UNKNOWN, "es-1", "../..", "$(id)", "%s", "\0", "x" * 20_000, "arn:aws:iam::1:role/r"]),
    st.lists(st.integers(), max_size=2),
    st.dictionaries(st.text(max_size=3), st.integers(), max_size=2),
)
"""What no shape asks for, and what might hurt."""


def of(shape: Any, depth: int = 0) -> st.SearchStrategy[Any]:
    """Values of the shape, and now and then of no shape at all."""
    return st.one_of(*[_right(shape, depth)] * 6, ODD)


def _right(shape: Any, depth: int) -> st.SearchStrategy[Any]:
    kind = shape.type_name
    if kind == "structure":
        if depth > DEPTH:
            return st.just({})
        needed = {name: of(shape.members[name], depth + 1) for name in shape.required_members}
        other = {name: of(each, depth + 1) for name, each in shape.members.items() if name not in needed}
        return st.fixed_dictionaries(needed, optional=other)
    if kind == "list":
        return st.lists(of(shape.member, depth + 1), max_size=0 if depth > DEPTH else 3)
    if kind == "map":
        return st.dictionaries(st.text(max_size=5), of(shape.value, depth + 1), max_size=2)
    if kind == "string":
        return st.sampled_from(shape.enum) if shape.enum else st.text(max_size=10)
    if kind == "boolean":
        return st.booleans()
    return st.integers(-5, 2**31) if kind in ("integer", "long") else st.floats(0, 2e9)


@pytest.mark.parametrize("operation", OPERATIONS)
def test_any_request_gets_an_answer(endpoint: Endpoint, operation: str) -> None:
    made = endpoint.post("RunJobFlow", json.dumps(cluster()).encode())[2]["JobFlowId"]
    shape = MODEL.operation_model(operation).input_shape
    ids = {"ClusterId": made, "JobFlowId": made, "ResourceId": made, "JobFlowIds": [made]}

    @SAME_EVERY_TIME
    @given(request=_right(shape, 0), known=st.booleans())
    def ask(request: dict[str, Any], known: bool) -> None:
        if known:  # so that the request is about something
            request |= {name: value for name, value in ids.items() if name in request}
        before = endpoint.everything()
        status, headers, answer = endpoint.post(operation, json.dumps(request).encode())
        if status == 200:
            return
        assert 400 <= status < 500, (request, answer)
        assert answer["__type"] == headers["x-amzn-errortype"]
        assert answer["message"] == answer["Message"]
        assert endpoint.everything() == before

    ask()


@pytest.mark.parametrize(
    "text",
    [
        LIST + b"Content-Length: 2\r\n\r\n{]",
        LIST + b"Content-Length: 3\r\n\r\n\xff\xfe\x00",
        b"POST / HTTP/1.1\r\nHost: localhost\r\nX-Amz-Target: \xff\xff\r\nContent-Length: 2\r\n\r\n{}",
        b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/xml\r\nContent-Length: 4\r\n\r\n<a/>",
        b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"PUT / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n",
        b"POST /nowhere HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n",
        b"nonsense\r\n\r\n",
    ],
)  # fmt: skip
def test_raw_malformed_http(endpoint: Endpoint, text: bytes) -> None:
    with socket.create_connection(("127.0.0.1", endpoint.server.port), timeout=10) as connection:
        connection.sendall(text)
        status = connection.recv(4096).split(b" ", 2)[1]
    assert status.startswith(b"4"), status
    assert endpoint.post("ListClusters", b"{}")[0] == 200


def test_a_body_that_is_cut_off_changes_nothing(endpoint: Endpoint) -> None:
    body = json.dumps(cluster()).encode()
    head = POST + b"X-Amz-Target: ElasticMapReduce.RunJobFlow\r\nContent-Length: %d\r\n\r\n" % len(body)
    with socket.create_connection(("127.0.0.1", endpoint.server.port), timeout=10) as connection:
        connection.sendall(head + body[:-1])
    assert endpoint.post("ListClusters", b"{}")[2] == {"Clusters": []}
    assert endpoint.stored() == []
