"""What settings make of the runtime on Kubernetes, and which images its pods have."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from ipaddress import ip_address
from urllib.parse import urlsplit

import pytest

from localemr.catalog import make_catalog
from localemr.images import plan
from localemr.images.pulled import Pulled, image_for
from localemr.platforms import make_platform
from localemr.runtime.base import InstanceSpec, RuntimeUnavailable
from localemr.settings import Settings
from tests.images import forget
from tests.runtime_contract import RELEASE

SETTINGS = Settings(runtime="kubernetes")
REGISTRY = "registry.example.com/team"


@pytest.fixture
def anew() -> Iterator[None]:
    """The images are planned anew, here and by the next test."""
    forget()
    yield
    forget()


def pulled(registry: str, *applications: str) -> str:
    spec = InstanceSpec("ci-1", "j-1", RELEASE, "h", applications=applications)
    return asyncio.run(Pulled(registry).ready(spec))


def test_a_release_has_one_image_for_all_sets_of_its_applications() -> None:
    assert pulled("", "Hadoop", "Spark") == pulled("", "Hadoop", "Hive") == image_for(RELEASE).reference
    assert pulled(REGISTRY, "Hadoop") == f"{REGISTRY}/{image_for(RELEASE).reference}"


@pytest.mark.usefixtures("anew")
def test_images_are_chosen_once_for_all_instances(monkeypatch: pytest.MonkeyPatch) -> None:
    chosen = []
    monkeypatch.setattr("localemr.images.pulled.node", lambda *of: chosen.append(of) or plan.node(*of))
    assert len({pulled("", "Hadoop", "Spark") for _ in range(3)}) == len(chosen) == 1


def test_an_application_that_a_classification_adds_needs_another_image() -> None:
    assert pulled("", "Hadoop", "Spark", "Iceberg") != pulled("", "Hadoop", "Spark")


@pytest.mark.usefixtures("anew")
def test_certificates_of_the_builders_host_are_in_no_image_of_a_registry(monkeypatch: pytest.MonkeyPatch) -> None:
    before = image_for(RELEASE).reference
    monkeypatch.setattr(plan, "fingerprint", lambda: "0123456789ab")
    forget()
    assert plan.node(RELEASE).name.endswith(plan.TRUSTING)
    assert image_for(RELEASE).reference == before.replace(plan.TRUSTING, "")


def test_a_process_without_a_configuration_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: object) -> None:
    monkeypatch.setenv("KUBECONFIG", f"{tmp_path}/none")

    async def look() -> None:
        runtime = make_platform(SETTINGS).runtime
        with pytest.raises(RuntimeUnavailable, match="not configured"):
            await runtime.capacity()
        await runtime.close()

    asyncio.run(look())


def test_unknown_runtimes_and_names_are_refused() -> None:
    with pytest.raises(ValueError, match="expected docker, kubernetes or memory"):
        make_platform(replace(SETTINGS, runtime="swarm"))
    with pytest.raises(ValueError, match="LOCALEMR_INSTALLATION"):
        make_platform(replace(SETTINGS, installation="My Own"))


def test_instances_reach_the_s3_of_the_settings() -> None:
    assert make_catalog(SETTINGS).site.s3_endpoint == "http://s3:9000"
    elsewhere = replace(SETTINGS, node_s3_endpoint="https://s3.example.com")
    assert make_catalog(elsewhere).site.s3_endpoint == "https://s3.example.com"


def test_instances_have_their_metadata_service_on_a_loopback_address() -> None:
    endpoint = make_platform(SETTINGS).metadata_endpoint
    assert ip_address(urlsplit(endpoint).hostname or "").is_loopback
    assert make_catalog(SETTINGS, metadata_endpoint=endpoint).site.metadata_endpoint == endpoint
    assert make_platform(replace(SETTINGS, runtime="memory")).metadata_endpoint == ""
