"""The table of layers in docs/architecture.md: its last column is made from the rules. `make docs` writes it."""

from __future__ import annotations

import re
from pathlib import Path

from tests.unit.test_layers import ALLOWED

PAGE = Path(__file__).parents[1] / "docs" / "architecture.md"
ROW = re.compile(r"^\| `([a-z_.]+)` \| (.*) \| ?([^|]*?) ?\|$", re.M)


def table(page: str) -> str:
    """The table of layers, with its head."""
    return page.partition("## Layers\n")[2].partition("\n\n")[0]


def layers(page: str) -> list[str]:
    """The layers that the table describes, in its order."""
    return [name for name, _, _ in ROW.findall(table(page))]


def with_layers(page: str) -> str:
    """The page with the allowed imports. What a layer does is written by hand. Raises KeyError for an unknown layer."""

    def row(match: re.Match[str]) -> str:
        name, does, _ = match.groups()
        return f"| `{name}` | {does} | {', '.join(sorted(ALLOWED[name])) or 'nothing'} |"

    now = table(page)
    return page.replace(now, ROW.sub(row, now))


if __name__ == "__main__":
    PAGE.write_text(with_layers(PAGE.read_text()))
