"""The wheel in an empty environment, with Docker and nothing of the source tree; images in a file and in a registry."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import docker
import pytest

from localemr.images import daemon, registry, saving
from localemr.images.plan import dynalite, services
from localemr.runtime.base import RuntimeFailure
from tests.cluster.installation import Installation
from tests.cluster.registry import Registry
from tests.cluster.registry import registry as running_registry
from tests.package import Environment, build, environment

TRUST = Path("/etc/docker/certs.d")


def silent(line: str) -> None:
    pass


@pytest.fixture(scope="module")
def engine() -> Iterator[Any]:
    client = docker.from_env()
    yield client
    client.close()


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Environment:
    folder = tmp_path_factory.mktemp("package")
    return environment(folder / "venv", build(folder)[1])


@pytest.fixture(scope="module")
def gateway(engine: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Registry]:
    """At an address of this host that is not loopback: there Docker requires a certificate that it trusts."""
    host = engine.networks.get("bridge").attrs["IPAM"]["Config"][0].get("Gateway", "172.17.0.1")
    with running_registry(engine, tmp_path_factory.mktemp("registry"), host) as found:
        yield found


def settings(tmp_path: Path) -> tuple[Installation, dict[str, str]]:
    """An installation of its own, and its variables."""
    subject = Installation(tmp_path / "home")
    return subject, {name: value for name, value in subject.environ.items() if name.startswith("LOCALEMR_")}


def test_the_demo_from_a_wheel(installed: Environment, tmp_path: Path) -> None:
    subject, environ = settings(tmp_path)
    assert str(installed.path) in installed.run("localemr", "version", **environ)
    try:
        assert "plain Python" in installed.run("localemr", "demo", **environ)
        assert "localemr.cluster%3Dj-" in installed.run("localemr", "logs", "--controller", **environ)
        installed.run("localemr", "support", "--file", str(tmp_path / "report.tar.gz"), **environ)
    finally:
        installed.run("localemr", "down", **environ)
        subject.docker.close()


def without(engine: Any, reference: str) -> None:
    """Take the image's name away; its layers stay where others have them."""
    engine.images.remove(reference, force=True, noprune=True)


def test_images_come_back_from_a_file(engine: Any, tmp_path: Path) -> None:
    # Two small ones that share the layers of Debian.
    references = [each.reference for each in (*services(), dynalite())]
    path, images = tmp_path / "images.tar", daemon.DockerImages()
    before = {each: engine.images.get(each).id for each in references}
    saving.save(path, references, images, silent)
    # An interrupted call: the part goes on from its last whole blob, and gives the same file.
    whole = path.stat().st_size
    part = path.with_name(path.name + saving.PART)
    path.rename(part)
    os.truncate(part, whole // 2)
    assert saving.save(path, references, images, silent) == whole
    minio = references[0]
    engine.images.get(minio).tag("localemr-test/kept", "1")
    without(engine, minio)
    try:
        assert saving.load(path, daemon.present(), images, silent) == [minio]
        assert {each: engine.images.get(each).id for each in references} == before
    finally:
        engine.images.get("localemr-test/kept:1").tag(*minio.rsplit(":", 1))
        engine.images.remove("localemr-test/kept:1", noprune=True)


def test_a_registry_with_tls_and_a_password(
    engine: Any, gateway: Registry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (minio,) = services()
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path / "without"))
    with pytest.raises(RuntimeFailure, match="x509"):
        registry.push(gateway.address, [minio.reference], silent)
    if not os.access(TRUST.parent, os.W_OK):
        pytest.skip(f"{TRUST} is not writable here")
    trust = TRUST / gateway.address
    trust.mkdir(parents=True)
    try:
        shutil.copy(gateway.certificate, trust / "ca.crt")
        with pytest.raises(RuntimeFailure, match=r"no basic auth|unauthorized|authentication"):
            registry.push(gateway.address, [minio.reference], silent)
        for name, value in gateway.login(tmp_path / "somebody").items():
            monkeypatch.setenv(name, value)
        assert registry.pull(gateway.address, minio, silent) is False
        registry.push(gateway.address, [minio.reference], silent)
        before = engine.images.get(minio.reference).id
        engine.images.get(minio.reference).tag("localemr-test/kept", "1")
        without(engine, minio.reference)
        try:
            # As `up` does with LOCALEMR_REGISTRY.
            registry.fetch(gateway.address, [minio], lambda image, line: None)
            assert engine.images.get(minio.reference).id == before
        finally:
            engine.images.get("localemr-test/kept:1").tag(*minio.reference.rsplit(":", 1))
            engine.images.remove("localemr-test/kept:1", noprune=True)
        assert not [tag for each in engine.images.list() for tag in each.tags if tag.startswith(gateway.address)]
    finally:
        shutil.rmtree(trust)
