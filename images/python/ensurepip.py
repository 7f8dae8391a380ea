"""`python3 -m ensurepip`, which `python3 -m venv` runs: installs the wheels that lie beside it.

It replaces the module of Python's distribution, which Debian has in a package that needs wheels of Debian's.
"""

import argparse
import os
import runpy
import sys

folder = os.path.join(os.path.dirname(os.path.abspath(__file__)), "_bundled")
parser = argparse.ArgumentParser(prog="python -m ensurepip")
for option in ("--upgrade", "--user", "--altinstall", "--default-pip"):
    parser.add_argument(option, action="store_true")
parser.add_argument("-U", dest="upgrade", action="store_true")
parser.add_argument("--root")
chosen = parser.parse_args()

arguments = ["--quiet", "--no-cache-dir", "--no-index", f"--find-links={folder}", "--disable-pip-version-check"]
arguments += [f"--{name}" for name in ("upgrade", "user") if getattr(chosen, name)]
arguments += [f"--root={chosen.root}"] if chosen.root else []
sys.path[:0] = [os.path.join(folder, name) for name in sorted(os.listdir(folder))]
sys.argv = ["pip", "install", *arguments, "setuptools", "pip"]
runpy.run_module("pip", run_name="__main__", alter_sys=True)
