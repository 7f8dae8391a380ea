"""Execute a notebook of S3 with an application's command. Its spec is NotebookSpec.

The command gets the files of the notebook, of its output and of the parameters, and writes why it failed into the file
`failure` beside them. The output is uploaded whenever there is one, so that a failed notebook can be read. The note has
the reason, and whether the output was written.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys

from localemr_node.notes import leave
from localemr_node.objects import ObjectError
from localemr_node.scripts import FetchError, fetch
from localemr_node.specs import NotebookSpec, load
from localemr_node.transfers import upload

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

LONGEST = 2000  # characters of a reason; a note's length is limited


def main() -> int:
    """The tool."""
    notebook = load(NotebookSpec)
    signal.signal(signal.SIGTERM, lambda *_: None)  # it is for the command: this process only waits for its end
    directory = os.getcwd()
    output = f"{directory}/output.html" if notebook.html else f"{directory}/output.ipynb"
    try:
        source = fetch(notebook.source, f"{directory}/source")
        message = execute(notebook, source, output, directory)
    except (FetchError, ObjectError, OSError) as error:
        message = str(error)
    written = False
    if os.path.exists(output):
        try:
            upload(output, notebook.output)
            written = True
        except ObjectError as error:
            message = message or f"The output could not be written: {error}"
    if message:
        print(message, file=sys.stderr, flush=True)
    leave({"written": written, **({"message": message[:LONGEST]} if message else {})})
    return 1 if message else 0


def execute(notebook: NotebookSpec, source: str, output: str, directory: str) -> str:
    """Execute the notebook. Returns why it failed; empty: it did not."""
    parameters, failure = f"{directory}/parameters.json", f"{directory}/failure"
    with open(parameters, "w", encoding="utf-8") as file:
        file.write(notebook.parameters or "{}")
    env = environment(notebook, directory, os.environ)
    done = subprocess.run((notebook.command, source, output, parameters, failure), env=env, check=False)
    if done.returncode == 0:
        return ""
    try:
        with open(failure, encoding="utf-8", errors="replace") as file:
            return file.read().strip() or ended(done.returncode)
    except FileNotFoundError:
        return ended(done.returncode)


def environment(notebook: NotebookSpec, directory: str, base: Mapping[str, str]) -> dict[str, str]:
    """The environment of the command: the run's, with the request's variables."""
    return {**base, "HOME": base.get("HOME") or "/home/hadoop", "TMPDIR": directory, **notebook.environment}


def ended(code: int) -> str:
    """How the command ended, in words."""
    return f"The execution ended with exit code {code if code >= 0 else 128 - code}."
