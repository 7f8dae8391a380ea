"""The base of all images: Debian's own image or, without access to a registry, one made with debootstrap."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

import docker.errors

from localemr.runtime.docker_client import APIClient

SUITE = "bookworm"
REMOVED = ("usr/share/doc", "usr/share/man", "usr/share/locale", "usr/share/info", "var/lib/apt/lists", "var/cache/apt")
"""Content that is removed for a slim image; the folders stay, empty."""

Report = Callable[[str], None]


class DebianFailure(Exception):
    """The base image is not available; the message has the reason and the fix."""


def ensure(client: APIClient, tag: str, report: Report) -> None:
    """Make sure that an image with this tag exists: pull or make it if missing. Raises DebianFailure."""
    try:
        client.inspect_image(tag)
        return
    except docker.errors.ImageNotFound:
        report(f"pulling {tag}")
    try:
        client.pull(tag)
    except docker.errors.APIError as error:
        report(f"{tag} cannot be pulled ({error.explanation or error}); making it with debootstrap")
        _make(client, tag, report)


def _make(client: APIClient, tag: str, report: Report) -> None:
    sources = _sources() or _sources_after_update(report)
    if not sources:
        raise DebianFailure(f"{tag} can neither be pulled nor made: this host has no apt sources of Debian {SUITE}")
    _ensure_debootstrap(report)
    with tempfile.TemporaryDirectory() as directory:
        root = Path(directory) / "root"
        _run([*_as_root(), "debootstrap", "--variant=minbase", SUITE, str(root), sources[0].split()[1]], report)
        (root / "etc/apt/sources.list").write_text("".join(f"{line}\n" for line in sources))
        for name in REMOVED:
            shutil.rmtree(root / name, ignore_errors=True)
            (root / name).mkdir(parents=True)
        (root / "var/lib/apt/lists/partial").mkdir()
        (root / "var/cache/apt/archives/partial").mkdir(parents=True)
        archive = Path(directory) / "root.tar"
        _run([*_as_root(), "tar", "--numeric-owner", "-C", str(root), "-cf", str(archive), "."], report)
        repository, _, version = tag.partition(":")
        client.import_image_from_file(str(archive), repository=repository, tag=version, changes=['CMD ["/bin/bash"]'])


def _sources() -> list[str]:
    """The host's own apt sources of the suite as lines of sources.list, the main archive first."""
    if not shutil.which("apt-get"):
        return []
    command = [
        "apt-get",
        "indextargets",
        "--format",
        "$(REPO_URI) $(RELEASE) $(COMPONENT) $(ORIGIN)",
        "Created-By: Packages",
    ]
    listed = subprocess.run(command, capture_output=True, text=True, check=False).stdout.splitlines()
    found = []
    for line in listed:
        uri, suite, component, *origin = line.split()
        if origin[:1] == ["Debian"] and component == "main" and suite.startswith(SUITE):
            found.append(f"deb {uri} {suite} {component}")
    return sorted(set(found), key=lambda line: (len(line.split()[2]), line))


def _sources_after_update(report: Report) -> list[str]:
    """The sources after `apt-get update`: apt reports only sources whose lists it has."""
    if shutil.which("apt-get"):
        _run([*_as_root(), "apt-get", "update"], report)
    return _sources()


def _ensure_debootstrap(report: Report) -> None:
    if shutil.which("debootstrap") or Path("/usr/sbin/debootstrap").exists():
        return
    _run([*_as_root(), "apt-get", "install", "-y", "--no-install-recommends", "debootstrap"], report)


def _as_root() -> list[str]:
    if os.geteuid() == 0:
        return []
    if shutil.which("sudo"):
        return ["sudo", "-n"]
    raise DebianFailure("debootstrap needs root: run `localemr images build` as root once")


def _run(command: list[str], report: Report) -> None:
    environ = os.environ | {"DEBIAN_FRONTEND": "noninteractive", "PATH": f"{os.environ['PATH']}:/usr/sbin:/sbin"}
    with subprocess.Popen(command, env=environ, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        lines: list[str] = []
        assert process.stdout is not None
        for line in process.stdout:
            lines.append(line.rstrip())
            report(lines[-1])
    if process.returncode:
        raise DebianFailure(f"{' '.join(command)} failed:\n" + "\n".join(lines[-20:]))
