"""Fetching what a step or a bootstrap action names: from S3, from HDFS, or from the local disk."""

from __future__ import annotations

import os
import shutil
import subprocess
from urllib.parse import urlsplit

from localemr_node.downloads import download
from localemr_node.objects import ObjectError, is_object, split


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
    path = split(uri)[1] if is_object(uri) else urlsplit(uri).path
    return os.path.basename(path) or "file"


def _get(uri: str, target: str) -> None:
    done = subprocess.run(["hdfs", "dfs", "-get", "-f", uri, target], capture_output=True, text=True, check=False)
    if done.returncode:
        raise FetchError((done.stderr.strip().splitlines() or [f"{uri}: not found"])[-1])


def local_path(uri: str) -> str:
    """The path of a file: URI, or the path itself."""
    return urlsplit(uri).path if uri.startswith("file:") else uri
