"""CBOR (RFC 8949) as Smithy's RPC v2 uses it: plain values, and times as numbers with tag 1. Independent of shapes.

botocore's reader and writer are parts of its clients. They have no bound of depth, and none of their names is public.
"""

from __future__ import annotations

import struct
from typing import Any

DEEPEST = 100
"""Levels of lists and maps in a document."""
TIME = 1
"""The tag of epoch seconds."""
_UNSIGNED, _NEGATIVE, _BYTES, _TEXT, _LIST, _MAP, _TAG, _SIMPLE = range(8)
_SIMPLES = {20: False, 21: True, 22: None, 23: None}
_FLOATS = {25: (2, ">e"), 26: (4, ">f"), 27: (8, ">d")}
_INDEFINITE, _BREAK = 31, 0xFF


class Moment(float):
    """Epoch seconds, written with the tag TIME."""


def decode(data: bytes) -> Any:
    """The value of a whole document; tags are dropped. Raises ValueError for anything else than one CBOR value, and for
    one that is nested deeper than DEEPEST."""
    reader = _Reader(data)
    value = reader.value(0)
    if reader.at != len(data):
        raise ValueError("data after the end")
    return value


def encode(value: Any) -> bytes:
    """The document of a value. Raises TypeError for a type that CBOR has not."""
    out = bytearray()
    _write(value, out)
    return bytes(out)


class _Reader:
    def __init__(self, data: bytes) -> None:
        self.data, self.at = data, 0

    def value(self, depth: int) -> Any:
        if depth > DEEPEST:
            raise ValueError("nested too deeply")
        first = self._take(1)[0]
        kind, short = first >> 5, first & 31
        if kind == _SIMPLE:
            return self._simple(short)
        count = None if short == _INDEFINITE else self._number(short)
        if kind in (_BYTES, _TEXT):
            return self._string(kind, count, depth)
        if kind == _LIST:
            return [self.value(depth + 1) for _ in self._items(count)]
        if kind == _MAP:
            return {self._key(depth + 1): self.value(depth + 1) for _ in self._items(count)}
        if count is None:
            raise ValueError("a number without an end")
        if kind == _TAG:
            return self.value(depth + 1)
        return count if kind == _UNSIGNED else -1 - count

    def _key(self, depth: int) -> str:
        key = self.value(depth)
        if not isinstance(key, str):
            raise ValueError("a key that is no text")
        return key

    def _items(self, count: int | None) -> Any:
        """Once for each item. An item has a byte at least, so a wrong count ends with the data."""
        done = 0
        while done != count:
            if count is None and self.data[self.at : self.at + 1] == bytes([_BREAK]):
                self.at += 1
                return
            yield done
            done += 1

    def _string(self, kind: int, count: int | None, depth: int) -> Any:
        if count is None:
            parts = [self.value(depth + 1) for _ in self._items(None)]
            empty: str | bytes = "" if kind == _TEXT else b""
            if not all(isinstance(part, type(empty)) for part in parts):
                raise ValueError("a string of other parts")
            return empty.join(parts)
        taken = self._take(count)
        return taken.decode() if kind == _TEXT else taken

    def _number(self, short: int) -> int:
        if short < 24:
            return short
        if short > 27:
            raise ValueError("a reserved length")
        return int.from_bytes(self._take(1 << (short - 24)), "big")

    def _simple(self, short: int) -> Any:
        if short in _FLOATS:
            size, form = _FLOATS[short]
            return struct.unpack(form, self._take(size))[0]
        if short not in _SIMPLES:
            raise ValueError("a simple value without a meaning")
        return _SIMPLES[short]

    def _take(self, count: int) -> bytes:
        if self.at + count > len(self.data):
            raise ValueError("the data ends too early")
        self.at += count
        return self.data[self.at - count : self.at]


def _write(value: Any, out: bytearray) -> None:
    if value is None or value is False or value is True:
        out.append({None: 0xF6, False: 0xF4, True: 0xF5}[value])
    elif isinstance(value, int):
        _head(_UNSIGNED if value >= 0 else _NEGATIVE, value if value >= 0 else -1 - value, out)
    elif isinstance(value, float):
        if isinstance(value, Moment):
            _head(_TAG, TIME, out)
        out += struct.pack(">Bd", 0xFB, value)
    elif isinstance(value, str | bytes):
        data = value.encode() if isinstance(value, str) else value
        _head(_TEXT if isinstance(value, str) else _BYTES, len(data), out)
        out += data
    elif isinstance(value, dict):
        _head(_MAP, len(value), out)
        for key, each in value.items():
            _write(key, out)
            _write(each, out)
    elif isinstance(value, list | tuple):
        _head(_LIST, len(value), out)
        for each in value:
            _write(each, out)
    else:
        raise TypeError(type(value).__name__)


def _head(kind: int, number: int, out: bytearray) -> None:
    if number < 24:
        out.append(kind << 5 | number)
        return
    power = next(power for power in range(4) if number < 1 << (8 << power))
    out.append(kind << 5 | 24 + power)
    out += number.to_bytes(1 << power, "big")
