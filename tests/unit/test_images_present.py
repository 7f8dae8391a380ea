"""Which image a cluster's instances are made from, and which have to be built for it."""

from __future__ import annotations

from pathlib import Path

import pytest

from localemr.images import certificates, plan
from localemr.images.image import Image, image, to_build, with_needs
from localemr.images.present import Present, choose, current, labels, nodes, usable
from tests.golden_scenarios import LABEL
from tests.images import forget


def listed(*images: Image, size: int = 10**9) -> dict[str, Present]:
    return {each.reference: Present(size, dict(each.labels)) for each in images}


def names(images: tuple[Image, ...]) -> list[str]:
    return [each.name.removesuffix("-trusting") for each in images if each.name.count("-trusting") == 0]


def test_a_node_has_what_its_applications_need_and_no_more() -> None:
    assert plan.parts(LABEL, ["Spark"]) == ("Hadoop", "Spark")
    assert plan.parts(LABEL, ["Hive"]) == ("Hadoop", "Tez", "Hive")
    assert plan.parts(LABEL, []) == ("Hadoop",)
    assert plan.parts(LABEL, ["Hive", "Spark"]) == ("Hadoop", "Spark", "Tez", "Hive")
    assert plan.parts(LABEL, ["ZooKeeper"]) == ("Hadoop", "ZooKeeper")
    assert plan.parts(LABEL, ["HBase"]) == ("Hadoop", "ZooKeeper", "HBase")
    # What HBase alone needs is not below what others have in common.
    common = ("Hadoop", "Spark", "Tez", "Hive")
    others = ("Livy", "Flink", "ZooKeeper", "HBase", "Pig", "HCatalog", "JupyterEnterpriseGateway", "Presto", "Trino")
    assert plan.parts(LABEL) == (*common, *others, "JupyterHub")
    spark = names(with_needs([plan.node(LABEL, ["Spark"])]))
    assert "spark" in spark and not {"tez", "hive", "catalog"} & {*spark}


def test_the_order_of_a_request_makes_no_other_image() -> None:
    assert plan.node(LABEL, ["Spark", "Hadoop"]) is plan.node(LABEL, ["Hadoop", "Spark"])
    assert plan.node(LABEL, ["Hadoop"]).reference != plan.node(LABEL, ["Spark"]).reference


def test_small_images_are_the_beginning_of_large_ones() -> None:
    large = {each.reference for each in with_needs([plan.node(LABEL)])}
    spark = with_needs([plan.node(LABEL, ["Spark"])])
    own = {each.name for each in spark if each.reference not in large}
    assert own - {"node-trusting"} == {"hadoop-classes", "spark-classes", "dynamodb", "node"}


def test_what_takes_long_is_made_once_for_all_chains_and_waits_for_no_other_application() -> None:
    whole = {each.name: each for each in with_needs([plan.node(LABEL)])}
    hive = {each.name: each for each in with_needs([plan.node(LABEL, ["Hive"])])}
    made = {name for name in hive if name.endswith(("-files", "-archived"))}
    files = {"hive-files", "tez-files", "hadoop-files", "dynamodb-files"}
    assert files | {"hive-archived", "hadoop-archived"} == made
    assert {name: hive[name].tag for name in made} == {name: whole[name].tag for name in made}
    for name in made - {"hadoop-archived", "hive-archived"}:
        assert [need.name for need in whole[name].needs] == ["tools-17"]
    below = {each.name for each in with_needs([whole["hive-archived"]])}
    assert not {"spark", "hadoop-archived"} & below and {"tez", "hive-files"} < below


def test_the_exact_image_is_chosen() -> None:
    exact, whole = plan.node(LABEL, ["Spark"]), plan.node(LABEL)
    assert choose(LABEL, ["Spark"], listed(exact, size=2) | listed(whole, size=1)) is exact


def test_without_it_the_smallest_that_has_all() -> None:
    whole, hive = plan.node(LABEL), plan.node(LABEL, ["Hive"])
    present = listed(whole, size=3) | listed(hive, size=2) | listed(plan.node(LABEL, ["Spark"]), size=1)
    assert choose(LABEL, ["Tez"], present) is hive
    assert choose(LABEL, ["Hive", "Spark"], present) is whole
    assert choose(LABEL, ["Tez"], listed(whole)) is whole


def test_none_is_chosen_that_lacks_an_application_or_is_outdated() -> None:
    spark = plan.node(LABEL, ["Spark"])
    assert choose(LABEL, ["Hive"], listed(spark)) is None
    outdated = {"localemr/node:emr-7.13.0-000000000000": Present(1, dict(plan.node(LABEL).labels))}
    assert choose(LABEL, ["Hive"], outdated) is None
    with pytest.raises(KeyError):
        choose("emr-1.0.0", ["Hive"], {})


def test_an_image_from_before_the_labels_serves() -> None:
    whole = plan.node(LABEL)
    assert choose(LABEL, ["Spark"], {whole.reference: Present(1)}) is whole


def test_sets_that_this_version_does_not_know_are_passed_over() -> None:
    other = Present(1, {plan.RELEASE: LABEL, plan.APPLICATIONS: "Hadoop,Unheard"})
    assert nodes(LABEL, {"localemr/node:x": other}) == []
    gone = Present(1, {plan.RELEASE: "emr-0.0.1", plan.APPLICATIONS: "Hadoop"})
    assert labels({"localemr/node:y": gone}) == (LABEL,)


def test_what_is_there_needs_nothing_more() -> None:
    whole = plan.node(LABEL)
    assert to_build([whole], {whole.reference}) == ()
    spark = with_needs([plan.node(LABEL, ["Spark"])])
    missing = to_build([whole], {each.reference for each in spark})
    assert {"tez", "hive"} < {each.name for each in missing}
    assert not {"base", "hadoop", "spark"} & {each.name for each in missing}
    seen = {each.reference for each in spark}
    for each in missing:
        assert {need.reference for need in each.needs} <= seen
        seen.add(each.reference)


def test_what_is_kept() -> None:
    spark = plan.node(LABEL, ["Spark"])
    kept = {each.reference for each in current(listed(spark))}
    assert {spark.reference, plan.node(LABEL).reference, plan.controller().reference} < kept


def test_no_image_is_stale_when_it_is_planned(tmp_path: Path) -> None:
    assert not [each.name for each in with_needs([plan.node(LABEL), plan.catalog(), plan.controller()]) if each.stale]
    recipe = tmp_path / "Dockerfile"
    recipe.write_text("FROM scratch")
    planned = image("one", {"Dockerfile": recipe}, {})
    recipe.write_text("FROM other")
    assert planned.stale


def test_an_image_of_another_host_is_of_this_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(certificates, "LOCAL", tmp_path)
    (tmp_path / "company.crt").write_text("one")
    forget()
    trusting = plan.node(LABEL, ["Spark"])
    (portable,) = trusting.needs
    found = usable({portable.reference: Present(1, portable.labels)})
    assert {portable.reference, trusting.reference} <= found
    assert f"{portable.reference}-older" not in found
    forget()
