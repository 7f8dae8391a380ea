"""Images in a file: the form, each layer once, what an interruption leaves, and checksums."""

from __future__ import annotations

import fcntl
import tarfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from localemr.images import saving
from localemr.images.archive import ArchiveDamaged, Reader, scan
from localemr.images.saving import PART, load, save
from tests.engine import MemoryEngine, packed, sha

BASE, HADOOP, SPARK, MINIO = (name * size for name, size in ((b"b", 5000), (b"h", 1024), (b"s", 99), (b"m", 3)))
IMAGES = {
    "localemr/node:1": [BASE, HADOOP, SPARK],
    "localemr/catalog:2": [BASE, HADOOP, HADOOP],
    "localemr/minio:3": [MINIO],
}
FORMS = pytest.mark.parametrize("legacy", [False, True], ids=["Docker 25", "Docker 20.10"])


def silent(line: str) -> None:
    pass


def saved(folder: Path, engine: MemoryEngine | None = None, *references: str) -> Path:
    path = folder / "images.tar"
    save(path, references or IMAGES, engine or MemoryEngine(dict(IMAGES)), silent)
    return path


@FORMS
def test_what_was_saved_is_loaded(tmp_path: Path, legacy: bool) -> None:
    path, other = saved(tmp_path, MemoryEngine(dict(IMAGES), legacy)), MemoryEngine()
    assert load(path, (), other, silent) == [*IMAGES] == other.loaded
    assert other.images == IMAGES
    assert [each.name for each in tmp_path.iterdir()] == ["images.tar"]


@FORMS
def test_each_layer_is_there_once_under_its_checksum(tmp_path: Path, legacy: bool) -> None:
    path = saved(tmp_path, MemoryEngine(dict(IMAGES), legacy))
    configs = [packed(reference, layers)[0].config for reference, layers in IMAGES.items()]
    with tarfile.open(path) as archive:
        names = archive.getnames()
    wanted = [f"blobs/sha256/{each}" for each in (*map(sha, (BASE, HADOOP, SPARK, MINIO)), *configs)]
    assert sorted(names) == sorted([*wanted, "manifest.json"])


def test_docker_itself_could_load_the_file(tmp_path: Path) -> None:
    other = MemoryEngine()
    other.load([saved(tmp_path).read_bytes()])
    assert other.images == IMAGES


@FORMS
@pytest.mark.parametrize("cut", [0, 100, 600, 3000, 6300, 9000])
def test_an_interrupted_call_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cut: int, legacy: bool) -> None:
    monkeypatch.setattr(saving, "TOGETHER", 1)
    engine = MemoryEngine(dict(IMAGES), legacy, cut={"localemr/catalog:2": cut})
    with pytest.raises(ConnectionError):
        saved(tmp_path, engine)
    assert [each.name for each in tmp_path.iterdir()] == ["images.tar" + PART]
    again = MemoryEngine(dict(IMAGES), legacy)
    path = saved(tmp_path, again)
    assert again.saved == ["localemr/catalog:2", "localemr/minio:3"]
    assert path.read_bytes() == saved(tmp_path, MemoryEngine(dict(IMAGES), legacy)).read_bytes()


@FORMS
def test_images_come_and_go_together(tmp_path: Path, legacy: bool) -> None:
    """Docker writes what they share once in an output, and reads it once from an input."""
    engine, other = MemoryEngine(dict(IMAGES), legacy), MemoryEngine()
    assert load(saved(tmp_path, engine), (), other, silent) == [*IMAGES]
    assert (engine.outputs, other.inputs) == (1, 1)


