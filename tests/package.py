"""The distributions of LocalEMR, built from this tree, and virtual environments with them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import tempfile
from dataclasses import dataclass
from importlib.metadata import distributions
from pathlib import Path

ROOT = Path(__file__).parents[1]
LEFT_OUT = shutil.ignore_patterns("*.egg-info", "__pycache__", ".*_cache", ".terraform*", "terraform.tfstate*")
LEFT_OUT_AT_TOP = {".git", ".venv", ".venv-site", "build", "dist", "site"}
BUILD = "import sys; from setuptools import build_meta as b; getattr(b, sys.argv[1])(sys.argv[2])"


@dataclass(frozen=True)
class Environment:
    """A virtual environment."""

    path: Path

    def run(self, *command: str, **environ: str) -> str:
        """Output of a command of the environment, in its folder, without this shell's settings."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("LOCALEMR_", "PYTHON"))}
        kept["PATH"] = f"{self.path / 'bin'}{os.pathsep}{kept.get('PATH', os.defpath)}"
        program = str(self.path / "bin" / command[0])
        done = subprocess.run(
            [program, *command[1:]], cwd=self.path, env=kept | environ, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"{' '.join(command)}: {done.stdout}{done.stderr}"
        return done.stdout


def build(folder: Path) -> tuple[Path, Path]:
    """The sdist of this tree, and the wheel that is built from it, as PyPI's users get them."""
    tree = folder / "tree"
    shutil.copytree(
        ROOT, tree, ignore=lambda at, names: LEFT_OUT(at, names) | (LEFT_OUT_AT_TOP if at == str(ROOT) else set())
    )
    sdist = _build("build_sdist", tree, folder)
    with tarfile.open(sdist) as archive:
        archive.extractall(folder, filter="data")
    return sdist, _build("build_wheel", folder / sdist.name.removesuffix(".tar.gz"), folder)


def _build(what: str, tree: Path, folder: Path) -> Path:
    """With the build backend of this environment: nothing is downloaded."""
    suffix = {"build_sdist": ".tar.gz", "build_wheel": ".whl"}[what]
    command = [sys.executable, "-c", BUILD, what, str(folder)]
    done = subprocess.run(command, cwd=tree, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    (made,) = folder.glob(f"*{suffix}")
    return made


def main(folder: Path) -> None:
    """Build both and keep them in the folder."""
    folder.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as directory:
        for made in build(Path(directory)):
            print(shutil.copy(made, folder))


def environment(folder: Path, wheel: Path, alone: bool = True) -> Environment:
    """A new virtual environment with the wheel and the packages that it needs: from the registry, in the versions of
    this environment so that pip need not search for others, or (`alone` false) those of this environment."""
    made = Environment(folder)
    subprocess.run([sys.executable, "-m", "venv", *([] if alone else ["--without-pip"]), str(folder)], check=True)
    pip = [sys.executable, "-m", "pip", "--python", str(folder / "bin" / "python"), "--disable-pip-version-check"]
    if not alone:
        (site,) = folder.glob("lib/python*/site-packages")
        # Names in this environment come after those in the new one, and its own .pth files are not read.
        (site / "others.pth").write_text(sysconfig.get_path("purelib") + "\n")
    options = ["--constraint", str(_versions(folder))] if alone else ["--no-deps", "--no-index", "--ignore-installed"]
    done = subprocess.run([*pip, "install", *options, str(wheel)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return made


def _versions(folder: Path) -> Path:
    """A file with the versions of this environment's packages."""
    found = {f"{each.name}=={each.version}\n" for each in distributions() if each.name.lower() != "localemr"}
    path = folder.with_name(f"{folder.name}.txt")
    path.write_text("".join(sorted(found)))
    return path


if __name__ == "__main__":
    main(Path(sys.argv[1]))
