"""LZ4 frames: a bounded decoder (the format is small, and Python brings none).

Frame format: https://github.com/lz4/lz4/blob/dev/doc/lz4_Frame_format.md; block format beside it.
"""

from collections.abc import Callable

_BLOCK_SIZES = {4: 64 << 10, 5: 256 << 10, 6: 1 << 20, 7: 4 << 20}
_WINDOW = 64 << 10


class Lz4Error(Exception):
    """The bytes are no LZ4 frame from here on."""


def decoded(below: Callable[[], bytes]) -> Callable[[], bytes]:
    """Give a reader of the first frame's content, one block at a time."""
    source = _Source(below)
    state: _Frame | None = None

    def pull() -> bytes:
        nonlocal state
        if state is None:
            state = _Frame(source)
        return state.block()

    return pull


class _Source:
    """Exact reads from a source that gives chunks."""

    def __init__(self, below: Callable[[], bytes]) -> None:
        self._below = below
        self._pending = b""

    def take(self, size: int) -> bytes:
        while len(self._pending) < size:
            more = self._below()
            if not more:
                break
            self._pending += more
        taken, self._pending = self._pending[:size], self._pending[size:]
        return taken


class _Frame:
    """One frame: header read, blocks to come."""

    def __init__(self, source: _Source) -> None:
        self._source = source
        self._history = b""
        header = source.take(6)
        if len(header) < 6 or header[4] >> 6 != 1:
            raise Lz4Error("header")
        flags = header[4]
        self._largest = _BLOCK_SIZES.get(header[5] >> 4 & 7, 0)
        self._linked = not flags & 0x20
        self._checked = bool(flags & 0x10)
        source.take((8 if flags & 8 else 0) + (4 if flags & 1 else 0) + 1)

    def block(self) -> bytes:
        size = int.from_bytes(self._source.take(4), "little")
        raw, size = size >> 31, size & 0x7FFFFFFF
        if size == 0:
            return b""
        if size > self._largest:
            raise Lz4Error("block size")
        data = self._source.take(size)
        if self._checked:
            self._source.take(4)
        if not raw:
            data = decoded_block(data, self._history if self._linked else b"", self._largest)
        self._history = (self._history + data)[-_WINDOW:] if self._linked else b""
        return data


def decoded_block(data: bytes, history: bytes, largest: int) -> bytes:
    """Decode one block as far as its bytes go; raises Lz4Error when they make no sense."""
    out = bytearray(history)
    limit = len(history) + largest
    position = 0
    while position < len(data) and len(out) < limit:
        token = data[position]
        length, position = _length(data, position + 1, token >> 4)
        out += data[position : position + length]
        position += length
        if position + 2 > len(data):
            break
        distance = data[position] | data[position + 1] << 8
        if not 0 < distance <= len(out):
            raise Lz4Error("distance")
        length, position = _length(data, position + 2, token & 15)
        _copy(out, distance, min(length + 4, limit - len(out)))
    return bytes(out[len(history) :])


def _length(data: bytes, position: int, length: int) -> tuple[int, int]:
    if length < 15:
        return length, position
    while position < len(data):
        more = data[position]
        position += 1
        length += more
        if more != 255:
            break
    return length, position


def _copy(out: bytearray, distance: int, length: int) -> None:
    start = len(out) - distance
    if distance >= length:
        out += out[start : start + length]
        return
    pattern = bytes(out[start:])
    out += (pattern * (length // distance + 1))[:length]
