"""Alignments: BAM, CRAM, SAM and sequence dictionaries, by their text headers."""

import bz2
import lzma
import re
import struct
import zlib
from dataclasses import replace

from strandwatch.domain.file import Category, Evidence, FileFormat, RunFacts
from strandwatch.genomics.finding import Contig, Finding
from strandwatch.genomics.head import Head

_HEADER_LINES = (b"@HD\tVN:", b"@SQ\t", b"@RG\t", b"@PG\t", b"@CO\t")
_PLATFORMS = frozenset(
    b"ILLUMINA PACBIO ONT IONTORRENT ULTIMA ELEMENT DNBSEQ BGI MGI LS454 SOLID HELICOS CAPILLARY"
    b" SINGULAR COMPLETE".split()
)
_BODY = re.compile(rb"\n[^@]")
_CRAM_RAW, _CRAM_GZIP, _CRAM_BZIP2, _CRAM_LZMA = range(4)


def bam(head: Head) -> Finding | None:
    """Read the text header and, where it has no @SQ, the binary list of references."""
    data = head.data
    if data[:4] != b"BAM\x01" or len(data) < 8:
        return None
    (length,) = struct.unpack_from("<i", data, 4)
    if length < 0:
        return None
    text = head.more(8 + length)[8:]
    contigs: tuple[Contig, ...] = ()
    if b"@SQ\t" not in text and len(text) == length:
        contigs, _ = _binary_references(head, 8 + length)
    found = _finding(FileFormat.BAM, head, text.rstrip(b"\0"), len(text) < length, contigs)
    return replace(found, reads=lambda: _binary_reads(head, 8 + length))


def _binary_references(head: Head, offset: int) -> tuple[tuple[Contig, ...], int]:
    """Give the references and the place where the records begin."""
    data = head.middle(offset, 256 << 10)
    contigs: list[Contig] = []
    position = 4
    count = int.from_bytes(data[:4], "little")
    while len(contigs) < min(count, head.budget.contigs) and position + 4 <= len(data):
        size = int.from_bytes(data[position : position + 4], "little")
        ending = position + 4 + size
        if size == 0 or ending + 4 > len(data):
            break
        name = data[position + 4 : ending - 1]
        contigs.append(Contig(name, int.from_bytes(data[ending : ending + 4], "little")))
        position = ending + 4
    return tuple(contigs), offset + position


_NIBBLES = bytes.maketrans(b"0123456789abcdef", b"=ACMGRSVTWYHKDBN")


