"""Pictures of pages for README and docs, taken by the tests that look at these pages: `make pictures`."""

from __future__ import annotations

import os
from pathlib import Path

from selenium.webdriver import Chrome

from tests.browser.chromium import size

VARIABLE = "PICTURES"
"""Of the environment: the folder that they are written to. Without it none is."""
WIDTH, HEIGHT = 1100, 760
MOST = 150_000
"""Bytes of a picture."""


def take(of: Chrome, name: str, height: int = HEIGHT) -> None:
    """The page as it is now, light and dark: its first `height` pixels."""
    if folder := os.environ.get(VARIABLE):
        for scheme in ("light", "dark"):
            size(of, WIDTH, height, scheme)
            path = Path(folder) / f"console-{name}-{scheme}.png"
            of.save_screenshot(str(path))
            assert path.stat().st_size <= MOST, f"{path.name} has {path.stat().st_size} bytes"