@FORMS
@pytest.mark.parametrize("share", [0, 0.9])
def test_of_an_interrupted_output_the_blobs_stay(tmp_path: Path, share: float, legacy: bool) -> None:
    images = {reference: [40 * layer for layer in layers] for reference, layers in IMAGES.items()}
    cut = int(share * len(b"".join(MemoryEngine(images, legacy).save([*images]))))
    with pytest.raises(ConnectionError):
        saved(tmp_path, MemoryEngine(images, legacy, cut={"localemr/node:1": cut}))
    with (tmp_path / ("images.tar" + PART)).open("rb") as file:
        kept = [digest for digest, _, _ in scan(file, verify=True)]
    assert bool(kept) == bool(share)
    path = saved(tmp_path, MemoryEngine(images, legacy))
    with path.open("rb") as file:
        assert [digest for digest, _, _ in scan(file)][: len(kept)] == kept
    assert load(path, (), MemoryEngine(), silent) == [*IMAGES]


def test_an_output_that_lacks_an_image_is_noticed(tmp_path: Path) -> None:
    class Forgetful(MemoryEngine):
        def save(self, references: Sequence[str]) -> Iterator[bytes]:
            return super().save(references[:-1])

    with pytest.raises(ArchiveDamaged, match="output lacks localemr/minio:3"):
        saved(tmp_path, Forgetful(dict(IMAGES)))


@pytest.mark.parametrize("keep", range(0, 12000, 777))
def test_a_process_may_end_at_every_byte(tmp_path: Path, keep: int) -> None:
    """Also with a blob that reached the disk in part: it is noticed by its checksum."""
    whole = saved(tmp_path).read_bytes()
    part = tmp_path / ("images.tar" + PART)
    for left in (whole[:keep], whole[:keep] + b"\0" * 4000, whole[:keep] + b"x" * 4000):
        part.write_bytes(left)
        other = MemoryEngine()
        assert load(saved(tmp_path), (), other, silent) == [*IMAGES]
        assert other.images == IMAGES


def test_an_engine_that_keeps_layers_otherwise_is_read_again(tmp_path: Path) -> None:
    part = tmp_path / ("images.tar" + PART)
    part.write_bytes(saved(tmp_path).read_bytes())
    engine = MemoryEngine(dict(IMAGES), knows_digests=False)
    path = saved(tmp_path, engine)
    assert engine.saved == [*IMAGES]
    assert load(path, (), MemoryEngine(), silent) == [*IMAGES]


def test_an_interrupted_load_goes_on_with_what_is_missing(tmp_path: Path) -> None:
    other = MemoryEngine()
    assert load(saved(tmp_path), {"localemr/node:1"}, other, silent) == ["localemr/catalog:2", "localemr/minio:3"]


def test_a_damaged_image_is_not_loaded(tmp_path: Path) -> None:
    path, other = saved(tmp_path), MemoryEngine()
    content = bytearray(path.read_bytes())
    content[content.index(MINIO)] += 1
    path.write_bytes(content)
    with pytest.raises(ArchiveDamaged, match=r"the blob .* of localemr/minio:3 is damaged"):
        load(path, (), other, silent)
    assert "localemr/minio:3" not in other.images


def test_what_is_no_complete_archive_is_refused(tmp_path: Path) -> None:
    path = saved(tmp_path)
    whole = path.read_bytes()
    for left in (b"", b"text\n" * 1000, whole[:5000], whole[: whole.index(b"manifest.json")], whole[:-2048]):
        path.write_bytes(left)
        with pytest.raises(ArchiveDamaged, match="no archive of images"):
            Reader(path)
    with pytest.raises(FileNotFoundError):
        Reader(tmp_path / "nowhere.tar")


def test_images_of_others_are_refused(tmp_path: Path) -> None:
    path = saved(tmp_path, MemoryEngine({"debian:bookworm-slim": [BASE]}), "debian:bookworm-slim")
    with pytest.raises(ArchiveDamaged, match="has debian:bookworm-slim, which is no image of LocalEMR"):
        Reader(path)


def test_two_do_not_write_one_file(tmp_path: Path) -> None:
    with (tmp_path / ("images.tar" + PART)).open("wb") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        with pytest.raises(OSError, match="another localemr writes this file"):
            saved(tmp_path)
