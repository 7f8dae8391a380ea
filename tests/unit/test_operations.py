"""The tables of operations: EMR's has all of them, others those that are served; documentation is made of them."""

from __future__ import annotations

import pytest
from botocore import xform_name

from localemr import emr
from localemr.api.model import service
from localemr.aws.errors import UnknownOperationException
from localemr.aws.registry import Effect
from localemr.emr import OPERATIONS
from tests.operations_page import (
    PAGE,
    SERVICES,
    described,
    row,
    service_page,
    service_row,
    shown_by,
    with_service_table,
    with_table,
)

OTHERS = {(each, name): found for each, operations in SERVICES.items() for name, found in operations.items()}
SERVED = {("emr", name): found for name, found in emr.OPERATIONS.items()} | OTHERS


def test_every_operation_of_the_model_is_served_and_no_other() -> None:
    assert set(OPERATIONS) == set(service("emr").operation_names)


@pytest.mark.parametrize("name", sorted(OPERATIONS))
def test_functions_are_named_after_operations_and_say_what_they_do(name: str) -> None:
    found = OPERATIONS[name]
    assert found.function.__name__ == xform_name(name)
    assert isinstance(found.effect, Effect)
    effect, limits = described(found)
    assert effect.endswith(".")
    assert limits.endswith(".") or not limits
    assert row(name, found).count("|") == 6


@pytest.mark.parametrize(("each", "name"), sorted(OTHERS))
def test_functions_of_other_services_are_named_after_operations_and_say_what_they_do(each: str, name: str) -> None:
    found = OTHERS[each, name]
    assert name in service(each).operation_names
    assert found.function.__name__ == xform_name(name)
    effect, limits = described(found)
    assert effect.endswith(".")
    assert limits.endswith(".") or not limits
    assert service_row(each, name, found).count("|") == 5


def test_each_operation_is_shown_by_a_test_and_each_mark_names_an_operation() -> None:
    assert set(shown_by()) == set(SERVED)


def test_the_pages_are_not_stale() -> None:
    page = PAGE.read_text()
    assert page == with_table(page), "docs/operations.md is stale: `make docs` makes it anew"
    for each in SERVICES:
        page = service_page(each).read_text()
        assert page == with_service_table(each, page), f"docs/{each}.md is stale: `make docs` makes it anew"


def test_the_page_follows_the_table_and_keeps_what_was_written_by_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    page = PAGE.read_text()
    monkeypatch.delitem(OPERATIONS, "RunJobFlow")
    fewer = with_table(page)
    assert set(page.splitlines()) - set(fewer.splitlines()) == {
        line for line in page.splitlines() if line.startswith("| `RunJobFlow` |")
    }
    assert fewer.splitlines()[-1] == page.splitlines()[-1]


def test_every_class_of_effect_is_explained() -> None:
    assert [each for each in Effect if f"\n- **{each}**: " not in PAGE.read_text()] == []


def test_an_operation_that_is_not_served() -> None:
    with pytest.raises(UnknownOperationException) as caught:
        OPERATIONS.call("PaintCluster", None, {})  # type: ignore[arg-type]
    assert caught.value.message == "Could not find operation PaintCluster"
