"""JupyterHub's settings, and its users' files on S3."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError
from localemr_jupyterhub.objects import Objects

from localemr.applications.jupyterhub.application import APPLICATION
from localemr.domain.model.application import installed
from localemr.domain.node.configurations import files
from localemr.domain.node.formats import FORMATS
from localemr.domain.node.instance_files import facts_of
from tests.golden import CATALOG, records_of
from tests.golden_scenarios import Scenario

PAGE = 3
"""Keys of an answer of the bucket."""


class Bucket:
    """A bucket as boto3's client shows it, with small pages."""

    def __init__(self, *keys: str) -> None:
        self.data = {key: b"x" for key in keys}

    def head_object(self, Bucket: str, Key: str) -> dict[str, Any]:
        if Key not in self.data:
            raise ClientError({"Error": {"Code": "404"}}, "HeadObject")
        return {"ContentLength": len(self.data[Key]), "LastModified": datetime(2026, 1, 1, tzinfo=UTC)}

    def get_object(self, Bucket: str, Key: str) -> dict[str, Any]:
        if Key not in self.data:
            raise ClientError({"Error": {"Code": "NoSuchKey"}}, "GetObject")
        return {"Body": io.BytesIO(self.data[Key])}

    def put_object(self, Bucket: str, Key: str, Body: bytes) -> None:
        if Bucket != "b":
            raise ClientError({"Error": {"Code": "NoSuchBucket"}}, "PutObject")
        self.data[Key] = Body

    def copy_object(self, Bucket: str, Key: str, CopySource: dict[str, str]) -> None:
        self.data[Key] = self.data[CopySource["Key"]]

    def delete_object(self, Bucket: str, Key: str) -> None:
        del self.data[Key]

    def list_objects_v2(self, Bucket: str, Prefix: str, MaxKeys: int) -> dict[str, Any]:
        return {"KeyCount": min(MaxKeys, sum(key.startswith(Prefix) for key in self.data))}

    def get_paginator(self, name: str) -> Bucket:
        return self

    def paginate(self, Bucket: str, Prefix: str, Delimiter: str = "") -> Iterator[dict[str, Any]]:
        keys = sorted(key for key in self.data if key.startswith(Prefix))
        modified = datetime(2026, 1, 1, tzinfo=UTC)
        for start in range(0, len(keys), PAGE):
            below = {key: key[len(Prefix) :].partition("/") for key in keys[start : start + PAGE]}
            folders = {f"{Prefix}{first}/" for first, slash, _ in below.values() if Delimiter and slash}
            plain = [key for key, (_, slash, _) in below.items() if not (Delimiter and slash)]
            yield {
                "CommonPrefixes": [{"Prefix": each} for each in sorted(folders)],
                "Contents": [{"Key": key, "Size": len(self.data[key]), "LastModified": modified} for key in plain],
            }


def objects(*keys: str) -> tuple[Objects, Bucket]:
    bucket = Bucket(*keys)
    return Objects(bucket, "b", "jupyter/eva/"), bucket


def test_a_users_folder_shows_the_users_files_alone() -> None:
    own, _ = objects("jupyter/eva/a.ipynb", "jupyter/eva/data/x.csv", "jupyter/eva/empty/", "jupyter/evan/b.ipynb", "c")
    assert [(each.name, each.is_folder) for each in own.entries("")] == [
        ("data", True), ("empty", True), ("a.ipynb", False),
    ]  # fmt: skip
    assert [each.path for each in own.entries("data")] == ["data/x.csv"] and own.entries("empty") == []
    kinds = {path: (found.is_folder if (found := own.find(path)) else None) for path in ("", "a.ipynb", "data", "dat")}
    assert kinds == {"": True, "a.ipynb": False, "data": True, "dat": None}


def test_what_is_written_is_read() -> None:
    own, bucket = objects()
    own.write("a.ipynb", b"{}")
    own.make_folder("new")
    assert bucket.data == {"jupyter/eva/a.ipynb": b"{}", "jupyter/eva/new/": b""}
    assert own.read("a.ipynb") == b"{}" and (found := own.find("a.ipynb")) and found.size == 2
    with pytest.raises(FileNotFoundError):
        own.read("b.ipynb")


def test_folders_are_renamed_and_deleted_with_all_that_is_in_them() -> None:
    keys = [f"jupyter/eva/data/{name}" for name in ("1", "2", "3", "deep/4")]
    own, bucket = objects(*keys, "jupyter/eva/data2", "jupyter/eva/data.txt")
    own.rename("data", "old")
    assert {key for key in bucket.data if "/old" in key} == {key.replace("/data/", "/old/") for key in keys}
    assert {"jupyter/eva/data2", "jupyter/eva/data.txt"} == {key for key in bucket.data if "/data" in key}
    own.rename("data.txt", "old/t.txt")
    assert own.read("old/t.txt") == b"x"
    own.delete("old")
    assert list(bucket.data) == ["jupyter/eva/data2"]


def test_another_error_of_s3_is_no_missing_file() -> None:
    with pytest.raises(ClientError):
        Objects(Bucket(), "other", "").write("a", b"")


@pytest.mark.parametrize(
    ("value", "line"),
    [
        ("true", "c.A.b = True"), ("False", "c.A.b = False"), ("7", "c.A.b = 7"), ("{'x'}", "c.A.b = {'x'}"),
        ('["x", null]', "c.A.b = ['x', None]"), ("s3://b", "c.A.b = 's3://b'"), ("it's\n", 'c.A.b = "it\'s\\n"'),
    ],
)  # fmt: skip
def test_a_value_is_a_literal_or_a_text(value: str, line: str) -> None:
    texts = [FORMATS["traitlets"].render({name: value}) for name in ("A.b", "c.A.b")]
    assert texts == [f"c = get_config()\n{line}\n"] * 2
    found: dict[str, Any] = {"c": type("C", (), {"A": type("A", (), {})}), "get_config": lambda: found["c"]}
    exec(texts[0], found)


@pytest.mark.parametrize(("enabled", "kept"), [("true", True), ("TRUE", True), ("false", False), ("", False)])
def test_notebooks_are_on_s3_where_the_classification_says_so(enabled: str, kept: bool) -> None:
    properties = {"s3.persistence.enabled": enabled, "s3.persistence.bucket": "mine"}
    given = Scenario(("JupyterHub",), configurations=({"Classification": "jupyter-s3-conf", "Properties": properties},))
    records, used = records_of(given), installed(given.applications, CATALOG.applications)
    text = files(used, facts_of(records, records.instances[0], used, CATALOG))[
        "/etc/jupyter/jupyter_notebook_config.py"
    ]
    assert ("c.S3Contents.bucket = 'mine'\n" in text) == kept == ("contents_manager_class" in text)


def test_the_gateways_server_runs_where_it_is_requested() -> None:
    def daemons(*names: str) -> set[str]:
        return {daemon.name for each in installed(names, CATALOG.applications) for daemon in each.daemons}

    own = {each.name for each in APPLICATION.daemons}
    assert own | {"livy-server"} < daemons("JupyterHub") and "jupyter-enterprise-gateway" not in daemons("JupyterHub")
    assert "jupyter-enterprise-gateway" in daemons("JupyterHub", "JupyterEnterpriseGateway")
