"""Images that are built when a cluster needs them: once for all, visible, and only as long as a cluster waits."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from localemr.images import plan
from localemr.images.build import BuildFailure
from localemr.images.debian import DebianFailure
from localemr.images.ondemand import KEPT, OnDemand
from localemr.runtime.base import InstanceSpec, RuntimeDeferred, RuntimeFailure, RuntimeUnavailable
from tests.golden_scenarios import LABEL
from tests.images import Builder

NOW = 1000.0


def spec(cluster: str = "j-1", *names: str, release: str = LABEL) -> InstanceSpec:
    return InstanceSpec(f"ci-{cluster}", cluster, release, "ip-10-0-0-1", applications=names or ("Hadoop", "Spark"))


def play(test: Callable[[Builder, OnDemand], Awaitable[None]], now: Callable[[], float] = lambda: NOW) -> None:
    async def body() -> None:
        builder = Builder()
        images = builder.on_demand(now)
        await test(builder, images)
        await images.close()

    asyncio.run(asyncio.wait_for(body(), 20))


async def deferred(images: OnDemand, one: InstanceSpec) -> RuntimeDeferred:
    with pytest.raises(RuntimeDeferred) as raised:
        await images.ready(one)
    return raised.value


async def ready(images: OnDemand, one: InstanceSpec) -> str:
    """The image, once it is there."""
    while True:
        try:
            return await images.ready(one)
        except RuntimeDeferred as waiting:
            assert not waiting.code, waiting
            await asyncio.sleep(0.001)


async def failed(images: OnDemand, one: InstanceSpec) -> str:
    """The message of the failure, once it has failed."""
    while not (outcome := await deferred(images, one)).code:
        await asyncio.sleep(0.001)
    assert outcome.code == "INTERNAL_ERROR"
    return str(outcome)


def test_what_is_there_is_used_at_once_and_nothing_is_built() -> None:
    async def test(builder: Builder, images: OnDemand) -> None:
        builder.add(plan.node(LABEL))
        assert await images.ready(spec()) == plan.node(LABEL).reference
        assert builder.begun == []

    play(test)


def test_what_is_missing_is_built_and_its_progress_is_shown() -> None:
    async def test(builder: Builder, images: OnDemand) -> None:
        first = await deferred(images, spec())
        assert NOW < first.until < NOW + 5 and not first.code
        while not (progress := (await deferred(images, spec())).progress).endswith("step 1 of 2"):
            await asyncio.sleep(0.001)
        count = len(builder.there)
        assert progress.startswith(f"the image of {LABEL} with Hadoop, Spark: {count} of ")
        assert progress.endswith("parts are built; base: step 1 of 2")
        builder.go.set()
        assert await ready(images, spec()) == plan.node(LABEL, ["Spark"]).reference
        assert builder.begun == [plan.node(LABEL, ["Spark"]).reference]

    play(test)


def test_clusters_that_need_the_same_have_it_built_once() -> None:
    async def test(builder: Builder, images: OnDemand) -> None:
        for cluster in ("j-1", "j-2", "j-1"):
            await deferred(images, spec(cluster))
        builder.go.set()
        found = {await ready(images, spec(cluster)) for cluster in ("j-1", "j-2")}
        assert found == {*builder.begun} and len(builder.begun) == 1

    play(test)


def test_those_that_need_another_do_not_wait_for_it() -> None:
    async def test(builder: Builder, images: OnDemand) -> None:
        for cluster, name in (("j-1", "Spark"), ("j-2", "Hive")):
            await deferred(images, spec(cluster, name))
        while builder.begun != [plan.node(LABEL, [name]).reference for name in ("Spark", "Hive")]:
            await asyncio.sleep(0.001)
        assert builder.ended == []
        builder.go.set()
        await ready(images, spec("j-2", "Hive"))

    play(test)


def test_a_failure_ends_all_that_wait_with_the_cause_and_no_second_build() -> None:
    async def test(builder: Builder, images: OnDemand) -> None:
        builder.failure = BuildFailure("a long log", "image spark, step 3 of 9: no route to host (log: /logs/spark)")
        for cluster in ("j-1", "j-2"):
            await deferred(images, spec(cluster))
        builder.go.set()
        text = f"The image of {LABEL} with Hadoop, Spark could not be built: image spark, step 3 of 9: no route to host"
        for cluster in ("j-1", "j-2", "j-1"):
            assert await failed(images, spec(cluster)) == f"{text} (log: /logs/spark)"
        assert len(builder.begun) == 1

    play(test)


@pytest.mark.parametrize("failure", [DebianFailure("no base"), RuntimeFailure("no space left"), OSError("no folder")])
def test_other_failures_end_them_too(failure: Exception) -> None:
    async def test(builder: Builder, images: OnDemand) -> None:
        builder.failure = failure
        builder.go.set()
        assert (await failed(images, spec())).endswith(f"could not be built: {failure}")

    play(test)


def test_a_cluster_that_comes_later_has_it_built_again() -> None:
    async def test(builder: Builder, images: OnDemand) -> None:
        builder.failure = BuildFailure("", "no network")
        builder.go.set()
        await failed(images, spec("j-1"))
        builder.failure = None
        await ready(images, spec("j-2"))
        assert len(builder.begun) == 2

    play(test)


def test_so_has_the_same_cluster_after_a_while() -> None:
    now = [NOW]

    async def test(builder: Builder, images: OnDemand) -> None:
        builder.failure = BuildFailure("", "no network")
        builder.go.set()
        await failed(images, spec())
        builder.failure = None
        now[0] += KEPT + 1
        await ready(images, spec())

    play(test, lambda: now[0])


def test_a_daemon_that_is_away_is_no_failure() -> None:
    async def test(builder: Builder, images: OnDemand) -> None:
        builder.failure = RuntimeUnavailable("Docker closed the connection")
        builder.go.set()
        await deferred(images, spec())
        while len(builder.ended) < 2:
            assert not (await deferred(images, spec())).code
            await asyncio.sleep(0.001)
        builder.failure = None
        await ready(images, spec())

    play(test)


def test_a_build_ends_when_the_last_cluster_that_waits_goes() -> None:
    async def test(builder: Builder, images: OnDemand) -> None:
        for cluster in ("j-1", "j-2"):
            await deferred(images, spec(cluster))
        while not builder.begun:
            await asyncio.sleep(0.001)
        images.release("j-1")
        images.release("j-3")
        await asyncio.sleep(0.01)
        assert builder.ended == []
        images.release("j-2")
        while not builder.ended:
            await asyncio.sleep(0.001)
        builder.go.set()
        await ready(images, spec("j-4"))
        assert len(builder.begun) == 2

    play(test)


def test_closing_ends_the_build() -> None:
    async def test(builder: Builder, images: OnDemand) -> None:
        await deferred(images, spec())
        while not builder.begun:
            await asyncio.sleep(0.001)
        await images.close()
        assert builder.ended == builder.begun

    play(test)


def test_an_image_that_was_removed_is_looked_for_again() -> None:
    async def test(builder: Builder, images: OnDemand) -> None:
        builder.add(plan.node(LABEL))
        found = await images.ready(spec())
        builder.there.clear()
        assert await images.ready(spec()) == found  # no look at Docker for each instance
        images.missing(found)
        assert "Hadoop, Spark" in (await deferred(images, spec())).progress

    play(test)


def test_the_shared_catalog_is_built_too() -> None:
    async def test(builder: Builder, images: OnDemand) -> None:
        with pytest.raises(RuntimeDeferred) as raised:
            await images.on_use("catalog", "j-1")
        assert raised.value.progress.startswith("the image of the catalog: ")
        builder.add(plan.catalog())
        assert await images.on_use("catalog") == plan.catalog().reference

    play(test)


def test_a_release_without_images_is_a_failure() -> None:
    async def test(builder: Builder, images: OnDemand) -> None:
        with pytest.raises(RuntimeFailure, match=r"no images of emr-0\.0\.1"):
            await images.ready(spec(release="emr-0.0.1"))

    play(test)
