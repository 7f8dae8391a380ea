"""Downloads an object of S3 into a file, by curl: a step waits for it, and Python's client takes ten times as long."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from contextlib import suppress
from urllib.parse import quote

from localemr_node.objects import ObjectError, endpoint, split

CURL = (
    "curl",
    *("--silent", "--show-error", "--fail-with-body", "--config", "-"),
    *("--path-as-is", "--noproxy", "*"),
    # Short timeouts: the caller tries again later.
    *("--connect-timeout", "5", "--speed-time", "60", "--speed-limit", "1"),
    *("--retry", "1", "--retry-connrefused"),
)
REFUSED = 22
"""curl's exit code for an answer that is an error."""


def download(uri: str, path: str) -> None:
    """Download an object into a file, which appears only when it is complete. Raises ObjectError."""
    partial = f"{path}.part"
    try:
        done = subprocess.run(
            CURL, input=config(uri, partial, os.environ), capture_output=True, encoding="utf-8", check=False
        )
        if done.returncode:
            refusal = done.returncode == REFUSED and _refusal(partial)
            raise ObjectError(f"{uri}: {refusal or done.stderr.strip() or f'curl ended with {done.returncode}'}")
        # An object without a byte makes no file.
        open(partial, "ab").close()
        os.replace(partial, path)
    finally:
        with suppress(FileNotFoundError):
            os.remove(partial)


def config(uri: str, path: str, env: Mapping[str, str]) -> str:
    """curl's configuration for a signed GET. Not on its command line: the node could read the key there."""
    bucket, key = split(uri)
    options = {
        "url": f"{endpoint(env)}/{bucket}/{quote(key, safe='/~')}",
        "output": path,
        "user": f"{env.get('AWS_ACCESS_KEY_ID', '')}:{env.get('AWS_SECRET_ACCESS_KEY', '')}",
        "aws-sigv4": f"aws:amz:{env.get('AWS_REGION', 'us-east-1')}:s3",
    }
    return "".join(f'{name} = "{_escaped(value)}"\n' for name, value in options.items())


def _escaped(value: str) -> str:
    for character, escape in ("\\", "\\\\"), ('"', '\\"'), ("\n", "\\n"), ("\r", "\\r"):
        value = value.replace(character, escape)
    return value


def _refusal(path: str) -> str:
    """Code and message of S3's answer, or nothing when the answer was not S3's."""
    from xml.etree import ElementTree

    with suppress(OSError, ElementTree.ParseError):
        answer = ElementTree.parse(path)
        if code := answer.findtext("{*}Code"):
            return f"{code}: {answer.findtext('{*}Message')}"
    return ""
