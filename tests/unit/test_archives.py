"""Options by which JVMs take their classes from an archive."""

from __future__ import annotations

from pathlib import Path

from localemr.applications import hadoop
from localemr.applications.java import archived, opens

LAUNCHERS = Path(hadoop.__file__).with_name("image") / "files" / "archived"


def test_commands_and_containers_take_an_archive_with_the_same_options() -> None:
    text = LAUNCHERS.read_text()
    assert "/usr/lib/localemr/cds/$1.jsa" in text
    file, *others = archived(17, "hive").split()
    assert file == "-XX:SharedArchiveFile=/usr/lib/localemr/cds/hive.jsa"
    assert " ".join(text[text.index("archive=(-XX") :].split()) == (
        f'archive=(-XX:SharedArchiveFile="$file" {" ".join(others)}) }}'
    )


def test_options_that_an_old_java_refuses_are_left_out() -> None:
    assert archived(8, "hive") == opens(8) == ""
    assert archived(11, "hive") == ""
    assert "--add-opens=java.base/java.lang=ALL-UNNAMED" in opens(11)
