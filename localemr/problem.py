"""Errors of the user's machine, with a fix for the user."""

from __future__ import annotations


class Problem(Exception):
    """An error for the user of the command line: `message` is the error, `fix` what the user can do (may be empty)."""

    def __init__(self, message: str, fix: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.fix = fix
