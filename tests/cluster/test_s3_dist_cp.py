"""s3-dist-cp: as steps on the shared cluster's YARN, and every option in one process on its master: that is quicker."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.cluster.installation import Installation

LOGS = [f"web.{hour:02}.{part}.log" for hour in (1, 2) for part in range(3)]
MIB = 1 << 20


class Place:
    """A bucket of its own, and the command on the shared cluster's master."""

    def __init__(self, installation: Installation, cluster_id: str, name: str) -> None:
        self.installation, self.cluster_id, self.name = installation, cluster_id, name
        self.s3, self.master = installation.s3, installation.containers(cluster_id, "MASTER")[0]
        self.s3.create_bucket(Bucket=name)

    def put(self, files: dict[str, bytes]) -> None:
        for key, body in files.items():
            self.s3.put_object(Bucket=self.name, Key=key, Body=body)

    def get(self, prefix: str = "") -> dict[str, bytes]:
        found = self.s3.list_objects_v2(Bucket=self.name, Prefix=prefix).get("Contents", [])
        return {
            each["Key"].removeprefix(prefix): self.s3.get_object(Bucket=self.name, Key=each["Key"])["Body"].read()
            for each in found
        }

    def call(self, source: str, target: str, *options: str) -> tuple[int, str]:
        """Exit code and output, all in one process; the options hold {bucket}."""
        words = ["s3-dist-cp", "-D", "mapreduce.framework.name=local", "--src", source, "--dest", target, *options]
        code, output = self.master.exec_run(
            [word.replace("{bucket}", f"s3://{self.name}") for word in words], user="hadoop"
        )
        return code, output.decode()

    def copy(self, source: str, target: str, *options: str) -> dict[str, bytes]:
        """What is in the target afterwards."""
        code, output = self.call(f"{{bucket}}/{source}", f"{{bucket}}/{target}", *options)
        assert code == 0, output
        return self.get(f"{target}/")

    def manifest(self, key: str) -> list[dict[str, Any]]:
        return [json.loads(line) for line in gzip.decompress(self.get(key)[""]).decode().splitlines()]


@pytest.fixture(scope="module")
def place(installation: Installation, shared: str) -> Iterator[Place]:
    subject = Place(installation, shared, "copies")
    subject.put({f"in/{name}": f"{name}\n".encode() for name in LOGS})
    subject.put({"in/sub/z.gz": gzip.compress(b"zipped\n"), "in/sub/plain": b"plain\n"})
    yield subject


ODD = {"a b+c%20#1?.log": b"1\n", "12:30.log": b"2\n", "é/[x]{y}*.log": b"3\n"}


def test_names_are_taken_as_they_stand(place: Place) -> None:
    place.put({f"odd in+1%20/{name}": body for name, body in ODD.items()})
    assert place.copy("odd in+1%20/", "odd out+1%20") == ODD
    assert place.copy("odd in+1%20/", "odd grouped", "--groupBy", ".*/odd in[+](1%20)/.*[.](log)") == {
        "1%20log": b"2\n1\n3\n"
    }
    moved = place.copy("odd out+1%20/", "odd moved", "--deleteOnSuccess", "--outputManifest", "odd manifest+1.gz")
    assert {name: moved[name] for name in ODD} == ODD
    assert {each["baseName"] for each in place.manifest("odd moved/odd manifest+1.gz")} == set(ODD)
    assert not place.get("odd out+1%20/")


def step(place: Place, *words: str) -> str:
    return place.installation.add_step(place.cluster_id, "s3-dist-cp", *words)


def test_a_step_groups_compresses_and_copies_on_yarn(place: Place) -> None:
    place.put({f"many/a.{number:02}.txt": f"{number}\n".encode() for number in range(40)})
    groups = ["--groupBy", ".*/a[.]([0-3]).*", "--outputCodec", "gz"]
    there = step(place, "--src", "s3://copies/many/", "--dest", "hdfs:///copies/grouped", *groups)
    back = step(place, "-Dmapreduce.job.reduces=2", "--src", "hdfs:///copies/grouped", "--dest", "s3://copies/back")
    for step_id in (there, back):
        place.installation.wait_step(place.cluster_id, step_id, "COMPLETED")
    for group, body in place.get("back/").items():
        wanted = [number for number in range(40) if f"{number:02}"[0] == group[0]]
        assert gzip.decompress(body).decode().split() == [str(number) for number in wanted]
    assert sorted(place.get("back/")) == ["0.gz", "1.gz", "2.gz", "3.gz"]
    logs = place.installation.run_in(
        place.master, "bash", "-c", f"cat /mnt/var/log/hadoop/steps/{there}/{{stderr,syslog}}"
    )
    assert "FILES_COPIED=40" in logs and "Submitted application application_" in logs
    assert "map 100%" in logs


def test_a_step_that_finds_nothing_fails_with_its_reason(place: Place) -> None:
    step_id = step(place, "--src", "s3://copies/in", "--dest", "hdfs:///nothing", "--srcPattern", ".*[.]csv")
    details = place.installation.wait_step(place.cluster_id, step_id, "FAILED")["FailureDetails"]
    assert "nothing at s3://copies/in matches" in details["Message"]
    assert place.call("s3://copies/nowhere", "hdfs:///nothing")[0] == 1


def test_plain_copies_are_the_same_bytes_at_the_same_places(place: Place) -> None:
    assert place.copy("in", "plain") == place.get("in/")
    assert set(place.copy("in", "some", "--srcPattern", ".*/sub/.*")) == {"sub/z.gz", "sub/plain"}


