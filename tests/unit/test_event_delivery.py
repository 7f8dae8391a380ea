"""Deliveries of events: in order, repeated, kept over a restart, given up."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from localemr.clock import MovableClock
from localemr.events import EventBridge, Occurrence
from localemr.events.targets import received, url_fault
from localemr.reconcile.announcing import Announcing
from localemr.store import Store
from tests.receiver import Receiver, receiving
from tests.world import make_records

PATTERN = json.dumps({"source": ["test"]})


class Log:
    """A log of events, numbered from 1."""

    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []
        self.read = 0
        """How often it was read."""

    def add(self, *numbers: int, source: str = "test") -> None:
        self.events += [{"source": source, "n": each} for each in numbers]

    def since(self, position: int | None) -> Iterator[Occurrence]:
        self.read += 1
        if position is None:
            yield Occurrence(len(self.events))
        else:
            for number, event in list(enumerate(self.events, 1))[position:]:
                yield Occurrence(number, (event,))


class Bridge:
    """An EventBridge over a file, which is started again in each block."""

    def __init__(self, folder: Path, log: Log) -> None:
        self.folder, self.log, self.clock = folder, log, MovableClock(1000.0, 0)

    async def __aenter__(self) -> Bridge:
        self.bridge = EventBridge(self.folder / "events.db", self.clock, self.log.since, self.folder / "logs")
        self.bridge.start()
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.bridge.close()

    def call(self, operation: str, **request: Any) -> Any:
        from localemr.aws.service import Caller

        service = self.bridge.service("us-east-1", "0" * 12)
        return service.operations.call(operation, service.context(Caller(None, None, "")), request)

    def target(self, arn: str, id: str = "t", rule: str = "r", **more: Any) -> None:
        self.call("PutRule", Name=rule, EventPattern=PATTERN)
        self.call("PutTargets", Rule=rule, Targets=[{"Id": id, "Arn": arn, **more}])

    def waiting(self) -> int:
        return len(self.bridge._rules.waiting())

    def happens(self, *numbers: int, source: str = "test") -> None:
        self.log.add(*numbers, source=source)
        self.bridge.wake()


async def until(condition: Callable[[], bool]) -> None:
    """Wait for a state."""
    async with asyncio.timeout(10):
        while not condition():
            await asyncio.sleep(0.005)


def run(test: Callable[[Bridge, Receiver], Awaitable[None]], folder: Path) -> None:
    with receiving() as receiver:
        asyncio.run(_run(test, Bridge(folder, Log()), receiver))


async def _run(test: Callable[[Bridge, Receiver], Awaitable[None]], bridge: Bridge, receiver: Receiver) -> None:
    await test(bridge, receiver)


def numbers(receiver: Receiver) -> list[int]:
    return [each["n"] for each in receiver.events]


def test_events_come_in_order_and_only_those_after_the_rule(tmp_path: Path) -> None:
    async def test(bridge: Bridge, receiver: Receiver) -> None:
        bridge.log.add(1, 2)
        async with bridge:
            bridge.target(receiver.url)
            bridge.happens(3, 4, source="other")
            bridge.happens(*range(5, 25))
            await until(lambda: len(receiver.events) >= 20)
        assert numbers(receiver) == list(range(5, 25))

    run(test, tmp_path)


def test_without_a_rule_the_log_is_not_read_at_each_event(tmp_path: Path) -> None:
    async def test(bridge: Bridge, receiver: Receiver) -> None:
        async with bridge:
            await asyncio.sleep(0.05)
            read = bridge.log.read
            for number in range(1, 10):
                bridge.happens(number)
                await asyncio.sleep(0)
            await asyncio.sleep(0.05)
            assert bridge.log.read == read
            bridge.target(receiver.url)
            bridge.happens(10)
            await until(lambda: len(receiver.events) == 1)
        assert numbers(receiver) == [10], "what was before the rule is not for it"

    run(test, tmp_path)


def test_a_target_that_does_not_answer_gets_its_events_later_in_order(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "localemr.delivery")

    async def test(bridge: Bridge, receiver: Receiver) -> None:
        receiver.status = 503
        async with bridge:
            bridge.target(receiver.url)
            bridge.happens(1, 2, 3)
            await until(lambda: len(receiver.bodies) == 1)
            await until(lambda: "does not answer" in caplog.text)
            for attempts, pause in ((2, 1.0), (3, 2.0), (4, 4.0)):
                bridge.clock.advance(pause - 0.5)
                await asyncio.sleep(0.05)
                assert len(receiver.bodies) == attempts - 1
                bridge.clock.advance(0.5)
                await until(lambda attempts=attempts: len(receiver.bodies) == attempts)  # type: ignore[misc]
                await asyncio.sleep(0.05)
            receiver.status = 200
            bridge.clock.advance(60)
            await until(lambda: len(receiver.events) == 3)
        assert numbers(receiver) == [1, 2, 3]

    run(test, tmp_path)
    assert "target t of rule r does not answer: it answered 503 (attempt 1, 3 events wait)" in caplog.text
    assert "answers again" in caplog.text


def test_what_waits_and_what_happens_meanwhile_survives_a_restart(tmp_path: Path) -> None:
    async def test(bridge: Bridge, receiver: Receiver) -> None:
        receiver.status = 500
        async with bridge:
            bridge.target(receiver.url)
            bridge.happens(1, 2)
            await until(lambda: len(receiver.bodies) >= 1)
        # While no controller runs one more happens: the log is the store's.
        bridge.log.add(3)
        receiver.status = 200
        bridge.clock.advance(60)
        async with bridge:
            await until(lambda: len(receiver.events) >= 3)
            bridge.happens(4)
            await until(lambda: len(receiver.events) >= 4)
        assert numbers(receiver) == [1, 2, 3, 4]

    run(test, tmp_path)


def test_a_rule_does_not_see_what_happened_before_it_after_a_restart(tmp_path: Path) -> None:
    async def test(bridge: Bridge, receiver: Receiver) -> None:
        async with bridge:
            bridge.target(receiver.url, rule="first")
            bridge.call("DisableRule", Name="first")
            bridge.happens(1)
        async with bridge:
            bridge.happens(2)
            bridge.call("EnableRule", Name="first")
            bridge.happens(3)
            await until(lambda: len(receiver.events) >= 1)
        assert numbers(receiver) == [3]

    run(test, tmp_path)


@pytest.mark.parametrize("status", [302, 400, 404])
def test_what_a_target_refuses_is_not_repeated(tmp_path: Path, status: int, caplog: pytest.LogCaptureFixture) -> None:
    async def test(bridge: Bridge, receiver: Receiver) -> None:
        receiver.status = status
        async with bridge:
            bridge.target(receiver.url)
            bridge.happens(1)
            await until(lambda: "was refused" in caplog.text)
            receiver.status = 200
            bridge.happens(2)
            await until(lambda: len(receiver.events) == 1)
        assert (len(receiver.bodies), numbers(receiver)) == (2, [2])

    run(test, tmp_path)
    assert f"it answered {status}" in caplog.text


@pytest.mark.parametrize(
    ("policy", "pause"),
    [({"MaximumRetryAttempts": 1}, 1), ({"MaximumEventAgeInSeconds": 60}, 60)],
    ids=["attempts", "age"],
)
def test_an_event_is_given_up(
    tmp_path: Path, policy: dict[str, int], pause: int, caplog: pytest.LogCaptureFixture
) -> None:
    async def test(bridge: Bridge, receiver: Receiver) -> None:
        receiver.status = 503
        async with bridge:
            bridge.target(receiver.url, RetryPolicy=policy)
            bridge.happens(1)
            await until(lambda: "does not answer" in caplog.text)
            bridge.clock.advance(pause)
            await until(lambda: "was given up" in caplog.text)
            receiver.status = 200
            bridge.happens(2)
            await until(lambda: len(receiver.events) == 1)
        assert numbers(receiver) == [2]

    run(test, tmp_path)


def test_a_log_has_a_line_for_each_event(tmp_path: Path) -> None:
    async def test(bridge: Bridge, receiver: Receiver) -> None:
        file = tmp_path / "logs" / "emr"
        async with bridge:
            bridge.target("arn:aws:logs:us-east-1:000000000000:log-group:/aws/events/emr:*")
            bridge.happens(1, 2)
            await until(lambda: file.exists() and file.read_bytes().count(b"\n") == 2)
        assert [json.loads(line)["n"] for line in file.read_text().splitlines()] == [1, 2]
        assert file.stat().st_mode & 0o777 == 0o600

    run(test, tmp_path)


def test_removed_targets_get_nothing_more(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async def test(bridge: Bridge, receiver: Receiver) -> None:
        receiver.status = 503
        async with bridge:
            bridge.target(receiver.url)
            bridge.happens(1)
            await until(lambda: "does not answer" in caplog.text)
            bridge.call("RemoveTargets", Rule="r", Ids=["t"])
            receiver.status = 200
            bridge.target(receiver.url, "next")
            bridge.clock.advance(60)
            bridge.happens(2)
            await until(lambda: len(receiver.events) == 1)
        assert numbers(receiver) == [2]

    run(test, tmp_path)


def test_headers_query_and_parts_of_events(tmp_path: Path) -> None:
    async def test(bridge: Bridge, receiver: Receiver) -> None:
        parameters = {"HeaderParameters": {"X-Token": "abc"}, "QueryStringParameters": {"from": "emr"}}
        async with bridge:
            bridge.target(receiver.url, HttpParameters=parameters, InputPath="$.n")
            bridge.happens(7)
            await until(lambda: len(receiver.bodies) == 1)
        assert (receiver.bodies, receiver.paths) == ([b"7"], ["/events?from=emr"])
        assert receiver.headers[0]["X-Token"] == "abc"

    run(test, tmp_path)


def test_the_input_of_a_target() -> None:
    event = json.dumps({"time": "now", "detail": {"state": "FAILED", "say": 'a "b"', "n": 3}})
    assert received({"Input": "[1]"}, event) == b"[1]"
    assert received({"InputPath": "$.detail.state"}, event) == b'"FAILED"'
    paths = {"state": "$.detail.state", "say": "$.detail.say", "n": "$.detail.n", "no": "$.detail.no"}
    template = (
        '{"text": "it <state>: <say>", "state": <state>, "n": <n>, "no": <no>, "at": <aws.events.event.ingestion-time>}'
    )
    transformed = received({"InputTransformer": {"InputPathsMap": paths, "InputTemplate": template}}, event)
    assert json.loads(transformed) == {
        "text": 'it FAILED: a "b"', "state": "FAILED", "n": 3, "no": None, "at": "now",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("url", "allowed"),
    [
        ("http://127.0.0.1:8080/x", True), ("http://localhost/", True), ("http://[::1]:80/", True),
        ("http://10.0.0.5/", True), ("https://192.168.1.2/", True), ("http://hook:80/", True),
        ("http://a.localhost/", True), ("http://host.docker.internal:9/", True),
        ("http://8.8.8.8/", False), ("http://example.com/", False), ("http://169.254.169.254/", False),
        ("http://[::ffff:169.254.169.254]/", False), ("http://[fe80::1]/", False), ("http://0.0.0.0/", False),
        ("http://2130706433/", False), ("http://0x7f000001/", False), ("http://me@localhost/", False),
        ("http:///x", False), ("http://localhost:99999/", False),
    ],
)  # fmt: skip
def test_urls_of_this_host_and_private_networks(url: str, allowed: bool) -> None:
    assert (url_fault(url) is None) is allowed


def test_a_cluster_that_came_while_no_deliveries_were_made(tmp_path: Path) -> None:
    store = Store(tmp_path / "localemr.db")

    def since(position: int | None) -> Iterator[Occurrence]:
        return (Occurrence(*each) for each in Announcing(store).since(position))

    async def test(bridge: Bridge, receiver: Receiver) -> None:
        bridge.log.since = since  # type: ignore[method-assign]
        store.add_cluster(make_records(cluster_id="j-BEFORE"))
        async with bridge:
            store.on_change = lambda cluster_id: bridge.bridge.wake()
            bridge.call("PutRule", Name="r", EventPattern='{"detail": {"state": ["STARTING"]}}')
            bridge.call("PutTargets", Rule="r", Targets=[{"Id": "t", "Arn": receiver.url}])
            store.add_cluster(make_records(cluster_id="j-FIRST"))
            # Delivered at least once: what was not noted as taken is sent again.
            await until(lambda: len(receiver.events) >= 1 and bridge.waiting() == 0)
        store.add_cluster(make_records(cluster_id="j-SECOND"))
        async with bridge:
            store.add_cluster(make_records(cluster_id="j-THIRD"))
            await until(lambda: len(receiver.events) >= 3)
        found = [each["detail"]["clusterId"] for each in receiver.events]
        assert found == ["j-FIRST", "j-SECOND", "j-THIRD"]

    run(test, tmp_path)
    store.close()
