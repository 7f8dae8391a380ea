"""Progress display of image builds: one live line per image or, without a terminal, one plain line per step."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Lock

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Column

Report = Callable[[str, int, int, str], None]
"""Called with progress: the image's name, the step, the number of steps (0: not known yet), the last line."""
BUILT = "built"


@contextmanager
def display(console: Console, names: list[str]) -> Iterator[Report]:
    """Show the build of these images while the block runs. Yields the function that gets the build's progress."""
    if not console.is_terminal:
        yield _Lines(console)
        return
    with _progress(console) as progress:
        yield _Live(progress, names)


def _progress(console: Console) -> Progress:
    return Progress(
        TextColumn("{task.description:<8}", markup=False),
        BarColumn(bar_width=20),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn(
            "{task.fields[line]}",
            markup=False,
            style="dim",
            table_column=Column(ratio=1, no_wrap=True, overflow="ellipsis"),
        ),
        console=console,
        expand=True,
    )


class _Live:
    """One line for each image: bar, step of steps, elapsed time, and the last line of its build's output."""

    def __init__(self, progress: Progress, names: list[str]) -> None:
        self._progress = progress
        self._lock = Lock()
        # The clock starts with the image's build: before that it waits for its parent images.
        self._tasks = {name: progress.add_task(name, total=None, start=False, line="waiting") for name in names}

    def __call__(self, name: str, step: int, total: int, line: str) -> None:
        task = self._task(name)
        self._progress.start_task(task)
        done = step if line == BUILT else max(step - 1, 0)
        self._progress.update(task, completed=done, total=total or None, line=line.strip())

    def _task(self, name: str) -> TaskID:
        with self._lock:
            if name not in self._tasks:
                self._tasks[name] = self._progress.add_task(name, total=None, line="")
            return self._tasks[name]


class _Lines:
    """A line when a step of an image begins."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._lock = Lock()
        self._began: dict[str, float] = {}
        self._step: dict[str, int] = {}

    def __call__(self, name: str, step: int, total: int, line: str) -> None:
        with self._lock:
            began = self._began.setdefault(name, time.monotonic())
            if line != BUILT and self._step.get(name) == step:
                return
            self._step[name] = step
        at = f"{step}/{total} " if total else ""
        text = f"image {name}: {at}{line.strip()} ({time.monotonic() - began:.0f} s)"
        self._console.print(text, markup=False, soft_wrap=True)
