"""What pyproject.toml cannot say of the build: recipes of images and examples are in the wheel, below localemr/."""

from __future__ import annotations

import shutil
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

FOLDERS = {"images": "localemr/recipes", "examples": "localemr/examples", "kubernetes": "localemr/deployment"}
"""Folder of the source tree → where images/chain.py, demo/example.py and cli/onkubernetes.py look for it."""
IGNORED = shutil.ignore_patterns("__pycache__", "*.egg-info", ".terraform*", "terraform.tfstate*", ".*_cache")


class WithFolders(build_py):
    """Builds the modules, and copies the folders with the files' permissions: those are inputs of images."""

    def run(self) -> None:
        """See build_py. An editable installation takes the folders from the source tree."""
        super().run()
        if not self.editable_mode:
            for source, packed in FOLDERS.items():
                shutil.copytree(source, Path(self.build_lib) / packed, ignore=IGNORED, dirs_exist_ok=True)


setup(cmdclass={"build_py": WithFolders})
