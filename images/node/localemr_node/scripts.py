"""Fetching what a step or a bootstrap action names: from S3, from HDFS, or from the local disk."""

from __future__ import annotations

import os
import re
import shutil
import subprocess

from localemr_node.objects import ObjectError, is_object, split
from localemr_node.transfers import download


class FetchError(Exception):
    """The file could not be fetched. The message names the file and the reason."""


def fetch(uri: str, directory: str) -> str:
    """Path of a copy in `directory` of the file that the URI names (s3:, s3n:, s3a:, hdfs:, file: or a path)."""
    os.makedirs(directory, exist_ok=True)
    try:
        target = os.path.join(directory, _name(uri))
        if is_object(uri):
            download(uri, target)
        elif uri.startswith("hdfs:"):
            _get(uri, target)
        else:
            shutil.copyfile(local_path(uri), target)
    except (ObjectError, OSError, ValueError) as error:
        raise FetchError(str(error)) from error
    return target


def _name(uri: str) -> str:
    path = split(uri)[1] if is_object(uri) else local_path(uri)
    return os.path.basename(path) or "file"


def _get(uri: str, target: str) -> None:
    """Copy a file of HDFS. Hadoop's command takes the source for a pattern, and decodes the target's name."""
    import tempfile  # which few steps need

    literal = re.sub(r"[\\\[\]{}*?]", r"\\\g<0>", uri)
    with tempfile.TemporaryDirectory(prefix="hdfs-", dir=os.path.dirname(target)) as folder:
        command = ["hdfs", "dfs", "-get", literal, "file"]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, errors="replace", check=False)
        if done.returncode:
            raise FetchError((done.stderr.strip().splitlines() or [f"{uri}: not found"])[-1])
        os.replace(f"{folder}/file", target)


def local_path(uri: str) -> str:
    """The path in a file: or hdfs: URI as it stands there, or the path itself: as in Hadoop, nothing in it is encoded,
    and `?` and `#` are part of it."""
    scheme, _, rest = uri.partition(":")
    if scheme not in ("file", "hdfs"):
        return uri
    return "/" + rest[2:].partition("/")[2] if rest.startswith("//") else rest
