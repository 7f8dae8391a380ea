"""What can be done with S3 by forms: make a bucket, make a folder, delete an object."""

from __future__ import annotations

import asyncio
import io
import shlex
from collections.abc import Callable
from urllib.parse import quote

from localemr.console.actions import Action, Text
from localemr.console.calls import Refused, View
from localemr.console.fields import Field
from localemr.console.storage import objects_of
from localemr.console.visits import Visit
from localemr.installation.objects import Objects


def place(bucket: str, key: str) -> str:
    """The page of the folder that a key is in."""
    above = key.rstrip("/").rpartition("/")[0]
    path = f"/console/s3/{quote(bucket, safe='')}"
    return f"{path}?prefix={quote(f'{above}/', safe='')}" if above else path


def _given(visit: Visit, name: str) -> str:
    """A field that the page's address has first, then the form."""
    return visit.form.whole(name) if name in visit.form else visit.query.whole(name)


def _above(visit: Visit) -> str:
    if "bucket" not in visit.request.path_params:
        return "/console/s3"
    bucket = visit.path("bucket")
    key = _given(visit, "key")
    return place(bucket, key if key else _given(visit, "prefix") + "x")


async def _perform(visit: Visit, call: Callable[[Objects], None]) -> View:
    """Raises Refused with what S3 says."""
    try:
        await asyncio.to_thread(call, objects_of(visit))
    except FileNotFoundError as error:
        raise Refused("S3", str(error), 404) from error
    except OSError as error:
        raise Refused("S3", str(error), 409) from error
    return {}


async def _bucket_fields(visit: Visit) -> list[Field]:
    return [Field("name", "Name", required=True, help="3 to 63 small letters, digits and hyphens")]


async def _make_bucket(visit: Visit, request: View) -> View:
    return await _perform(visit, lambda objects: objects.make_bucket(request["Bucket"]))


async def _folder_fields(visit: Visit) -> list[Field]:
    return [
        Field("name", "Name", required=True, help="an empty object whose key ends with a slash"),
        Field("prefix", "", "hidden", _given(visit, "prefix")),
    ]


def _folder(visit: Visit) -> View:
    name = visit.form.text("name").strip("/")
    if not name:
        raise ValueError("Name: it is missing.")
    return {"Bucket": visit.path("bucket"), "Key": f"{visit.form.whole('prefix')}{name}/"}


async def _make_folder(visit: Visit, request: View) -> View:
    return await _perform(visit, lambda objects: objects.write(request["Bucket"], request["Key"], io.BytesIO(), 0))


async def _key_fields(visit: Visit) -> list[Field]:
    return [Field("key", "", "hidden", _given(visit, "key"))]


def _object(visit: Visit) -> View:
    if not (key := visit.form.whole("key")):
        raise ValueError("The key is missing.")
    return {"Bucket": visit.path("bucket"), "Key": key}


async def _what(visit: Visit) -> list[Text]:
    return [("Object", f"s3://{visit.path('bucket')}/{_given(visit, 'key')}")]


async def _delete(visit: Visit, request: View) -> View:
    return await _perform(visit, lambda objects: objects.remove(request["Bucket"], request["Key"]))


def _line(*words: str) -> str:
    return shlex.join(("aws", *words))


ACTIONS: dict[str, Action] = {
    "create-bucket": Action(
        "Create a bucket", "Create", "CreateBucket", lambda visit: {"Bucket": visit.form.text("name")},
        lambda request: _line("s3", "mb", f"s3://{request['Bucket']}"), _bucket_fields, perform=_make_bucket,
        back=_above, after=lambda visit, response: f"/console/s3/{quote(visit.form.text('name'), safe='')}",
    ),
    "s3/{bucket}/create-folder": Action(
        "Create a folder", "Create", "PutObject", _folder,
        lambda request: _line("s3api", "put-object", "--bucket", request["Bucket"], "--key", request["Key"]),
        _folder_fields, perform=_make_folder, back=_above, after=lambda visit, response: _above(visit),
    ),
    "s3/{bucket}/delete": Action(
        "Delete the object", "Delete", "DeleteObject", _object,
        lambda request: _line("s3", "rm", f"s3://{request['Bucket']}/{request['Key']}"), _key_fields, perform=_delete,
        text="In a bucket without versions this cannot be undone.", danger=True, notes=_what, back=_above,
        after=lambda visit, response: _above(visit),
    ),
}  # fmt: skip
"""Actions by their paths below /console/."""
