"""What the pages of a user's server show as files: those of s3://<bucket>/jupyter/<user>/, as on EMR."""

from __future__ import annotations

import base64
import getpass
import mimetypes
import os
from pathlib import Path
from typing import Any

import boto3
import nbformat
from botocore.exceptions import BotoCoreError, ClientError
from notebook.services.contents.filecheckpoints import GenericFileCheckpoints
from notebook.services.contents.manager import ContentsManager
from tornado.web import HTTPError
from traitlets import Instance, Unicode, default

from localemr_jupyterhub.objects import Entry, Objects

FOLDER, NOTEBOOK, FILE = "directory", "notebook", "file"


class S3Contents(ContentsManager):
    """Notebooks and files as objects. Their checkpoints stay on the master."""

    bucket = Unicode(help="The bucket; its name alone.").tag(config=True)
    prefix = Unicode(help="The start of all keys, with a slash at its end.").tag(config=True)
    objects = Instance(Objects)

    @default("prefix")
    def _default_prefix(self) -> str:
        return f"jupyter/{os.environ.get('JUPYTERHUB_USER') or getpass.getuser()}/"

    @default("objects")
    def _default_objects(self) -> Objects:
        return Objects(boto3.client("s3"), self.bucket, self.prefix)

    @default("root_dir")
    def _default_root_dir(self) -> str:
        """The folder of the checkpoints."""
        folder = Path.home() / ".local/share/jupyter/checkpoints"
        folder.mkdir(parents=True, exist_ok=True)
        return str(folder)

    @default("checkpoints_class")
    def _default_checkpoints_class(self) -> Any:
        return GenericFileCheckpoints

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._pieces: dict[str, bytes] = {}

    def dir_exists(self, path: str) -> bool:
        """Whether there is such a folder."""
        found = self._find(path)
        return found is not None and found.is_folder

    def file_exists(self, path: str = "") -> bool:
        """Whether there is such a file."""
        found = self._find(path)
        return found is not None and not found.is_folder

    def is_hidden(self, path: str) -> bool:
        """No file is."""
        return False

    def get(self, path: str, content: bool = True, type: str | None = None, format: str | None = None) -> Any:
        """The model of a file or folder."""
        found = self._find(path)
        if found is None:
            raise HTTPError(404, f"No such file or folder: {path}")
        if type is not None and (type == FOLDER) != found.is_folder:
            raise HTTPError(400, f"{path} is no {type}", reason="bad type")
        kind = FOLDER if found.is_folder else type or (NOTEBOOK if found.name.endswith(".ipynb") else FILE)
        model = self._model(found, kind)
        if content and kind == FOLDER:
            listed = self._try(self.objects.entries, found.path)
            model["content"] = [self.get_listed(each) for each in listed]
            model["format"] = "json"
        elif content:
            data = self._try(self.objects.read, found.path)
            model.update(self._notebook(path, data) if kind == NOTEBOOK else _text(path, data, format))
        return model

    def get_listed(self, found: Entry) -> dict[str, Any]:
        """The model of an entry of a folder, without its content."""
        return self._model(found, FOLDER if found.is_folder else NOTEBOOK if found.name.endswith(".ipynb") else FILE)

    def save(self, model: dict[str, Any], path: str) -> Any:
        """Make or replace what the model has. Large files come in pieces, the last one with the number -1."""
        if "type" not in model:
            raise HTTPError(400, "No file type provided")
        self.run_pre_save_hook(model=model, path=path)
        name, kind, piece = path.strip("/"), model["type"], model.get("chunk")
        message = None
        if kind == FOLDER:
            self._try(self.objects.make_folder, name)
        elif kind == NOTEBOOK:
            notebook = nbformat.from_dict(model["content"])
            self.check_and_sign(notebook, path)
            self._try(self.objects.write, name, nbformat.writes(notebook, version=nbformat.NO_CONVERT).encode())
            self.validate_notebook_model(model)
            message = model.get("message")
        else:
            content = model["content"]
            data = base64.b64decode(content) if model.get("format") == "base64" else content.encode()
            if piece is not None:
                data = (b"" if piece == 1 else self._pieces.pop(name, b"")) + data
            if piece is not None and piece != -1:
                self._pieces[name] = data
                return self._model(Entry(name, False, len(data)), kind)
            self._try(self.objects.write, name, data)
        saved = self.get(path, content=False, type=kind)
        return saved | {"message": message} if message else saved

    def delete_file(self, path: str) -> None:
        """Delete a file, or a folder with all that is in it."""
        if not path.strip("/") or self._find(path) is None:
            raise HTTPError(404, f"No such file or folder: {path}")
        self._try(self.objects.delete, path.strip("/"))

    def rename_file(self, old_path: str, new_path: str) -> None:
        """Give a file or a folder another path."""
        old, new = old_path.strip("/"), new_path.strip("/")
        if old == new:
            return
        if self._find(new) is not None:
            raise HTTPError(409, f"There is already: {new}")
        self._try(self.objects.rename, old, new)

    def _find(self, path: str) -> Entry | None:
        found: Entry | None = self._try(self.objects.find, path.strip("/"))
        return found

    def _try(self, call: Any, *arguments: Any) -> Any:
        try:
            return call(*arguments)
        except FileNotFoundError as error:
            raise HTTPError(404, f"No such file: {error}") from error
        except (BotoCoreError, ClientError) as error:
            raise HTTPError(500, f"s3://{self.bucket}: {error}") from error

    def _model(self, found: Entry, kind: str) -> dict[str, Any]:
        return {
            "name": found.name,
            "path": found.path,
            "type": kind,
            "created": found.modified,
            "last_modified": found.modified,
            "size": found.size,
            "writable": True,
            "content": None,
            "format": None,
            "mimetype": None,
        }

    def _notebook(self, path: str, data: bytes) -> dict[str, Any]:
        try:
            notebook = nbformat.reads(data.decode(), as_version=4)
        except Exception as error:
            raise HTTPError(400, f"Unreadable Notebook: {path}: {error}") from error
        self.mark_trusted_cells(notebook, path)
        model = {"content": notebook, "format": "json", "type": NOTEBOOK}
        self.validate_notebook_model(model)
        return model


def _text(path: str, data: bytes, format: str | None) -> dict[str, Any]:
    guessed = mimetypes.guess_type(path)[0]
    if format != "base64":
        try:
            return {"content": data.decode(), "format": "text", "mimetype": guessed or "text/plain"}
        except UnicodeDecodeError as error:
            if format == "text":
                raise HTTPError(400, f"{path} is not UTF-8 encoded", reason="bad format") from error
    encoded = base64.b64encode(data).decode()
    return {"content": encoded, "format": "base64", "mimetype": guessed or "application/octet-stream"}
