"""Replies for retries: a client whose connection broke before the reply sends its call again.

AWS's SDKs give each call an id, which its retries repeat (header `amz-sdk-invocation-id`). The call was carried out the
first time: without this a retried RunJobFlow makes a second cluster.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict

from localemr.api.calls import Call, Reply
from localemr.aws.service import Caller

HEADER = "amz-sdk-invocation-id"
MOST, LONGEST = 256, 16 * 1024
"""Replies that are kept, the oldest being dropped: SDKs retry within seconds. And their length in bytes: calls with
longer ones only read, and are carried out again."""

Key = tuple[str, str, str, bytes]
"""The caller's access key, the id, the operation and a digest of the body."""


class Retries:
    """Replies to calls that were carried out, by the ids of their clients. For any thread."""

    def __init__(self) -> None:
        self._kept: OrderedDict[Key, Reply] = OrderedDict()

    def get(self, key: Key | None) -> Reply | None:
        """The reply to the same call, if it was carried out before."""
        return self._kept.get(key) if key else None

    def keep(self, key: Key | None, reply: Reply) -> None:
        """Keep the reply. One without a key has no retries, and one with an error has changed nothing."""
        if key is None or reply.error or len(reply.body) > LONGEST:
            return
        self._kept[key] = reply
        while len(self._kept) > MOST:
            self._kept.popitem(last=False)  # Iterating would fail when another thread keeps a reply meanwhile.


def key_of(call: Call, caller: Caller, operation: str) -> Key | None:
    """The key of the caller's call of this operation; None if its client gave it no id."""
    given = call.headers.get(HEADER)
    if given is None:
        return None
    return caller.access_key or "", given, operation, hashlib.sha256(call.body).digest()
