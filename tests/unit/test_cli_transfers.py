"""Which images `localemr images save` and `push` hand on."""

from __future__ import annotations

from pathlib import Path

import pytest

from localemr.cli.transfers import _chosen
from localemr.images import certificates, daemon, plan
from localemr.images.image import Image
from localemr.images.present import Present
from localemr.problem import Problem
from tests.golden_scenarios import LABEL
from tests.images import forget


def chosen(monkeypatch: pytest.MonkeyPatch, built: tuple[Image, ...], applications: str = "") -> set[str]:
    """The references that are handed on of these images."""
    found = {each.reference: Present(1, dict(each.labels)) for each in built}
    monkeypatch.setattr(daemon, "present", lambda: found)
    return {each.reference for each in _chosen([LABEL], applications, False)}


def test_without_applications_it_is_all_that_is_built(monkeypatch: pytest.MonkeyPatch) -> None:
    built = (*plan.services(), plan.node(LABEL, ["Spark"]), plan.node(LABEL, ["Hive"]), plan.dynalite())
    assert chosen(monkeypatch, built) == {each.reference for each in built}


def test_with_applications_it_is_what_build_makes_for_them(monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = (*plan.services(), plan.node(LABEL, ["Spark"]))
    built = (*wanted, plan.node(LABEL, ["Hive"]), plan.node(LABEL), plan.dynalite())
    assert chosen(monkeypatch, built, "hadoop, Spark") == {each.reference for each in wanted}


def test_what_is_not_built_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Problem) as caught:
        chosen(monkeypatch, (*plan.services(), plan.node(LABEL)), "Hadoop,Spark")
    assert str(caught.value) == "not built: node"
    assert caught.value.fix == f"run `localemr images build {LABEL} --applications Hadoop,Spark`"


def test_where_the_host_has_certificates_other_hosts_get_the_image_below(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(certificates, "LOCAL", tmp_path)
    (tmp_path / "company.crt").write_text("one")
    forget()
    trusting = plan.node(LABEL, ["Spark"])
    built = (*plan.services(), trusting, *trusting.needs)
    assert chosen(monkeypatch, built, "Spark") == {each.reference for each in built}
    # One that was pulled, and that no cluster has been started from so far.
    pulled = (*plan.services(), *trusting.needs)
    assert chosen(monkeypatch, pulled, "Spark") == {each.reference for each in pulled}
    forget()