def test_codecs(place: Place) -> None:
    unpacked = place.copy("in/sub", "none", "--outputCodec=none", "--numberFiles", "--startingIndex", "5")
    assert unpacked == {"5-plain": b"plain\n", "6-z": b"zipped\n"}
    packed = place.copy("in/sub", "gz", "--outputCodec=gzip")
    assert {name: gzip.decompress(body) for name, body in packed.items()} == {
        "plain.gzip": b"plain\n",
        "z.gzip": b"zipped\n",
    }
    snappy = place.copy("in/sub", "snappy", "--outputCodec", "snappy")
    assert set(snappy) == {"plain.snappy", "z.snappy"} and b"zipped" not in snappy["z.snappy"][:4]
    assert place.copy("snappy", "unsnapped", "--outputCodec", "none") == {"plain": b"plain\n", "z": b"zipped\n"}
    assert set(place.copy("in/sub", "lzo", "--outputCodec=lzo")) == {"plain.lzo", "z.lzo"}
    assert place.copy("lzo", "unlzo", "--outputCodec", "none") == {"plain": b"plain\n", "z": b"zipped\n"}


def test_a_group_that_took_no_part_is_null(place: Place) -> None:
    place.put(
        {"kinds/web-1": b"web\n", "kinds/app/srv1-0": b"app\n", "kinds/app/srv1-1": b"app\n", "kinds/other": b"-\n"}
    )
    made = place.copy("kinds", "null", "--groupBy", r".*/(web)-\d+|.*/app/(srv\d)-\d+")
    assert made == {"webnull": b"web\n", "app/nullsrv1": b"app\napp\n"}


def test_groups_grow_up_to_their_size(place: Place) -> None:
    place.put({f"big/x{number}": bytes([48 + number]) * MIB for number in range(3)})
    options = ["--groupBy", ".*/(x).*", "--targetSize", "2", "--appendToLastFile"]
    first = place.copy("big", "grown", *options)
    assert {name: len(body) // MIB for name, body in first.items()} == {"x0": 2, "x1": 1}
    place.put({"more/x8": b"8" * MIB, "more/x9": b"9" * MIB})
    grown = place.copy("more", "grown", *options)
    assert {name: len(body) // MIB for name, body in grown.items()} == {"x0": 2, "x1": 2, "x2": 1}
    assert grown["x1"] == b"2" * MIB + b"8" * MIB


def test_manifests(place: Place) -> None:
    place.put({"days/1.csv": b"one\n", "days/2.csv": b"two\n"})
    place.copy("days", "kept", "--outputManifest=m1.gz")
    entries = [
        {"path": f"s3://copies/kept/{n}.csv", "baseName": f"{n}.csv", "srcDir": "s3://copies/kept", "size": 4}
        for n in (1, 2)
    ]
    assert place.manifest("kept/m1.gz") == entries
    place.put({"days/3.csv": b"three\n", "days/1.csv": b"changed\n"})
    previous = "--previousManifest={bucket}/kept/m1.gz"
    kept = place.copy("days", "kept", "--outputManifest=m2.gz", previous)
    assert (kept["1.csv"], kept["3.csv"]) == (b"one\n", b"three\n")
    assert [each["baseName"] for each in place.manifest("kept/m2.gz")] == ["1.csv", "2.csv", "3.csv"]
    assert place.copy("days", "kept", "--previousManifest={bucket}/kept/m2.gz") == place.get("kept/")  # nothing new
    assert place.copy("days", "listed", "--copyFromManifest", previous) == {"1.csv": b"one\n", "2.csv": b"two\n"}
    missing = "--previousManifest={bucket}/no.gz"
    code, output = place.call("{bucket}/days", "{bucket}/x", missing)
    assert code != 0 and "no.gz does not exist" in output
    assert len(place.copy("days", "lax", missing, "--requirePreviousManifest=false")) == 3


def test_prefixes_and_removal(place: Place) -> None:
    place.put({"p/a/1": b"1", "p/b/2": b"2", "p/c/3": b"3", "prefixes.txt": b"s3://copies/p/a\ns3://copies/p/c\n"})
    moved = place.copy("p", "moved", "--srcPrefixesFile", "{bucket}/prefixes.txt", "--deleteOnSuccess")
    assert moved == {"a/1": b"1", "c/3": b"3"}
    assert place.get("p/") == {"b/2": b"2"}


def test_settings_of_uploads(place: Place) -> None:
    place.put({"large/one": b"1" * (12 * MIB)})
    quiet = ["--s3ServerSideEncryption", "--s3Endpoint=s3-eu-west-1.amazonaws.com"]
    place.copy("large", "parts", "--multipartUploadChunkSize=5", "--storageClass", "REDUCED_REDUNDANCY", *quiet)
    head = place.s3.head_object(Bucket="copies", Key="parts/one")
    assert head["ETag"].strip('"').endswith("-3") and head["StorageClass"] == "REDUCED_REDUNDANCY"
    place.copy("large", "whole", "--disableMultipartUpload", "--multipartUploadChunkSize=5")
    assert "-" not in place.s3.head_object(Bucket="copies", Key="whole/one")["ETag"]


def test_a_copy_that_breaks_off_leaves_nothing_behind(place: Place) -> None:
    place.put({"broken/a.gz": b"\x1f\x8b\x08 this is no gzip"})
    for target in ("{bucket}/torn", "file:///tmp/torn"):
        code, output = place.call("{bucket}/broken", target, "--outputCodec=none", "--deleteOnSuccess")
        assert code == 1 and "FILES_WRITTEN" not in output
    assert place.get("torn/") == {} and set(place.get("broken/")) == {"a.gz"}
    assert place.installation.run_in(place.master, "find", "/tmp/torn", "-type", "f") == ""
