"""The little of FlatBuffers and Arrow that a POD5 file needs to name its runs.

FlatBuffers: a table points back to its list of field places, which points into the table. Arrow:
https://arrow.apache.org/docs/format/Columnar.html; POD5: the format's SPECIFICATION.md.
"""

import struct
from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

_CONTINUATION = b"\xff\xff\xff\xff"
_RECORD_BATCH = 3
_MOST_ITEMS = 4096


class DamagedError(Exception):
    """The bytes do not hold what they point to."""


class FlatTable:
    """One table of a FlatBuffer, read field by field."""

    __slots__ = ("_at", "_data", "_fields")

    def __init__(self, data: bytes, at: int) -> None:
        self._data = data
        self._at = at
        back = _number(data, "<i", at)
        start = at - back
        size = _number(data, "<H", start)
        self._fields = [_number(data, "<H", start + place) for place in range(4, min(size, 64), 2)]

    @classmethod
    def root(cls, data: bytes) -> "FlatTable":
        """Give the table that the buffer is about."""
        return cls(data, _number(data, "<I", 0))

    def _place(self, field: int) -> int | None:
        offset = self._fields[field] if field < len(self._fields) else 0
        return self._at + offset if offset else None

    def number(self, field: int, form: str) -> int:
        """Give a whole number of this form, 0 when it is left out."""
        place = self._place(field)
        return 0 if place is None else _number(self._data, form, place)

    def table(self, field: int) -> "FlatTable":
        """Give a table that a field points to."""
        place = self._place(field)
        if place is None:
            raise DamagedError
        return FlatTable(self._data, place + _number(self._data, "<I", place))

    def vector(self, field: int) -> tuple[int, int]:
        """Give place and length of a vector."""
        place = self._place(field)
        if place is None:
            return 0, 0
        start = place + _number(self._data, "<I", place)
        return start + 4, min(_number(self._data, "<I", start), _MOST_ITEMS)

    def tables(self, field: int) -> Iterator["FlatTable"]:
        """Give the tables of a vector."""
        start, count = self.vector(field)
        for place in range(start, start + 4 * count, 4):
            yield FlatTable(self._data, place + _number(self._data, "<I", place))

    def pair(self, place: int) -> tuple[int, int]:
        """Give the two long numbers at a place in the buffer."""
        return _number(self._data, "<q", place), _number(self._data, "<q", place + 8)


def _number(data: bytes, form: str, at: int) -> int:
    if at < 0:
        raise DamagedError
    try:
        value = struct.unpack_from(form, data, at)[0]
    except struct.error as error:
        raise DamagedError from error
    return int(value)


class Batch(NamedTuple):
    """The rows of a record batch: how many, and the bytes of each buffer in column order."""

    rows: int
    buffers: list[bytes]

    def texts(self, offsets: int) -> list[bytes]:
        """Give the values of a text column whose offsets are in this buffer."""
        places, data = self.buffers[offsets], self.buffers[offsets + 1]
        count = min(self.rows, len(places) // 4 - 1, _MOST_ITEMS)
        bounds = struct.unpack_from(f"<{count + 1}i", places) if count >= 0 else ()
        return [data[start:end] for start, end in pairwise(bounds) if start <= end]


def first_batch(data: bytes) -> Batch:
    """Give the first record batch of an Arrow file; raises DamagedError when there is none."""
    position = 8
    while data[position : position + 4] == _CONTINUATION:
        size = _number(data, "<i", position + 4)
        message = FlatTable.root(data[position + 8 : position + 8 + max(size, 0)])
        body = position + 8 + size
        if message.number(1, "<B") == _RECORD_BATCH:
            return _batch(data[body:], message.table(2))
        position = body + message.number(3, "<q")
        if not body <= position <= len(data):
            raise DamagedError
    raise DamagedError


def _batch(body: bytes, batch: FlatTable) -> Batch:
    start, count = batch.vector(2)
    buffers = []
    for place in range(start, start + 16 * count, 16):
        offset, length = batch.pair(place)
        buffers.append(body[offset : offset + length] if offset >= 0 and length >= 0 else b"")
    return Batch(batch.number(0, "<q"), buffers)
