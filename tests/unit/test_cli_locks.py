"""Two of one thing at a time."""

from __future__ import annotations

import threading
from pathlib import Path

from localemr.installation.locks import exclusive_lock


def test_the_second_says_that_it_waits_and_goes_on_when_the_first_is_done(tmp_path: Path) -> None:
    file = tmp_path / "new" / "the.lock"
    said: list[str] = []
    waits = threading.Event()

    def second() -> None:
        with exclusive_lock(file, wait=waits.set):
            said.append("second")

    with exclusive_lock(file, wait=lambda: said.append("waits")):
        thread = threading.Thread(target=second)
        thread.start()
        assert waits.wait(10)
        said.append("first")
    thread.join(10)
    assert said == ["first", "second"]