def _binary_reads(head: Head, offset: int) -> list[bytes]:
    """Spell the sequences of the first records."""
    _, position = _binary_references(head, offset)
    data = head.middle(position, 512 << 10)
    reads: list[bytes] = []
    at = 0
    while at + 36 <= len(data) and len(reads) < head.budget.reads:
        size = int.from_bytes(data[at : at + 4], "little")
        name, operations, length = data[at + 12], *struct.unpack_from("<H2xI", data, at + 16)
        start = at + 36 + name + 4 * operations
        packed = data[start : start + (length + 1) // 2]
        if size < 32 or len(packed) < (length + 1) // 2:
            break
        reads.append(packed.hex().encode().translate(_NIBBLES)[:length])
        at += 4 + size
    return reads


def cram(head: Head) -> Finding | None:
    """Read the header container of CRAM 2 and 3; of later versions only the signature."""
    data = head.data
    if data[:4] != b"CRAM" or len(data) < 26 or not 1 <= data[4] <= 4 or data[5] > 9:
        return None
    version = Evidence("cram-version", f"{data[4]}.{data[5]}")
    text, partial = _cram_text(head) if data[4] in (2, 3) else (b"", True)
    return _finding(FileFormat.CRAM, head, text, partial, (), version)


def _cram_text(head: Head) -> tuple[bytes, bool]:
    """Give the SAM text of the first block, and whether it is cut off."""
    data = head.more(26 + (512 << 10))
    checked = data[4] >= 3
    position = 26 + 4
    # Container: reference, start, span, records, counter (LTF8 in version 3), bases, blocks.
    for wide in (False, False, False, False, checked, True, False):
        _, position = _variable_integer(data, position, wide=wide)
    landmarks, position = _variable_integer(data, position)
    for _ in range(min(landmarks, 1000)):
        _, position = _variable_integer(data, position)
    position += 4 if checked else 0
    method = data[position] if position < len(data) else 255
    _, position = _variable_integer(data, position + 2)
    packed, position = _variable_integer(data, position)
    _, position = _variable_integer(data, position)
    block = _unpacked(method, data[position : position + packed], head.budget.output_bytes)
    if block is None or len(block) < 4:
        return b"", True
    length = int.from_bytes(block[:4], "little")
    text = block[4 : 4 + length]
    return text.rstrip(b"\0"), len(text) < length


def _variable_integer(data: bytes, position: int, *, wide: bool = False) -> tuple[int, int]:
    """Read an ITF8 or LTF8 number; the number of leading ones says how many bytes follow."""
    if position >= len(data):
        return 0, position
    first = data[position]
    following = 0
    while following < (8 if wide else 4) and first & (0x80 >> following):
        following += 1
    value = first & (0xFF >> (following + 1)) if following < 8 else 0
    rest = data[position + 1 : position + 1 + following]
    if following == 4 and not wide:
        # The fifth byte of ITF8 holds four bits only.
        value = first & 0x0F
        for byte in rest[:3]:
            value = value << 8 | byte
        return (value << 4 | (rest[3] & 0x0F if len(rest) == 4 else 0)) & 0xFFFFFFFF, position + 5
    for byte in rest:
        value = value << 8 | byte
    return value, position + 1 + following


def _unpacked(method: int, data: bytes, limit: int) -> bytes | None:
    try:
        if method == _CRAM_RAW:
            return data
        if method == _CRAM_GZIP:
            return zlib.decompressobj(31).decompress(data, limit)
        if method == _CRAM_BZIP2:
            return bz2.BZ2Decompressor().decompress(data, limit)
        if method == _CRAM_LZMA:
            return lzma.LZMADecompressor(memlimit=96 << 20).decompress(data, limit)
    except (zlib.error, OSError, lzma.LZMAError, EOFError):
        return None
    return None


def sam(head: Head) -> Finding | None:
    """Read SAM with a header, or without one by its eleven typed columns."""
    data = head.data
    if data.startswith(_HEADER_LINES):
        text, partial = _header_text(head)
        after = text[-1:] == b"\n" and head.middle(len(text), 1)
        following = head.middle(len(text), 4096).split(b"\n", 1)[0]
        if not _is_header(text, following):
            return None
        if not after and head.ended and not partial:
            return _dictionary(head, text)
        if _is_interval(following):
            return Finding(
                format=FileFormat.INTERVAL_LIST,
                category=Category.NONE,
                contigs=_contigs(head, text),
            )
        found = _finding(FileFormat.SAM, head, text, partial, ())
        return replace(found, reads=lambda: _text_reads(head, len(text)))
    lines = [line for line in data.split(b"\n", 3)[:2] if line]
    if lines and all(_is_alignment(line) for line in lines):
        return Finding(
            format=FileFormat.SAM,
            category=Category.GENOMIC,
            named_by_file=True,
            evidence=(Evidence("header", "none"),),
            reads=lambda: _text_reads(head, 0),
        )
    return None


def _text_reads(head: Head, offset: int) -> list[bytes]:
    lines = head.middle(offset, 512 << 10).split(b"\n", head.budget.reads)
    rows = [line.split(b"\t", 10) for line in lines[:-1]]
    return [row[9] for row in rows if len(row) > 10 and row[9] != b"*"]


def _is_header(text: bytes, following: bytes) -> bool:
    """Check a tagged line; comments alone make a header only above an alignment."""
    if text.startswith(b"@CO"):
        tagged = any(b"\n" + kind in text for kind in (b"@SQ\tSN:", b"@RG\tID:", b"@PG\tID:"))
        return tagged or _is_alignment(following)
    first = text.split(b"\n", 1)[0].rstrip(b"\r").split(b"\t")
    return len(first) >= 2 and first[1][2:3] == b":"


def _header_text(head: Head) -> tuple[bytes, bool]:
    """Give all lines that begin with an @, and whether there may be more of them."""
    size = head.budget.first_read_bytes
    while True:
        data = head.more(size)
        body = _BODY.search(data)
        if body is not None:
            return data[: body.start() + 1], False
        if len(data) < size or head.patience.is_over():
            return data, not head.ended
        size *= 4


def _is_alignment(line: bytes) -> bool:
    fields = line.rstrip(b"\r").split(b"\t", 11)
    return (
        len(fields) >= 11
        and fields[1].isdigit()
        and int(fields[1][:6]) < 65536
        and fields[3].isdigit()
        and fields[4].isdigit()
        and int(fields[4][:4]) < 256
        and (fields[5] == b"*" or not fields[5].strip(b"0123456789MIDNSHPX="))
        and fields[7].isdigit()
        and fields[8].lstrip(b"-").isdigit()
        and (fields[9] == b"*" or not fields[9].strip(b"ACGTNacgtnRYSWKMBDHVryswkmbdhv=."))
    )


def _is_interval(line: bytes) -> bool:
    fields = line.rstrip(b"\r").split(b"\t")
    return (
        len(fields) == 5
        and fields[1].isdigit()
        and fields[2].isdigit()
        and fields[3] in (b"+", b"-")
    )


def _dictionary(head: Head, text: bytes) -> Finding:
    """Describe a header alone: a reference's sequences, or a SAM file without records."""
    if b"@RG\t" in text or b"@PG\t" in text or not (b"\tM5:" in text or b"\tUR:" in text):
        return _finding(FileFormat.SAM, head, text, partial=False, contigs=())
    return Finding(
        format=FileFormat.SEQUENCE_DICTIONARY,
        category=Category.NONE,
        contigs=_contigs(head, text),
        references=_references(text),
    )


def _finding(
    kind: FileFormat,
    head: Head,
    text: bytes,
    partial: bool,
    contigs: tuple[Contig, ...],
    *evidence: Evidence,
) -> Finding:
    groups = list(_lines(text, b"@RG", head.budget.names * 4))
    names = _sample_names(groups)
    platform = _first_field(groups, b"PL:").upper()
    reasons = list(evidence)
    if names:
        reasons.append(Evidence("read-groups", str(len(groups))))
    return Finding(
        format=kind,
        category=Category.GENOMIC,
        names=names[: head.budget.names],
        more_names=partial or len(names) > head.budget.names,
        named_by_file=not names,
        contigs=contigs or _contigs(head, text),
        references=_references(text),
        run=RunFacts(instrument=platform.decode().lower()) if platform in _PLATFORMS else None,
        evidence=tuple(reasons),
        partial=partial,
    )


def _lines(text: bytes, kind: bytes, limit: int) -> list[bytes]:
    """Give the header lines of one kind, found by search and so cheap among thousands of others."""
    found: list[bytes] = []
    position = 0 if text.startswith(kind + b"\t") else text.find(b"\n" + kind + b"\t") + 1
    while len(found) < limit and (position > 0 or text.startswith(kind + b"\t")):
        end = text.find(b"\n", position)
        found.append(text[position : end if end >= 0 else len(text)].rstrip(b"\r"))
        if end < 0:
            break
        position = text.find(b"\n" + kind + b"\t", end) + 1
        if position == 0:
            break
    return found


def _field(line: bytes, tag: bytes) -> bytes:
    start = line.find(b"\t" + tag)
    if start < 0:
        return b""
    start += 1 + len(tag)
    end = line.find(b"\t", start)
    return line[start : end if end >= 0 else len(line)].strip()


def _first_field(lines: list[bytes], tag: bytes) -> bytes:
    return next((value for line in lines if (value := _field(line, tag))), b"")


def _sample_names(groups: list[bytes]) -> tuple[bytes, ...]:
    for tag in (b"SM:", b"LB:", b"ID:"):
        names = dict.fromkeys(value for line in groups if (value := _field(line, tag)))
        if names:
            return tuple(names)
    return ()


def _contigs(head: Head, text: bytes) -> tuple[Contig, ...]:
    contigs = []
    for number, line in enumerate(_lines(text, b"@SQ", head.budget.contigs)):
        if number % 256 == 255 and head.patience.is_over():
            break
        length = _field(line, b"LN:")
        contigs.append(
            Contig(
                _field(line, b"SN:"),
                int(length) if length.isdigit() and len(length) < 12 else None,
                _field(line, b"M5:") or None,
            )
        )
    return tuple(contigs)


def _references(text: bytes) -> tuple[bytes, ...]:
    first = text[: text.find(b"\n@SQ\t", 64 << 10)][: 64 << 10] if len(text) > 64 << 10 else text
    words = []
    for kind, tags in ((b"@SQ", (b"AS:", b"SP:", b"UR:")), (b"@PG", (b"CL:",)), (b"@CO", ())):
        for line in _lines(first, kind, 50):
            words += [_field(line, tag) for tag in tags] or [line]
    return tuple(word for word in words if word)
