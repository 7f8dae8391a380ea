"""MinIO as `localemr up` starts it, and the removal of all that an installation has in Docker."""

import secrets
import socket
from dataclasses import replace

import pytest

from localemr.cli import clients
from localemr.images.plan import reference
from localemr.installation import minio
from localemr.installation.containers import Containers, connect
from localemr.installation.s3_health import error_of
from localemr.problem import Problem
from localemr.runtime.base import LABEL
from localemr.settings import Settings

pytestmark = pytest.mark.cluster
IMAGE = reference("minio")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture(scope="module")
def docker():
    client = connect()
    yield client
    client.close()


@pytest.fixture
def services(docker):
    name = f"test-{secrets.token_hex(4)}"
    found = Containers(Settings(installation=name, s3_port=free_port(), s3_console_port=free_port()), docker)
    yield found
    found.remove()


def test_data_outlive_another_configuration_and_running_clusters_get_the_new_container(services, docker):
    minio.ensure(services, IMAGE)
    settings = services.settings
    before = docker.containers.get(settings.s3_container).id
    minio.ensure(services, IMAGE)
    assert docker.containers.get(settings.s3_container).id == before

    s3 = clients.s3(settings)
    s3.create_bucket(Bucket="kept")
    s3.put_object(Bucket="kept", Key="object", Body=b"1")
    network = docker.networks.create(f"{services.name}-j-1", labels=services.labels)
    network.connect(settings.s3_container, aliases=["s3"])

    changed = replace(settings, secret_key="another-secret")
    minio.ensure(Containers(changed, docker), IMAGE)
    after = docker.containers.get(settings.s3_container)
    assert after.id != before
    assert clients.s3(changed).get_object(Bucket="kept", Key="object")["Body"].read() == b"1"
    assert "s3" in after.attrs["NetworkSettings"]["Networks"][network.name]["Aliases"]


def test_a_stopped_container_is_started_again(services, docker):
    minio.ensure(services, IMAGE)
    docker.containers.get(services.settings.s3_container).stop(timeout=2)
    assert error_of(services.settings)
    minio.ensure(services, IMAGE)
    assert error_of(services.settings) is None


def test_remove_leaves_only_what_it_was_to_keep(services, docker):
    minio.ensure(services, IMAGE)
    docker.networks.create(f"{services.name}-j-1", labels=services.labels).connect(services.settings.s3_container)

    removed = services.remove(keep_data=True)
    assert (removed.containers, removed.networks, removed.volumes) == (1, 2, 0)
    removed = services.remove()
    assert (removed.containers, removed.networks, removed.volumes) == (0, 0, 1)
    label = {"label": f"{LABEL}={services.settings.installation}"}
    assert not docker.containers.list(all=True, filters=label)
    assert not docker.networks.list(filters=label)
    assert not docker.volumes.list(filters=label)


def test_a_port_of_another_program_is_named(services):
    with socket.create_server(("127.0.0.1", services.settings.s3_port)), pytest.raises(Problem) as caught:
        minio.ensure(services, IMAGE)
    assert f"127.0.0.1:{services.settings.s3_port}" in caught.value.message
    assert "LOCALEMR_S3_PORT" in caught.value.fix
    minio.ensure(services, IMAGE)
