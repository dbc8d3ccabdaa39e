"""Byte streams that grow only as far as they are asked: raw file and compression layers."""

import bz2
import lzma
import zlib
from collections.abc import Callable

import zstandard

from strandwatch.domain.file import Compression
from strandwatch.genomics import lz4

Pull = Callable[[], bytes]
"""Give the next few bytes; empty at the end of what may be had."""

_CHUNK = 64 << 10
_BLOCK = b"\x1f\x8b\x08\x04"
_XZ_MEMORY = 96 << 20
_ZSTD_WINDOW = 128 << 20


class CorruptLayerError(Exception):
    """The compressed bytes make no sense from here on."""


class Stream:
    """The first part of a byte sequence, read no further than needed and never past its limit."""

    __slots__ = ("_buffer", "_limit", "_pull", "cut", "ended", "failure")

    def __init__(self, pull: Pull, limit: int) -> None:
        self._pull = pull
        self._limit = limit
        self._buffer = bytearray()
        self.ended = False
        """No more bytes will come."""
        self.cut = False
        """The limit ended it, not the content."""
        self.failure: str | None = None
        """Why it ended early, when the bytes were corrupt."""

    def head(self, size: int) -> bytes:
        """Give the first `size` bytes, fewer when there are no more."""
        self._grow(size)
        return bytes(self._buffer[:size])

    def slice(self, start: int, size: int) -> bytes:
        """Give bytes from the middle of the head; fewer or none when it does not reach there."""
        self._grow(start + size)
        return bytes(self._buffer[start : start + size])

    def _grow(self, size: int) -> None:
        wanted = min(size, self._limit)
        while not self.ended and len(self._buffer) < wanted:
            try:
                more = self._pull()
            except CorruptLayerError as error:
                self.failure = str(error)
                more = b""
            if not more:
                self.ended = True
            self._buffer += more
        if size > self._limit and not self.ended:
            self.cut = True


def detect(head: bytes) -> Compression | None:
    """Say with which compression these bytes begin."""
    if head[:2] == b"\x1f\x8b":
        if len(head) >= 18 and head[2] == 8 and head[3] & 4 and head[12:14] == b"BC":
            return Compression.BGZF
        return Compression.GZIP if head[2:3] == b"\x08" else None
    for magic, kind in _MAGICS:
        if head.startswith(magic):
            return kind
    return None


_MAGICS = (
    (b"\x28\xb5\x2f\xfd", Compression.ZSTD),
    (b"\xfd7zXZ\x00", Compression.XZ),
    (b"\x04\x22\x4d\x18", Compression.LZ4),
    *((b"BZh%d1AY&SY" % level, Compression.BZIP2) for level in range(1, 10)),
    *((b"BZh%d\x17rE8P\x90" % level, Compression.BZIP2) for level in range(1, 10)),
)


def opened(kind: Compression, below: Pull) -> Pull:
    """Give the decompressing reader on top of `below`."""
    return _OPENERS[kind](below)


def _gzip(below: Pull) -> Pull:
    return _Members(below, lambda: zlib.decompressobj(31), zlib.error, "gzip").pull


def unblocked(piece: bytes) -> bytes:
    """Inflate the BGZF blocks that lie whole in a piece from the middle of a file."""
    start = piece.find(_BLOCK)
    parts = []
    while start >= 0 and piece[start : start + 4] == _BLOCK:
        decoder = zlib.decompressobj(31)
        try:
            parts.append(decoder.decompress(piece[start:], _CHUNK))
        except zlib.error:
            break
        if not decoder.eof:
            break
        start = len(piece) - len(decoder.unused_data)
    return b"".join(parts)


def _bzip2(below: Pull) -> Pull:
    return _Members(below, bz2.BZ2Decompressor, OSError, "bzip2").pull


def _xz(below: Pull) -> Pull:
    return _Members(
        below, lambda: lzma.LZMADecompressor(memlimit=_XZ_MEMORY), lzma.LZMAError, "xz"
    ).pull


class _Members:
    """Decompresses one member after another, at most one chunk of output at a time."""

    __slots__ = ("_below", "_decoder", "_error", "_make", "_name", "_pending")

    def __init__(
        self, below: Pull, make: Callable[[], object], error: type[Exception], name: str
    ) -> None:
        self._below = below
        self._make = make
        self._error = error
        self._name = name
        self._decoder: object | None = None
        self._pending = b""

    def pull(self) -> bytes:
        while True:
            if self._decoder is None:
                if not self._has_input():
                    return b""
                self._decoder = self._make()
            produced, ended = self._step(self._decoder)
            if ended:
                self._decoder = None
            if produced:
                return produced
            if not ended and not self._has_input():
                return b""

    def _has_input(self) -> bool:
        if not self._pending:
            self._pending = self._below()
        return bool(self._pending)

    def _step(self, decoder: object) -> tuple[bytes, bool]:
        try:
            produced: bytes = decoder.decompress(self._pending, _CHUNK)  # type: ignore[attr-defined]
        except self._error as error:
            raise CorruptLayerError(f"corrupt {self._name}") from error
        ended = bool(decoder.eof)  # type: ignore[attr-defined]
        if ended:
            self._pending = decoder.unused_data  # type: ignore[attr-defined]
        else:
            self._pending = getattr(decoder, "unconsumed_tail", b"")
        return produced, ended


class _Reader:
    """A file-like face for decoders that want one."""

    __slots__ = ("_below", "_pending")

    def __init__(self, below: Pull) -> None:
        self._below = below
        self._pending = b""

    def read(self, size: int = _CHUNK) -> bytes:
        if not self._pending:
            self._pending = self._below()
        taken, self._pending = self._pending[:size], self._pending[size:]
        return taken


def _zstd(below: Pull) -> Pull:
    decoder = zstandard.ZstdDecompressor(max_window_size=_ZSTD_WINDOW)
    reader = decoder.stream_reader(_Reader(below), read_across_frames=True)  # type: ignore[arg-type]

    def pull() -> bytes:
        try:
            return reader.read(_CHUNK)
        except zstandard.ZstdError as error:
            raise CorruptLayerError("corrupt zstd") from error

    return pull


def _lz4(below: Pull) -> Pull:
    frame = lz4.decoded(below)

    def pull() -> bytes:
        try:
            return frame()
        except lz4.Lz4Error as error:
            raise CorruptLayerError("corrupt lz4") from error

    return pull


_OPENERS: dict[Compression, Callable[[Pull], Pull]] = {
    Compression.GZIP: _gzip,
    Compression.BGZF: _gzip,
    Compression.BZIP2: _bzip2,
    Compression.XZ: _xz,
    Compression.ZSTD: _zstd,
    Compression.LZ4: _lz4,
}
