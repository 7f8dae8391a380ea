"""The file by which a node knows LocalEMR's own applications, for tests of its programs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from localemr_node import applications as on_the_node

from localemr.applications import applications
from localemr.domain.node.instance_files import described


@pytest.fixture
def known_applications(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An instance with all of LocalEMR's applications."""
    file = tmp_path / "applications.json"
    file.write_text(json.dumps(described(applications().values())))
    monkeypatch.setattr(on_the_node, "FILE", str(file))
    yield
