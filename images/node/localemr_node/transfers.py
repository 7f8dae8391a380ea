"""Downloads and uploads objects of S3, by curl: a step waits for it, every log is one, and Python's client takes ten
times as long to start."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from urllib.parse import quote

from localemr_node.objects import ObjectError, Refused, endpoint, split

CURL = (
    "curl",
    *("--silent", "--show-error", "--fail-with-body", "--config", "-", "--write-out", "%{http_code}"),
    *("--path-as-is", "--noproxy", "*"),
    # Short timeouts: the caller tries again later.
    *("--connect-timeout", "5", "--speed-time", "60", "--speed-limit", "1"),
    *("--retry", "1", "--retry-connrefused"),
)
FAILED = 22
"""curl's exit code for an answer that is an error."""
FIRST_REGION = "us-east-1"
"""The region whose buckets have no LocationConstraint."""
PLACE = "<CreateBucketConfiguration><LocationConstraint>{}</LocationConstraint></CreateBucketConfiguration>"


def download(uri: str, path: str) -> None:
    """Download an object into a file, which appears only when it is complete. Raises ObjectError."""
    partial = f"{path}.part"
    try:
        _transfer(uri, f"/{quoted(uri)}", {}, partial)
        # An object without a byte makes no file.
        open(partial, "ab").close()
        os.replace(partial, path)
    finally:
        with suppress(FileNotFoundError):
            os.remove(partial)


def upload(path: str, uri: str) -> None:
    """Upload a file; the bucket is made when it is missing. Raises ObjectError."""
    target = quoted(uri)
    try:
        _put(uri, path, target)
    except Refused as error:
        if error.code != "NoSuchBucket":
            raise
        _make_bucket(uri, split(uri)[0])
        _put(uri, path, target)


def _put(uri: str, path: str, target: str) -> None:
    with tempfile.NamedTemporaryFile(prefix="answer-") as answer:
        _transfer(uri, f"/{target}", {"upload-file": path}, answer.name)


def _make_bucket(uri: str, bucket: str) -> None:
    region = os.environ.get("AWS_REGION", FIRST_REGION)
    # A file: curl 7.88 signs `data` of a PUT wrongly.
    with tempfile.NamedTemporaryFile("w", prefix="place-", encoding="utf-8") as place:
        place.write("" if region == FIRST_REGION else PLACE.format(region))
        place.flush()
        try:
            _put(uri, place.name, bucket)
        except Refused as error:
            # Another instance was quicker.
            if error.code not in ("BucketAlreadyOwnedByYou", "BucketAlreadyExists"):
                raise


def _transfer(uri: str, path: str, options: Mapping[str, str], answer: str) -> None:
    """Send a request for this path to S3, whose answer goes to the file. Raises ObjectError about the object."""
    text = config(path, {**options, "output": answer}, os.environ)
    done = subprocess.run(CURL, input=text, capture_output=True, encoding="utf-8", check=False)
    if done.returncode == 0:
        return
    code, message = _refusal(answer) if done.returncode == FAILED else ("", "")
    reason = f"{code}: {message}" if code else done.stderr.strip() or f"curl ended with {done.returncode}"
    # Its own failures, with 5xx, pass.
    kind = Refused if done.returncode == FAILED and done.stdout.startswith("4") else ObjectError
    raise kind(f"{uri}: {reason}", code)


def quoted(uri: str) -> str:
    """Bucket and key of an object as they stand in a URL. Raises ObjectError for what is no object's URI."""
    bucket, key = split(uri)
    return f"{bucket}/{quote(key, safe='/~')}"


def config(path: str, options: Mapping[str, str], env: Mapping[str, str]) -> str:
    """curl's configuration for a signed request. Not on its command line: the node could read the key there."""
    given = {
        "url": f"{endpoint(env)}{path}",
        **options,
        "user": f"{env.get('AWS_ACCESS_KEY_ID', '')}:{env.get('AWS_SECRET_ACCESS_KEY', '')}",
        "aws-sigv4": f"aws:amz:{env.get('AWS_REGION', FIRST_REGION)}:s3",
    }
    return "".join(f'{name} = "{_escaped(value)}"\n' for name, value in given.items())


def _escaped(value: str) -> str:
    for character, escape in ("\\", "\\\\"), ('"', '\\"'), ("\n", "\\n"), ("\r", "\\r"):
        value = value.replace(character, escape)
    return value


def _refusal(path: str) -> tuple[str, str]:
    """Code and message of S3's answer; empty when the answer was not S3's."""
    from xml.etree import ElementTree

    with suppress(OSError, ElementTree.ParseError):
        answer = ElementTree.parse(path)
        return answer.findtext("{*}Code") or "", answer.findtext("{*}Message") or ""
    return "", ""
