"""S3 in a real browser: what is made, uploaded, looked at and deleted there."""

from __future__ import annotations

from pathlib import Path

from selenium.webdriver.common.by import By

from tests.browser.chromium import size
from tests.browser.looking import complaints
from tests.browser.test_console import Visit, at, press, shows, write
from tests.contract.small_s3 import S3
from tests.contract.test_console_uploads import a_parquet


def test_from_a_bucket_to_the_end_of_an_object(visit_s3: Visit, s3: S3, tmp_path: Path) -> None:
    browser = visit_s3("/console/s3")
    press(browser, "Create a bucket")
    write(browser, "name", "my-data")
    shows(browser, "aws s3 mb s3://my-data")
    press(browser, "Create")
    at(browser, "/console/s3/my-data")
    press(browser, "Create a folder")
    write(browser, "name", "a b")
    shows(browser, "--key 'a b/'")
    press(browser, "Create")
    shows(browser, "a b/")
    press(browser, "a b/")
    shows(browser, "Nothing is here.")

    files = {"é & <b>.csv": b"id,name\n1,x\n", "large.bin": bytes(range(256)) * (45 << 10)}
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    browser.find_element(By.NAME, "files").send_keys("\n".join(str(tmp_path / name) for name in files))
    press(browser, "Upload")
    shows(browser, "11.2 MiB")
    assert {name: s3.objects[f"my-data/a b/{name}"] for name in files} == files

    press(browser, "é & <b>.csv")
    shows(browser, "id\tname")
    press(browser, "Delete")
    shows(browser, "s3://my-data/a b/é & <b>.csv")
    assert f"my-data/a b/{next(iter(files))}" in s3.objects
    press(browser, "Delete")
    shows(browser, "large.bin")
    assert sorted(s3.objects) == ["my-data/a b/", "my-data/a b/large.bin"]
    assert complaints(browser) == []


def test_an_upload_that_is_refused_says_why(visit_s3: Visit, s3: S3, tmp_path: Path) -> None:
    s3.objects["data/x"] = b"old"
    (tmp_path / "x").write_bytes(b"new")
    browser = visit_s3("/console/s3/data")
    browser.find_element(By.NAME, "files").send_keys(str(tmp_path / "x"))
    browser.execute_script("window.confirm = text => { window.said = text; return false; }")
    press(browser, "Upload")
    assert browser.execute_script("return window.said") == "x will be replaced."
    assert s3.objects["data/x"] == b"old"
    s3.objects.clear()
    browser.execute_script("window.confirm = () => true")
    press(browser, "Upload")
    shows(browser, "x: NoSuchBucket: There is no such bucket.")
    assert ["404" in each for each in complaints(browser)] == [True]


def test_tables_fit_a_phone(visit_s3: Visit, s3: S3) -> None:
    s3.objects |= {"data/w.parquet": a_parquet(**{f"column {number}": ["x" * 50] for number in range(30)}),
                   "data/long key " + "x" * 200 + ".csv": b",".join([b"y" * 100] * 40) + b"\n"}  # fmt: skip
    for key in ("w.parquet", "long key " + "x" * 200 + ".csv", ""):
        browser = visit_s3(f"/console/s3/data/object?key={key}" if key else "/console/s3/data")
        for width in (1280, 360):
            size(browser, width, 800)
            wide = browser.execute_script("return document.documentElement.scrollWidth")
            assert wide <= width, (key, width, wide)
        assert complaints(browser) == []
