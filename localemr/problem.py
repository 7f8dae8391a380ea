"""What goes wrong on the user's machine, in words that say what to do about it."""

from __future__ import annotations


class Problem(Exception):
    """Something that the person at the terminal has to know; `mend` says what they can do."""

    def __init__(self, message: str, mend: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.mend = mend
