"""The tables of operations: EMR's has all of them, Glue's those of the catalog; documentation is made of them."""

from __future__ import annotations

import pytest
from botocore import xform_name

from localemr import emr, glue
from localemr.api.model import service
from localemr.aws.errors import UnknownOperationException
from localemr.aws.registry import Effect
from localemr.emr import OPERATIONS
from tests.operations_page import GLUE_PAGE, PAGE, described, glue_row, row, shown_by, with_glue_table, with_table

SERVED = {("emr", name): found for name, found in emr.OPERATIONS.items()} | {
    ("glue", name): found for name, found in glue.OPERATIONS.items()
}


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


@pytest.mark.parametrize("name", sorted(glue.OPERATIONS))
def test_functions_of_glue_are_named_after_operations_and_say_what_they_do(name: str) -> None:
    found = glue.OPERATIONS[name]
    assert name in service("glue").operation_names
    assert found.function.__name__ == xform_name(name)
    effect, limits = described(found)
    assert effect.endswith(".")
    assert limits.endswith(".") or not limits
    assert glue_row(name, found).count("|") == 5


def test_each_operation_is_shown_by_a_test_and_each_mark_names_an_operation() -> None:
    assert set(shown_by()) == set(SERVED)


def test_the_pages_are_not_stale() -> None:
    page, glue_page = PAGE.read_text(), GLUE_PAGE.read_text()
    assert page == with_table(page), "docs/operations.md is stale: `make docs` makes it anew"
    assert glue_page == with_glue_table(glue_page), "docs/glue.md is stale: `make docs` makes it anew"


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
