"""The table of operations: all are EMR's, all are documented."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from botocore import xform_name

from localemr.api.model import service
from localemr.domain.errors import UnknownOperationException
from localemr.operations import OPERATIONS, call

PAGE = Path(__file__).parents[2] / "docs" / "operations.md"


def test_every_operation_is_one_of_the_model() -> None:
    assert set(OPERATIONS) <= set(service().operation_names)


def test_every_operation_has_one_row_in_the_documentation_and_no_other_has() -> None:
    rows = re.findall(r"^\| `([A-Z]\w+)` \| ", PAGE.read_text().split("## RunJobFlow")[0], re.MULTILINE)
    assert sorted(rows) == sorted(OPERATIONS)


@pytest.mark.parametrize("name", sorted(OPERATIONS))
def test_functions_are_named_after_operations_and_say_what_they_do(name: str) -> None:
    function = OPERATIONS[name]
    assert function.__name__ == xform_name(name)
    assert function.__doc__


def test_an_operation_that_is_not_served() -> None:
    with pytest.raises(UnknownOperationException) as caught:
        call("PaintCluster", None, {})  # type: ignore[arg-type]
    assert caught.value.message == "Could not find operation PaintCluster"
