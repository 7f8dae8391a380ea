"""Accepts executions of notebooks: a StartNotebookExecution becomes a record, or is refused."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping
from typing import Any

from localemr.domain.accept.documents import json_object
from localemr.domain.model import ids
from localemr.domain.model.errors import InvalidRequestException, ValidationException
from localemr.domain.model.executions import ExecutionSpec


def accept_execution(request: Mapping[str, Any], execution_id: str, region: str, account: str) -> ExecutionSpec:
    """The execution that a request defines. Raises ValidationException and InvalidRequestException."""
    _check(request)
    source, place = _source(request, region, account)
    html = request.get("OutputNotebookFormat") == "HTML"
    output = request.get("OutputNotebookS3Location")
    if output:
        target = f"s3://{output['Bucket']}/{output['Key'].lstrip('/')}"
        target += f"{execution_id}/{_named(source, html)}" if target.endswith("/") else ""
    else:
        target = f"{place}/executions/{execution_id}/{_named(source, html)}"
    return ExecutionSpec(
        request["ExecutionEngine"]["Id"],
        source,
        target,
        request.get("NotebookParams", ""),
        dict(request.get("EnvironmentVariables", {})),
        html,
    )


def _source(request: Mapping[str, Any], region: str, account: str) -> tuple[str, str]:
    """The notebook, and the folder that its executions are kept in: as EMR's default, in the bucket of the account's
    editors or beside the notebook."""
    if "EditorId" in request:
        place = f"s3://aws-emr-resources-{account}-{region}/notebooks/{request['EditorId']}"
        return f"{place}/{request['RelativePath'].lstrip('/')}", place
    location = request["NotebookS3Location"]
    source = f"s3://{location['Bucket']}/{location['Key'].lstrip('/')}"
    return source, posixpath.dirname(source)


def _named(source: str, html: bool) -> str:
    name = posixpath.basename(source)
    return f"{posixpath.splitext(name)[0]}.html" if html else name


def _check(request: Mapping[str, Any]) -> None:
    """Raise an error for a request that does not name one notebook, or has unreadable parameters."""
    editor, location = request.get("EditorId"), request.get("NotebookS3Location")
    if (editor is None) == (location is None):
        raise InvalidRequestException("Exactly one of EditorId and NotebookS3Location must be specified.")
    if editor is not None:
        if not ids.EDITOR.fullmatch(editor):
            raise ValidationException(f"editorId '{editor}' is not valid.")
        if not request.get("RelativePath"):
            raise InvalidRequestException("RelativePath must be specified with EditorId.")
    for name in ("NotebookS3Location", "OutputNotebookS3Location"):
        if name in request and not (request[name].get("Bucket") and request[name].get("Key")):
            raise InvalidRequestException(f"{name} must have a Bucket and a Key.")
    if not request["ServiceRole"].strip():
        raise InvalidRequestException("ServiceRole must not be empty.")
    if "NotebookParams" in request and json_object(request["NotebookParams"]) is None:
        raise InvalidRequestException("NotebookParams must be a valid JSON object.")
