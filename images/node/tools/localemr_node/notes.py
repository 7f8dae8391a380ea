"""A run's note: a few words beside its exit code, which the supervisor passes on to the controller."""

import os


def write_note(text: str) -> None:
    """Replaces the note; nothing happens outside a run."""
    path = os.environ.get("LOCALEMR_NOTE")
    if path:
        with open(path + ".tmp", "w", encoding="utf-8") as file:
            file.write(text)
        os.replace(path + ".tmp", path)
