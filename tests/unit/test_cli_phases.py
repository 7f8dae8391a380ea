"""Which image a demo's cluster is started from."""

from __future__ import annotations

import pytest

from localemr.cli.phases import node_image
from localemr.images import daemon, plan
from localemr.images.image import Image
from localemr.images.present import Present
from tests.golden_scenarios import LABEL


def chosen(monkeypatch: pytest.MonkeyPatch, *built: Image) -> str:
    """Its reference, when these are there."""
    monkeypatch.setattr(daemon, "present", lambda: {each.reference: Present(1, dict(each.labels)) for each in built})
    (found,) = node_image(LABEL, ("Hadoop", "Spark"))
    return found.reference


def test_what_is_there_is_not_built_again_with_fewer_applications(monkeypatch: pytest.MonkeyPatch) -> None:
    exact, whole = plan.node(LABEL, ["Spark"]), plan.node(LABEL)
    assert chosen(monkeypatch, whole) == whole.reference
    assert chosen(monkeypatch, whole, exact) == exact.reference


def test_what_lacks_an_application_does_not_do(monkeypatch: pytest.MonkeyPatch) -> None:
    assert chosen(monkeypatch, plan.node(LABEL, ["Hive"])) == plan.node(LABEL, ["Spark"]).reference
