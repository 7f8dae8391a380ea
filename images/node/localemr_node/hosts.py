"""The names of a cluster's instances in /etc/hosts: a section of its own between two marks, at the end."""

from __future__ import annotations

import os

from localemr_node.files import read_text, write_at

HOSTS = "/etc/hosts"
BEGIN, END = "# LocalEMR: begin", "# LocalEMR: end"


def update(section: str, path: str = HOSTS) -> None:
    """Replace the section. In place: Docker mounts this file, so it cannot be renamed over. Raises OSError."""
    old = read_text(path) or ""
    new = replaced(old, section)
    if new == old:
        return
    data = new.encode()
    fd = os.open(path, os.O_WRONLY | os.O_CLOEXEC)
    try:
        write_at(fd, data, 0)
        os.ftruncate(fd, len(data))
    finally:
        os.close(fd)


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
