"""Whatever users set is read as they set it; what a file cannot have is refused with its name."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree

import javaproperties
import pytest
from hypothesis import given
from hypothesis import strategies as st

from localemr.domain.accept.software import check_configurations
from localemr.domain.model.errors import ValidationException
from localemr.domain.node.formats import FORMATS, NOT_XML
from tests.unit.site import Site
from tests.world import CATALOG

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
NAMES = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20)
XML = st.text(st.characters(exclude_categories=["Cs"]).filter(lambda each: not NOT_XML.search(each)), max_size=20)


@given(st.dictionaries(NAMES, TEXT, max_size=4))
@pytest.mark.parametrize("name", ["properties", "spark-defaults"])
def test_java_reads_properties_as_they_were_set(name: str, properties: dict[str, str]) -> None:
    assert javaproperties.loads(FORMATS[name].render(properties)) == properties


@given(st.dictionaries(XML, XML, max_size=4))
def test_xml_is_read_as_it_was_set(properties: dict[str, str]) -> None:
    found = ElementTree.fromstring(FORMATS["hadoop-xml"].render(properties).encode()).iter("property")
    assert {each.findtext("name") or "": each.findtext("value") or "" for each in found} == properties


def test_values_look_as_they_were_sent_where_java_does_not_mind() -> None:
    text = FORMATS["spark-defaults"].render({"spark.a": "hdfs:///x=1 #! $(hostname -f)", "b:c": "\\d\n", "u": "ü"})
    assert text == "spark.a hdfs:///x=1 #! $(hostname -f)\nb\\:c \\\\d\\n\nu \\u00fc\n"


def configuration(classification: str, name: str, value: str) -> dict[str, Any]:
    properties = {name: value}
    if classification.endswith("-env"):
        nested = {"Classification": "export", "Properties": properties}
        return {"Classification": classification, "Properties": {}, "Configurations": [nested]}
    return {"Classification": classification, "Properties": properties}


@pytest.mark.parametrize(
    ("classification", "name", "value", "character"),
    [
        ("core-site", "a", "x\x01y", "U+0001"),
        ("core-site", "a\x0b", "x", "U+000B"),
        ("core-site", "a", "\ufffe", "U+FFFE"),
        ("spark-hive-site", "a", "\x1b[0m", "U+001B"),
        ("spark-defaults", "a", "x\0", "U+0000"),
        ("hadoop-env", "A", "x\0", "U+0000"),
        ("spark", "a", "x\0", "U+0000"),
        ("spark-log4j2", "a", "\ud800", "U+D800"),
    ],
)
def test_what_a_file_cannot_have_is_refused(classification: str, name: str, value: str, character: str) -> None:
    with pytest.raises(ValidationException) as refused:
        check_configurations([configuration(classification, name, value)], "emr-7.13.0", ("Spark",), CATALOG)
    shown = name.encode("unicode_escape").decode()
    assert str(refused.value) == (
        f"Property '{shown}' of classification '{classification}' has the character {character}, which its file cannot "
        "have."
    )


@pytest.mark.parametrize(
    ("classification", "value"),
    [("core-site", "tab\t line\n return\r ü 😀"), ("spark-defaults", "\x01 delimiter"), ("hadoop-env", "a\tb\nc")],
)
def test_what_it_can_have_is_taken(classification: str, value: str) -> None:
    check_configurations([configuration(classification, "a", value)], "emr-7.13.0", ("Spark",), CATALOG)


def test_nothing_is_stored() -> None:
    site = Site()
    bad = configuration("core-site", "a", "\x02")
    with pytest.raises(ValidationException, match="classification 'core-site'"):
        site.add_cluster(Configurations=[bad])
    assert site.call("ListClusters")["Clusters"] == []
    cluster_id = site.add_cluster()
    group = site.call("ListInstanceGroups", ClusterId=cluster_id)["InstanceGroups"][0]["Id"]
    changes = [{"InstanceGroupId": group, "Configurations": [bad]}]
    site.move_cluster(cluster_id, "WAITING")
    with pytest.raises(ValidationException, match="classification 'core-site'"):
        site.call("ModifyInstanceGroups", ClusterId=cluster_id, InstanceGroups=changes)
    site.close()
