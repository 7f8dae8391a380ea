"""Blanks at line ends, and files without exactly one newline at their end. `python -m tests.whitespace FILE…`."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

MADE = (".lock", ".jsonl")
"""Endings of files that tools write as they are."""


def problems(text: str) -> Iterator[str]:
    """What is wrong with the text of a file, by line."""
    for number, line in enumerate(text.split("\n"), start=1):
        if line != line.rstrip():
            yield f"line {number} ends with a blank"
    if text and not text.endswith("\n"):
        yield "no newline at the end"
    if text.endswith("\n\n"):
        yield "empty lines at the end"


def main(files: list[str]) -> int:
    """Print the problems of these files; 1 when there are any, else 0."""
    found = [
        f"{name}: {problem}"
        for name in files
        if not name.endswith(MADE)
        for problem in problems(Path(name).read_text(errors="replace"))
    ]
    print("\n".join(found), end="\n" if found else "")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
