"""Signed calls of AWS's services outside LocalEMR, with botocore."""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Any

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, ParamValidationError

from localemr.delivery.calls import LOGS, SNS, SQS, Arn, Call, read_arn, to_function, to_log, to_queue, to_topic
from localemr.delivery.deliveries import Failed, Refused

SECONDS = 5.0
"""How long a service may take for its answer, as an HTTP endpoint of EventBridge."""
THREADS = 4
AGAIN = re.compile(r"Throttl|TooManyRequests|SlowDown|RequestLimitExceeded|ServiceUnavailable|InternalError")
"""Names of errors after which a call is repeated, besides those with HTTP status 5xx and 429."""
MISSING, EXISTS = "ResourceNotFoundException", "ResourceAlreadyExistsException"
ALONE: dict[str, Any] = {"profile": (None, [], None, None), "config_file": (None, None, os.devnull, None),
         "credentials_file": (None, None, os.devnull, None)}  # fmt: skip
"""botocore's settings for a session that reads none of this user's files."""

Url = Callable[[str], Awaitable[str]]
"""Returns the URL of a service, which is started if necessary. Raises OSError."""


class AwsServices:
    """Sends messages to queues, topics, functions and log groups of the services at `url`. `offers` says which services
    there are, `keys` is an access key and its secret key."""

    def __init__(self, url: Url, offers: Callable[[str], bool], keys: tuple[str, str]) -> None:
        self.offers = offers
        self._url, self._keys = url, keys
        self._clients: dict[tuple[str, str, str], Any] = {}
        self._pool = ThreadPoolExecutor(THREADS, "aws")

    async def send(self, arn: str, body: str, at: float, *, group: str = "", subject: str = "", stream: str = "",
                   attributes: dict[str, str] | None = None) -> None:  # fmt: skip
        """Hand a message to what an ARN names. `group` is for FIFO queues, `subject` for topics, `stream` and the time
        `at` (epoch seconds) for logs, `attributes` for queues. Raises Failed or Refused."""
        place = read_arn(arn)
        if place is None or not self.offers(place.service):
            raise Refused(f"there is no endpoint for {arn} (LOCALEMR_AWS_ENDPOINTS)", "NO_RESOURCE")
        try:
            url = await self._url(place.service)
        except OSError as error:
            raise Failed(str(error)) from error
        if place.service == LOGS:
            await self._log(url, place, stream, body, at)
        elif place.service == SQS:
            await self._call(url, to_queue(place, url, body, group, attributes))
        else:
            await self._call(url, to_topic(arn, body, subject) if place.service == SNS else to_function(place, body))

    async def _log(self, url: str, place: Arn, stream: str, body: str, at: float) -> None:
        put, *creations = to_log(place, stream, body, at)
        try:
            await self._call(url, put)
        except Refused as error:
            if error.code != MISSING:
                raise
            for each in creations:
                await self._create(url, each)
            await self._call(url, put)

    async def _create(self, url: str, call: Call) -> None:
        try:
            await self._call(url, call)
        except Refused as error:
            if error.code != EXISTS:
                raise

    async def _call(self, url: str, call: Call) -> None:
        """Raises Failed or Refused."""
        try:
            await asyncio.get_running_loop().run_in_executor(self._pool, self._made, url, call)
        except ClientError as error:
            code, status = error.response["Error"]["Code"], error.response["ResponseMetadata"]["HTTPStatusCode"]
            if status >= 500 or status == 429 or AGAIN.search(code):
                raise Failed(str(error)) from error
            raise Refused(str(error), code) from error
        except ParamValidationError as error:
            raise Refused(str(error), "INVALID_PARAMETER") from error
        except (BotoCoreError, OSError) as error:
            raise Failed(str(error)) from error

    def _made(self, url: str, call: Call) -> None:
        key = (call.service, call.region, url)
        if key not in self._clients:
            self._clients[key] = _client(*key, self._keys)
        self._clients[key]._make_api_call(call.operation, dict(call.parameters))

    async def close(self) -> None:
        """Close the connections, after the calls that run."""
        await asyncio.to_thread(self._pool.shutdown)
        for client in self._clients.values():
            client.close()


def _client(service: str, region: str, url: str, keys: tuple[str, str]) -> Any:
    config = Config(
        connect_timeout=SECONDS,
        read_timeout=SECONDS,
        # Deliveries are repeated by their own rules. Proxies of the environment are for the world outside.
        retries={"total_max_attempts": 1, "mode": "standard"},
        proxies={},
    )
    return _session().create_client(
        service, region, endpoint_url=url, aws_access_key_id=keys[0], aws_secret_access_key=keys[1], config=config
    )


def _session() -> Any:
    """A session of botocore. Its import takes 4 MB, which a controller that sends no messages does not need."""
    import botocore.session

    return botocore.session.Session(session_vars=ALONE)


@cache
def region_name(region: str) -> str:
    """How AWS names a region in messages: `US East (N. Virginia)`; the region itself where that is unknown."""
    partitions = _session().get_data("endpoints")["partitions"]
    return next((str(p["regions"][region]["description"]) for p in partitions if region in p["regions"]), region)
