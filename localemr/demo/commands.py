"""A run of an example that consists of commands: in a copy of its folder, with the environment of AWS's clients."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from localemr.demo.example import Example
from localemr.problem import Problem


def missing(example: Example) -> list[str]:
    """The programs that the example needs and that are not installed."""
    return [program for program in example.needs if shutil.which(program) is None]


def run(example: Example, environ: Mapping[str, str], folder: Path, announce: Callable[[str], None]) -> None:
    """Run the commands one after the other in a copy below `folder`. Problem when one fails.

    They may write beside their files, which may lie in an installed package: hence the copy. `python` is this Python,
    `localemr` the one beside it.
    """
    here = shutil.copytree(example.folder, folder / example.name, ignore=shutil.ignore_patterns("__pycache__"))
    programs = f"{Path(sys.executable).parent}{os.pathsep}{environ.get('PATH', os.defpath)}"
    for command in example.commands:
        line = " ".join(command)
        announce(line)
        code = subprocess.run(command, cwd=here, env={**environ, "PATH": programs}, check=False).returncode
        if code:
            raise Problem(f"`{line}` ended with {code}", f"its output is above; its files are in {example.folder}")
