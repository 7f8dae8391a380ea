"""Markers that no call gave are refused, by every operation that has them."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from botocore import xform_name

from localemr.api.model import service
from tests.contract.endpoint import Endpoint
from tests.contract.requests import fleets, invalid, refusal, run

WITHOUT_PAGES = {"DescribeReleaseLabel": "it has no pages, on EMR neither", "ListSessions": "it is refused as a whole"}


def markers() -> list[tuple[str, str]]:
    """Operations of the model with the name of their marker."""
    shapes = {name: service("emr").operation_model(name).input_shape for name in service("emr").operation_names}
    return [
        (name, member)
        for name, shape in sorted(shapes.items())
        for member in ("Marker", "NextToken")
        if shape and member in shape.members and name not in WITHOUT_PAGES
    ]


def made_up(*parts: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(parts).encode()).decode()


@pytest.mark.parametrize(("operation", "member"), markers())
def test_markers_that_nobody_gave(endpoint: Endpoint, emr: Any, operation: str, member: str) -> None:
    needed: dict[str, Any] = {"ReleaseLabel": "emr-7.13.0"} if operation == "ListSupportedInstanceTypes" else {}
    if "ClusterId" in service("emr").operation_model(operation).input_shape.members:
        of_fleets = {"Instances": fleets("MASTER")} if "Fleet" in operation else {}
        needed = {"ClusterId": run(emr, **of_fleets)}
    call = getattr(emr, xform_name(operation))
    call(**needed)
    for marker in ("x", "", made_up("ListPictures", 1), made_up(operation), made_up(operation, 2**64),
                   made_up(operation, None), made_up(operation, 1e300, "\ud800")):  # fmt: skip
        refused = refusal(call, **needed, **{member: marker})
        assert refused == invalid(f"{member} '{marker}' is not valid.")
