"""/etc/resolv.conf: the node's own name server takes the place of Docker's, to which it passes questions on."""

from __future__ import annotations

from localemr_node.files import overwrite, read_text

PATH = "/etc/resolv.conf"
MARK = "# LocalEMR passes on to "


def take_over(own: str, path: str = PATH) -> str | None:
    """Make `own` the only name server; returns the first one of before. None: there is none. Raises OSError."""
    text = read_text(path) or ""
    before = former(text, own)
    if before is None:
        return None
    new = rewritten(text, own, before)
    if new != text:
        overwrite(path, new)
    return before


def former(text: str, own: str) -> str | None:
    """The first name server besides `own`, or the one that an earlier boot replaced."""
    servers = [words[1] for line in text.splitlines() if (words := line.split())[:1] == ["nameserver"] and words[1:]]
    marked = [line.removeprefix(MARK) for line in text.splitlines() if line.startswith(MARK)]
    return next((each for each in (*servers, *marked) if each != own and ":" not in each), None)


def rewritten(text: str, own: str, before: str) -> str:
    """The text with `own` as its only name server; other settings stay."""
    kept = [line for line in text.splitlines() if line.split()[:1] != ["nameserver"] and not line.startswith(MARK)]
    return "".join(f"{line}\n" for line in (f"nameserver {own}", f"{MARK}{before}", *kept))
