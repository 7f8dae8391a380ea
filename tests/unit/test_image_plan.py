"""Which images there are on a host with certificate authorities of its own, and on one without."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from localemr.images import certificates, plan
from tests.images import forget


@pytest.fixture
def authorities(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder of the host's own authorities; empty."""
    monkeypatch.setattr(certificates, "LOCAL", tmp_path)
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    forget()
    yield tmp_path
    forget()


def references() -> dict[str, str]:
    forget()
    return {image.name: image.reference for image in plan.plan()}


def node() -> str:
    return str(plan.reference("node"))


def test_clusters_run_from_the_node_image(authorities: Path) -> None:
    assert node() == references()["node"]


def test_with_authorities_of_the_hosts_own_they_run_from_one_that_trusts_them(authorities: Path) -> None:
    plain = references()
    (authorities / "company.crt").write_text("one")
    first = references()
    assert node() == first["node-trusting"]
    (authorities / "company.crt").write_text("another")
    second = references()
    assert second["node-trusting"] != first["node-trusting"]
    # All others are the same on every host.
    assert {name: tag for name, tag in second.items() if name != "node-trusting"} == plain


def test_a_bundle_that_the_environment_names_counts(authorities: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bundle = authorities / "bundle.pem"
    bundle.write_text("one")
    monkeypatch.setenv("SSL_CERT_FILE", str(bundle))
    assert certificates.certificates() == {"ca/ssl-cert-file.crt": bundle}
    monkeypatch.setenv("SSL_CERT_FILE", certificates.SYSTEM_BUNDLE)
    assert certificates.fingerprint() == ""


def test_the_controller_has_the_packages_that_tests_ran_with() -> None:
    def pins(path: Path) -> set[str]:
        return set(re.findall(r"^[a-z0-9._-]+==\S+", path.read_text(), re.MULTILINE))

    own, everybodys = pins(plan.RECIPES / "controller" / "requirements.lock"), pins(plan.ROOT / "requirements.lock")
    assert own < everybodys
    assert {"thriftpy2", "boto3", "fastapi"} <= {pin.partition("==")[0] for pin in own}
