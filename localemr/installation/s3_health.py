"""The health check of S3: one for `up`, `status`, `doctor` and the controller's health page.

The instances read and write objects themselves; the controller only reports whether S3 responds.
"""

from __future__ import annotations

import asyncio
import urllib.error
import urllib.request

from localemr.settings import Settings
from localemr.tasks import end

INTERVAL = 10.0
"""Seconds between two checks by the controller."""
TIMEOUT = 10.0
"""Seconds for an answer."""


def error_of(settings: Settings, timeout: float = TIMEOUT) -> str | None:
    """The reason why S3 does not respond; None when it does.

    LocalEMR's own MinIO has a health page. Another S3 (LOCALEMR_S3_ENDPOINT) may refuse that page with any status: an
    HTTP response is sufficient.
    """
    url = f"{settings.s3_url}/minio/health/live"
    # No proxies: MinIO is on this host, or a container beside the controller's.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(url, timeout=timeout) as response:
            status = response.status
    except urllib.error.HTTPError as error:
        with error:
            status = error.code
    except (OSError, ValueError) as error:
        return f"{settings.s3_url} does not answer: {getattr(error, 'reason', None) or error or 'timed out'}"
    healthy = status < 500 if settings.s3_endpoint else status == 200
    return None if healthy else f"{settings.s3_url} answers with HTTP status {status}"


class S3Health:
    """Checks S3 at intervals; `error` is the reason why S3 does not respond, or None."""

    def __init__(self, settings: Settings | None) -> None:
        """`settings` None: there is no S3 to check."""
        self.error: str | None = None
        self._settings = settings
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to check."""
        if self._settings is not None:
            self._task = asyncio.create_task(self._check_on(self._settings))

    async def stop(self) -> None:
        """End the checks."""
        await end(self._task)

    async def _check_on(self, settings: Settings) -> None:
        while True:
            self.error = await asyncio.to_thread(error_of, settings)
            await asyncio.sleep(INTERVAL)
