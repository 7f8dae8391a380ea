"""How soon events are delivered: `python -m tests.benchmarks.events`. Prints figures, asserts nothing."""

from __future__ import annotations

import json
import os
import statistics
import sys
import time
from collections.abc import Callable
from datetime import datetime
from typing import Any

from tests.benchmarks.figures import tell
from tests.benchmarks.place import place, request
from tests.cluster.installation import Installation
from tests.cluster.test_beside import QUEUE, client, first_queue

STEPS = 20
PATTERN = {"source": ["aws.emr"], "detail-type": ["EMR Step Status Change"]}
TIMES = {"PENDING": "CreationDateTime", "RUNNING": "StartDateTime", "COMPLETED": "EndDateTime"}
"""The member of a step's Timeline that has the time of its change to a state."""

Receive = Callable[[], dict[tuple[str, str], float]]
"""Waits for messages: ids of steps and their states, with the time when they were received (seconds since 1970)."""


def main() -> None:
    """All measurements on a cluster of a master and a core instance."""
    with place() as installation, installation.running(request()) as cluster_id:
        measure(installation, cluster_id)


def measure(installation: Installation, cluster_id: str) -> None:
    """A step's change of state → a long poll of a queue of SQS has its event: steps that run `true`, one by one."""
    receive = queue(installation)
    until_ended(receive, installation.add_step(cluster_id, "true"))  # the first one makes the connections
    seconds: dict[str, list[float]] = {state: [] for state in TIMES}
    for _ in range(STEPS):
        step_id = installation.add_step(cluster_id, "true")
        for state, at in until_ended(receive, step_id).items():
            seconds[state].append(at - changed(installation, cluster_id, step_id, state))
    every = [each for of_state in seconds.values() for each in of_state]
    medians = {state: round(statistics.median(of_state), 3) for state, of_state in seconds.items()}
    late = sum(each > 1 for each in every)
    tell(
        "events in a queue of SQS", events=len(every), median_s=statistics.median(every), longest_s=max(every),
        later_than_1_s=late, medians_s=medians, load=round(os.getloadavg()[0], 1), target="<= 1 s",
    )  # fmt: skip


def queue(installation: Installation) -> Receive:
    """A queue that gets the events of steps."""
    sqs, events = client(installation, "sqs"), client(installation, "events")
    url = first_queue(installation, "steps")
    events.put_rule(Name="steps", EventPattern=json.dumps(PATTERN))
    events.put_targets(Rule="steps", Targets=[{"Id": "queue", "Arn": f"{QUEUE}steps"}])

    def receive() -> dict[tuple[str, str], float]:
        messages: list[dict[str, Any]] = sqs.receive_message(QueueUrl=url, WaitTimeSeconds=20).get("Messages", [])
        at = time.time()
        for each in messages:
            sqs.delete_message(QueueUrl=url, ReceiptHandle=each["ReceiptHandle"])
        details = [json.loads(each["Body"])["detail"] for each in messages]
        return {(each["stepId"], each["state"]): at for each in details}

    return receive


def until_ended(receive: Receive, step_id: str) -> dict[str, float]:
    """When the event of each state of a step was received (seconds since 1970)."""
    received: dict[str, float] = {}
    while not received.keys() >= TIMES.keys():
        received |= {state: at for (step, state), at in receive().items() if step == step_id}
    return received


def changed(installation: Installation, cluster_id: str, step_id: str, state: str) -> float:
    """When a step came to a state, by the controller's clock (seconds since 1970)."""
    at: datetime = installation.step(cluster_id, step_id)["Timeline"][TIMES[state]]
    return at.timestamp()


if __name__ == "__main__":
    sys.exit(main())
