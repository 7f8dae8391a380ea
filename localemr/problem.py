"""What goes wrong on the user's machine, with what the user can do about it."""

from __future__ import annotations


class Problem(Exception):
    """An error for the user of the command line: `message` is what happened, `fix` what they can do (may be empty)."""

    def __init__(self, message: str, fix: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.fix = fix
