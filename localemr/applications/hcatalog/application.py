"""HCatalog with EMR's layout: the metastore on the master, and the command `hcat`. Its classes are part of Hive's
files."""

from __future__ import annotations

from pathlib import Path

from localemr.domain.model.application import Application

APPLICATION = Application(
    name="HCatalog",
    needs=("Hadoop", "Hive"),
    image=str(Path(__file__).parent / "image"),
)
