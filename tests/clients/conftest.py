"""Clients in programs of their own take longer than other tests."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.waiting import LIMIT


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(item.fspath).is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.timeout(LIMIT))
