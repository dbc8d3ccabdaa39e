"""Indices beside genomic files: they hold places and sizes, and nobody's data."""

import itertools
import struct

from strandwatch.domain.file import Category, FileFormat
from strandwatch.genomics.finding import Contig, Finding, no_persons
from strandwatch.genomics.head import Head


def by_magic(head: Head) -> Finding | None:
    """Recognise BAI, CSI and TBI."""
    return next(
        (no_persons(kind) for magic, kind in _MAGICS if head.data.startswith(magic)),
        None,
    )


_MAGICS = (
    (b"BAI\x01", FileFormat.BAI),
    (b"CSI\x01", FileFormat.CSI),
    (b"CSI\x02", FileFormat.CSI),
    (b"TBI\x01", FileFormat.TBI),
)


def crai(head: Head) -> Finding | None:
    """Recognise .crai: lines of six whole numbers, always inside gzip."""
    if head.size is not None:
        return None
    rows = _rows(head.data)
    if not rows or not all(len(row) == 6 and _all_numbers(row) for row in rows):
        return None
    return no_persons(FileFormat.CRAI)


def fai(head: Head) -> Finding | None:
    """Recognise .fai: a name, then length, offset, bases and bytes a line, qualities."""
    rows = _rows(head.data)
    if not rows or not all(_is_fai(row) for row in rows):
        return None
    contigs = tuple(Contig(row[0], int(row[1])) for row in rows if len(row[1]) < 12)
    return Finding(format=FileFormat.FAI, category=Category.NONE, contigs=contigs)


def _is_fai(row: list[bytes]) -> bool:
    if len(row) not in (5, 6) or not row[0] or not _all_numbers(row[1:]):
        return False
    bases, width = int(row[3][:12]), int(row[4][:12])
    return (0 < bases < width <= bases + 2) or (bases == 0 and row[1] == b"0")


def gzi(head: Head) -> Finding | None:
    """Recognise .gzi: a count, then as many pairs of growing offsets."""
    data = head.data
    count = int.from_bytes(data[:8], "little")
    if head.size is None or head.size != 8 + 16 * count or count == 0:
        return None
    shown = min(count, 50, (len(data) - 8) // 16)
    numbers = struct.unpack_from(f"<{2 * shown}Q", data, 8)
    pairs = list(zip(numbers[::2], numbers[1::2], strict=True))
    grows = all(
        packed < next_packed and plain < next_plain
        for (packed, plain), (next_packed, next_plain) in itertools.pairwise(pairs)
    )
    return no_persons(FileFormat.GZI) if grows else None


def _rows(data: bytes) -> list[list[bytes]]:
    """Give the first complete lines as columns."""
    lines = data[:8192].split(b"\n")
    if len(data) >= 8192 or lines[-1] == b"":
        lines.pop()
    return [line.rstrip(b"\r").split(b"\t", 12) for line in lines[:100]]


def _all_numbers(fields: list[bytes]) -> bool:
    return all(field.lstrip(b"-").isdigit() and len(field) < 20 for field in fields)
