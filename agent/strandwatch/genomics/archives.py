"""Members of tar, zip and cpio archives, read in place and within the budget of the whole file."""

import struct
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from strandwatch.domain.file import FileFormat
from strandwatch.genomics.head import Head
from strandwatch.genomics.layers import CorruptLayerError, Pull

_BLOCK = 512
_CHUNK = 16 << 10
_ZIP_TAIL = 64 << 10
_ZIP_STORED, _ZIP_DEFLATED = 0, 8


@dataclass(frozen=True, slots=True)
class Member:
    """A file in an archive; `pull` is None where its bytes cannot be had."""

    name: bytes
    size: int
    pull: Pull | None
    encrypted: bool = False


@dataclass(frozen=True, slots=True)
class Archive:
    """An archive's kind, and how to walk its members; those not listable have none."""

    kind: FileFormat
    members: Callable[[], Iterator[Member]]


def archive_in(head: Head) -> Archive | None:
    """Recognise an archive by its signature."""
    data = head.data
    if data[257:262] == b"ustar" or _is_old_tar(data):
        return Archive(FileFormat.TAR, lambda: _tar(head))
    if data[:4] in (b"PK\x03\x04", b"PK\x05\x06"):
        return Archive(FileFormat.ZIP, lambda: _zip(head))
    if data[:6] in (b"070701", b"070702") and _is_hexadecimal(data[6:110]):
        return Archive(FileFormat.CPIO, lambda: _cpio(head))
    for magic, kind in _CLOSED:
        if data.startswith(magic):
            return Archive(kind, lambda: iter(()))
    return None


_CLOSED = (
    (b"7z\xbc\xaf\x27\x1c", FileFormat.SEVENZIP),
    (b"Rar!\x1a\x07", FileFormat.RAR),
    (b"hsqs", FileFormat.SQUASHFS),
)


def _reader(head: Head, offset: int, size: int) -> Pull:
    position = 0

    def pull() -> bytes:
        nonlocal position
        data = head.look(offset + position, min(_CHUNK, size - position))
        position += len(data)
        return data

    return pull


def _is_old_tar(block: bytes) -> bool:
    """Check the header sum, which is all that a tar from before POSIX has."""
    if len(block) < _BLOCK or block[0] < 32:
        return False
    stored = _octal(block[148:156])
    counted = sum(block[:148]) + 8 * 32 + sum(block[156:_BLOCK])
    return stored is not None and stored == counted


def _octal(field: bytes) -> int | None:
    if field[:1] == b"\x80":
        return int.from_bytes(field[1:], "big")
    digits = field.strip(b" \0")
    if not digits or digits.strip(b"01234567"):
        return None
    return int(digits, 8)


def _tar(head: Head) -> Iterator[Member]:
    offset = 0
    while True:
        header = head.look(offset, _BLOCK)
        size = _octal(header[124:136]) if len(header) == _BLOCK else None
        if size is None:
            return
        offset += _BLOCK
        if header[156:157] in (b"0", b"\0", b"7"):
            name = header[:100].split(b"\0", 1)[0]
            yield Member(name, size, _reader(head, offset, size))
        offset += (size + _BLOCK - 1) // _BLOCK * _BLOCK


def _is_hexadecimal(field: bytes) -> bool:
    return len(field) == 104 and not field.strip(b"0123456789abcdefABCDEF")


def _cpio(head: Head) -> Iterator[Member]:
    offset = 0
    while True:
        header = head.look(offset, 110)
        if len(header) < 110 or header[:5] != b"07070" or not _is_hexadecimal(header[6:]):
            return
        size, name_size = int(header[54:62], 16), int(header[94:102], 16)
        name = head.look(offset + 110, min(name_size, 1024)).rstrip(b"\0")
        if name == b"TRAILER!!!":
            return
        offset = (offset + 110 + name_size + 3) // 4 * 4
        if size:
            yield Member(name, size, _reader(head, offset, size))
        offset = (offset + size + 3) // 4 * 4


def _zip(head: Head) -> Iterator[Member]:
    directory = _zip_directory(head)
    return _zip_by_directory(head, directory) if directory else _zip_in_order(head)


def _zip_directory(head: Head) -> bytes:
    """Give the central directory, which lies at the end; empty when it cannot be had."""
    if head.size is None:
        return b""
    tail_at = max(0, head.size - _ZIP_TAIL)
    tail = head.look(tail_at, head.size - tail_at)
    end = tail.rfind(b"PK\x05\x06")
    if end < 0 or end + 20 > len(tail):
        return b""
    size, offset = struct.unpack_from("<II", tail, end + 12)
    if tail_at <= offset < head.size:
        return tail[offset - tail_at : offset - tail_at + size]
    return head.look(offset, min(size, _ZIP_TAIL))


def _zip_by_directory(head: Head, directory: bytes) -> Iterator[Member]:
    position = 0
    while position + 46 <= len(directory) and directory[position : position + 4] == b"PK\x01\x02":
        flags, method = struct.unpack_from("<HH", directory, position + 8)
        packed, size, name_size, extra, comment = struct.unpack_from(
            "<IIHHH", directory, position + 20
        )
        (local,) = struct.unpack_from("<I", directory, position + 42)
        name = directory[position + 46 : position + 46 + name_size]
        position += 46 + name_size + extra + comment
        start = head.look(local, 30)
        if len(start) < 30 or start[:4] != b"PK\x03\x04" or name.endswith(b"/"):
            continue
        offset = local + 30 + sum(struct.unpack_from("<HH", start, 26))
        yield _zip_member(head, name, (flags, method), offset, packed, size)


def _zip_in_order(head: Head) -> Iterator[Member]:
    """Walk local headers; one whose size comes after its data ends the walk."""
    position = 0
    while True:
        start = head.look(position, 30)
        if len(start) < 30 or start[:4] != b"PK\x03\x04":
            return
        flags, method = struct.unpack_from("<HH", start, 6)
        packed, size, name_size, extra = struct.unpack_from("<IIHH", start, 18)
        name = head.look(position + 30, name_size)
        offset = position + 30 + name_size + extra
        streamed = bool(flags & 8) and packed == 0
        if not name.endswith(b"/"):
            length = 1 << 40 if streamed else packed
            yield _zip_member(head, name, (flags, method), offset, length, size)
        if streamed:
            return
        position = offset + packed


def _zip_member(
    head: Head, name: bytes, how: tuple[int, int], offset: int, packed: int, size: int
) -> Member:
    flags, method = how
    pull: Pull | None = None
    if not flags & 1 and method == _ZIP_STORED:
        pull = _reader(head, offset, packed)
    elif not flags & 1 and method == _ZIP_DEFLATED:
        pull = _inflated(_reader(head, offset, packed))
    return Member(name, size, pull, encrypted=bool(flags & 1))


def _inflated(below: Pull) -> Pull:
    decoder = zlib.decompressobj(-15)
    pending = b""

    def pull() -> bytes:
        nonlocal pending
        while not decoder.eof:
            pending = pending or below()
            try:
                produced = decoder.decompress(pending, _CHUNK)
            except zlib.error as error:
                raise CorruptLayerError("corrupt deflate") from error
            ended = not pending
            pending = decoder.unconsumed_tail
            if produced or ended:
                return produced
        return b""

    return pull
