"""The few messages of DNS that a node's name server reads and writes (RFC 1035)."""

from __future__ import annotations

import struct

A, AAAA, IN = 1, 28, 1
NO_ERROR, SERVER_FAILURE, NO_SUCH_NAME = 0, 2, 3
TTL = 60
"""Seconds for which an answer may be kept."""
HEADER = struct.Struct("!HHHHHH")
_RECORD = struct.Struct("!HHIH")
_RESPONSE, _RECURSION_DESIRED, _RECURSION_AVAILABLE = 0x8000, 0x0100, 0x0080


class Malformed(Exception):
    """The message cannot be read."""


class Question:
    """The one question of a query: its number, name (as sent), type, and the bytes of the question."""

    __slots__ = ("kind", "name", "number", "raw")

    def __init__(self, number: int, name: str, kind: int, raw: bytes) -> None:
        self.number, self.name, self.kind, self.raw = number, name, kind, raw


def question(message: bytes) -> Question:
    """The question of a query or of an answer. Raises Malformed."""
    if len(message) < HEADER.size:
        raise Malformed
    number, _, questions, *_ = HEADER.unpack_from(message)
    labels, place = _labels(message, HEADER.size)
    if questions != 1 or place + 4 > len(message):
        raise Malformed
    (kind,) = struct.unpack_from("!H", message, place)
    return Question(number, ".".join(labels), kind, message[HEADER.size : place + 4])


def query(number: int, name: str, kind: int = A) -> bytes:
    """A query for a name."""
    labels = b"".join(bytes([len(part)]) + part for part in name.encode("ascii").split(b"."))
    return HEADER.pack(number, _RECURSION_DESIRED, 1, 0, 0, 0) + labels + b"\0" + struct.pack("!HH", kind, IN)


def reply(wanted: Question, addresses: tuple[bytes, ...] = (), code: int = NO_ERROR) -> bytes:
    """The answer with IPv4 addresses (4 bytes each); none for a question of another type."""
    found = addresses if wanted.kind == A else ()
    flags = _RESPONSE | _RECURSION_DESIRED | _RECURSION_AVAILABLE | code
    records = b"".join(b"\xc0\x0c" + _RECORD.pack(A, IN, TTL, len(each)) + each for each in found)
    return HEADER.pack(wanted.number, flags, 1, len(found), 0, 0) + wanted.raw + records


def addresses(message: bytes) -> tuple[bytes, ...]:
    """The IPv4 addresses in an answer. Raises Malformed."""
    if len(message) < HEADER.size:
        raise Malformed
    _, _, questions, answers, *_ = HEADER.unpack_from(message)
    place = HEADER.size
    for _ in range(questions):
        place = _labels(message, place)[1] + 4
    found = []
    for _ in range(answers):
        place = _labels(message, place)[1]
        if place + _RECORD.size > len(message):
            raise Malformed
        kind, _, _, length = _RECORD.unpack_from(message, place)
        place += _RECORD.size
        if kind == A and length == 4:
            found.append(message[place : place + 4])
        place += length
    return tuple(found)


def _labels(message: bytes, place: int) -> tuple[list[str], int]:
    """The labels of the name at a place, up to a pointer to others, and the place behind it."""
    labels: list[str] = []
    while place < len(message):
        length = message[place]
        if length == 0:
            return labels, place + 1
        if length & 0xC0:
            return labels, place + 2
        labels.append(message[place + 1 : place + 1 + length].decode("latin-1"))
        place += 1 + length
    raise Malformed
