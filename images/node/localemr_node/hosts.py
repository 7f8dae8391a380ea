"""The names of a cluster's instances in /etc/hosts: a section of its own between two marks, at the end."""

from __future__ import annotations

from localemr_node.files import overwrite, read_text

HOSTS = "/etc/hosts"
BEGIN, END = "# LocalEMR: begin", "# LocalEMR: end"


def update(section: str, path: str = HOSTS) -> None:
    """Replace the section. Raises OSError."""
    old = read_text(path) or ""
    new = replaced(old, section)
    if new != old:
        overwrite(path, new)


def replaced(text: str, section: str) -> str:
    """The text with this section. A section without its end mark was not written completely: it is replaced too."""
    others: list[str] = []
    inside = False
    for line in text.splitlines():
        if line in (BEGIN, END):
            inside = line == BEGIN
        elif not inside:
            others.append(line)
    return "".join(f"{line}\n" for line in (*others, BEGIN, *section.splitlines(), END))
