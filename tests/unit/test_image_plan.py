"""Which images there are on a host with certificate authorities of its own, and on one without."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from localemr.domain.model.release import Release
from localemr.images import certificates, chain, plan
from localemr.images.image import Image
from localemr.releases import default_release
from tests.images import forget, have_release


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


def test_a_version_more_changes_no_other_image(tmp_path: Path) -> None:
    (tmp_path / "install.sh").touch()
    for version in ("1.0", "2.0"):
        (tmp_path / "versions" / version).mkdir(parents=True)
        (tmp_path / "versions" / version / "jars.sha256").write_text(version)
    context = chain._recipe(tmp_path, "1.0")
    assert context["application/version/jars.sha256"].read_text() == "1.0"
    assert {name for name in context if name.startswith("application/")} == {
        "application/install.sh",
        "application/version/jars.sha256",
    }
    with pytest.raises(FileNotFoundError, match=r"3\.0"):
        chain._recipe(tmp_path, "3.0")


def images_of(monkeypatch: pytest.MonkeyPatch, release: Release) -> dict[str, Image]:
    have_release(monkeypatch, release)
    forget()
    made = {image.name: image for image in plan.plan((release.label,))}
    forget()
    return made


def needs(image: Image) -> set[str]:
    return {need.reference for need in image.needs}


def test_another_python_is_a_layer_above_all_applications(monkeypatch: pytest.MonkeyPatch) -> None:
    usual = default_release()
    own = images_of(monkeypatch, usual)
    other = images_of(monkeypatch, replace(usual, python="3.9"))
    stand_in = images_of(monkeypatch, replace(usual, python="3.7", stand_ins={**usual.stand_ins, "Python": "3.9"}))
    assert "python-3.9" not in own
    for images in (other, stand_in):
        assert own["dynamodb"].reference in needs(images["python-3.9"])
        assert own["trino-classes"].reference in needs(images["dynamodb"])
        assert images["python-3.9"].reference in needs(images["node"])
        assert images["catalog"].tag == own["catalog"].tag
    # The node alone knows the name of the version for which it stands.
    assert other["python-3.9"].tag == stand_in["python-3.9"].tag
    assert (other["node"].args["PYTHON"], stand_in["node"].args["PYTHON"]) == ("3.9", "3.7")


def test_the_controller_has_the_packages_that_tests_ran_with() -> None:
    def pins(path: Path) -> set[str]:
        return set(re.findall(r"^[a-z0-9._-]+==\S+", path.read_text(), re.MULTILINE))

    own, everybodys = (
        pins(chain.RECIPES / "controller" / "requirements.lock"),
        pins(chain.PACKAGE.parent / "requirements.lock"),
    )
    assert own < everybodys
    assert {"thriftpy2", "boto3", "fastapi"} <= {pin.partition("==")[0] for pin in own}
