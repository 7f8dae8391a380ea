"""The examples of docs/testing.md, for tests that run them."""

from __future__ import annotations

import re
from pathlib import Path

TESTING = (Path(__file__).parents[1] / "docs" / "testing.md").read_text()


def example(beginning: str) -> str:
    """The one Python example that begins like this."""
    (found,) = [text for text in re.findall(r"```python\n(.*?)```", TESTING, re.S) if text.startswith(beginning)]
    return str(found)
