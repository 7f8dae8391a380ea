"""Calls of a Hive metastore over Thrift, with a pool of connections. Errors are Glue's."""

from __future__ import annotations

import re
import select
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import thriftpy2
from thriftpy2.protocol import TCyBinaryProtocolFactory
from thriftpy2.thrift import TClient, TException
from thriftpy2.transport import TCyBufferedTransportFactory, TSocket

from localemr.glue.errors import GlueError, InternalServiceException, InvalidInputException

Address = tuple[str, int]
Start = Callable[[], Address]
"""Starts the metastore if needed and returns its address. Raises OSError with the reason when it does not start."""

IDL = Path(__file__).with_name("metastore.thrift")
CONNECT_SECONDS = 5.0
CALL_SECONDS = 120.0
ALWAYS_THERE = "default"
AWAY = "The catalog's database failed, nothing was changed"
KEPT = 8
"""Maximum number of idle connections."""

_WRONG_INPUT = re.compile(r"value too long|invalid byte sequence|Incompatible|index row size|No FileSystem for scheme")
_DATABASE = re.compile(r"JDO|SQL|[Cc]onnection|Unable to|transaction|DataStore")


@cache
def idl() -> Any:
    """The structs, exceptions and calls of metastore.thrift."""
    return thriftpy2.load(str(IDL), module_name="localemr_metastore_thrift")


class _Connection:
    """One connection, for one call at a time."""

    def __init__(self, address: Address) -> None:
        self._socket = TSocket(*address, socket_timeout=CALL_SECONDS * 1000, connect_timeout=CONNECT_SECONDS * 1000)
        transport = TCyBufferedTransportFactory().get_transport(self._socket)
        transport.open()
        self.client = TClient(idl().Metastore, TCyBinaryProtocolFactory().get_protocol(transport))

    def lives(self) -> bool:
        """Whether the server has not closed the connection. A server sends data only in response to a call."""
        readable, _, _ = select.select([self._socket.sock], [], [], 0)
        return not readable

    def close(self) -> None:
        self.client.close()


class Metastore:
    """Calls by name: `metastore.call("get_table", "default", "t")`. For several threads."""

    def __init__(self, start: Start) -> None:
        self._start = start
        self._lock = threading.Lock()
        self._idle: list[_Connection] = []

    def close(self) -> None:
        """Close the connections."""
        with self._lock:
            while self._idle:
                self._idle.pop().close()

    def call(self, name: str, *arguments: Any) -> Any:
        """The metastore's result. Raises the exceptions of `idl()` for objects that exist already or do not exist, and
        Glue's errors for all other failures."""
        connection = self._connection()
        with _explained():
            try:
                answer = _checked_call(connection.client, name, arguments)
            except (GlueError, OSError, TException) as error:
                if type(error).__module__ == idl().__name__:
                    self._keep(connection)
                else:
                    connection.close()
                raise
        self._keep(connection)
        return answer

    def _connection(self) -> _Connection:
        while True:
            with self._lock:
                found = self._idle.pop() if self._idle else None
            if found is None:
                break
            if found.lives():
                return found
            found.close()
        with _explained():
            return _Connection(self._start())

    def _keep(self, connection: _Connection) -> None:
        with self._lock:
            if len(self._idle) < KEPT:
                self._idle.append(connection)
                return
        connection.close()


def _checked_call(client: Any, name: str, arguments: tuple[Any, ...]) -> Any:
    """With its database down the metastore answers "not found". That is accepted only if it finds ALWAYS_THERE."""
    missing = (idl().NoSuchObjectException, idl().UnknownDBException)
    try:
        answer = getattr(client, name)(*arguments)
    except missing:
        _check_database_available(client)
        raise
    if name.startswith("get_") and not answer:
        _check_database_available(client)
    return answer


def _check_database_available(client: Any) -> None:
    try:
        client.get_database(ALWAYS_THERE)
    except idl().NoSuchObjectException as error:
        raise InternalServiceException(f"{AWAY}: it does not find the database {ALWAYS_THERE}.") from error


def answers(address: Address) -> bool:
    """Whether a metastore answers at the address, independent of its database."""
    try:
        connection = _Connection(address)
        try:
            connection.client.getName()
        finally:
            connection.close()
    except (OSError, TException):
        return False
    return True


@contextmanager
def _explained() -> Iterator[None]:
    """Thrift's and the metastore's exceptions as Glue's errors."""
    found = idl()
    try:
        yield
    except (found.InvalidObjectException, found.InvalidOperationException) as error:
        raise InvalidInputException(str(error.message)) from error
    except found.MetaException as error:
        raise _meant(str(error.message)) from error
    except (found.AlreadyExistsException, found.NoSuchObjectException, found.UnknownDBException):
        raise
    except TException as error:
        raise InternalServiceException(f"The catalog failed: {getattr(error, 'message', None) or error}") from error
    except OSError as error:
        raise InternalServiceException(f"The catalog is not available: {error}") from error


def _meant(message: str) -> GlueError:
    """A MetaException means invalid input or an unavailable database."""
    if _DATABASE.search(message) and not _WRONG_INPUT.search(message):
        return InternalServiceException(f"{AWAY}: {message}")
    return InvalidInputException(message)
