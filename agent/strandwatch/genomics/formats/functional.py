"""Places and signals along a genome: BED family, wig, GFF, chain, methylation calls, bigWig."""

import struct
from itertools import islice

from strandwatch.domain.file import Category, FileFormat
from strandwatch.genomics.finding import Contig, Finding, no_persons
from strandwatch.genomics.head import Head

_ROWS = 25
_WINDOW = 8192
_PREAMBLE = (b"#", b"track", b"browser")
_TITLES = (b"chrom\t", b"chr\tstart", b"chr\tpos")
_BIG = {
    b"\x26\xfc\x8f\x88": ("<", FileFormat.BIGWIG),
    b"\x88\x8f\xfc\x26": (">", FileFormat.BIGWIG),
    b"\xeb\xf2\x89\x87": ("<", FileFormat.BIGBED),
    b"\x87\x89\xf2\xeb": (">", FileFormat.BIGBED),
}
_TREE = 0x78CA8C91


def big(head: Head) -> Finding | None:
    """Read chromosome names and lengths from the tree of bigWig and bigBed."""
    found = _BIG.get(head.data[:4])
    if found is None or len(head.data) < 64:
        return None
    order, kind = found
    (offset,) = struct.unpack_from(order + "Q", head.data, 8)
    signal = kind is FileFormat.BIGWIG
    return Finding(
        format=kind,
        category=Category.EPIGENOMIC if signal else Category.NONE,
        contigs=_tree_contigs(head, order, offset),
        named_by_file=True,
    )


def _tree_contigs(head: Head, order: str, offset: int) -> tuple[Contig, ...]:
    header = head.look(offset, 32)
    if len(header) < 32 or struct.unpack_from(order + "I", header)[0] != _TREE:
        return ()
    (key_size,) = struct.unpack_from(order + "I", header, 8)
    place = offset + 32
    for _ in range(4):
        node = head.look(place, 4 + 256 * (min(key_size, 255) + 8))
        if len(node) < 12 or not 0 < key_size < 256:
            return ()
        (count,) = struct.unpack_from(order + "H", node, 2)
        if node[0] == 1:
            return _leaf(node, order, key_size, count)
        if len(node) < 12 + key_size:
            return ()
        (place,) = struct.unpack_from(order + "Q", node, 4 + key_size)
    return ()


def _leaf(node: bytes, order: str, key_size: int, count: int) -> tuple[Contig, ...]:
    contigs = []
    for number in range(count):
        at = 4 + number * (key_size + 8)
        if at + key_size + 8 > len(node):
            break
        name = node[at : at + key_size].rstrip(b"\0")
        contigs.append(Contig(name, struct.unpack_from(order + "I", node, at + key_size + 4)[0]))
    return tuple(contigs)


def rows(head: Head) -> Finding | None:
    """Recognise the row formats by typed columns, the strictest first."""
    data = head.data
    if data.startswith(b"##gff-version"):
        return no_persons(FileFormat.GFF)
    body = _body(head)
    if not body:
        return None
    if _is_wiggle(data, body):
        return no_persons(FileFormat.WIG)
    table = [_columns(line) for line in body]
    for fits, kind in _ROW_KINDS:
        if all(fits(row) for row in table):
            return _described(kind, table)
    return None


def _body(head: Head) -> list[bytes]:
    """Give the first rows after comments and track lines."""
    data = head.data if head.data.startswith(_PREAMBLE) else head.data[:_WINDOW]
    if data.startswith(_PREAMBLE) and len(data) == head.budget.first_read_bytes:
        data = head.more(head.budget.input_bytes)
    end = len(data) if head.ended and len(data) > _WINDOW else data.rfind(b"\n")
    whole = data[:end] if end > 0 else data
    rows = (line.rstrip(b"\r") for line in whole.split(b"\n") if not line.startswith(_PREAMBLE))
    body = list(islice((row for row in rows if row), _ROWS + 1))
    if body and body[0].lower().startswith(_TITLES):
        body.pop(0)
    return body[:_ROWS]


def _columns(line: bytes) -> list[bytes]:
    if b"\t" in line:
        return line.split(b"\t", 20)
    # Columns between spaces are common, but prose is too: then only names like chr1 count.
    return line.split(None, 20) if line.startswith(b"chr") else []


def _is_wiggle(data: bytes, body: list[bytes]) -> bool:
    step = body[0].startswith((b"fixedStep chrom=", b"variableStep chrom="))
    return step or (data.startswith(b"track type=wiggle_0") and step)


def _is_place(row: list[bytes]) -> bool:
    return (
        len(row) >= 3
        and _is_contig(row[0])
        and row[1].isdigit()
        and row[2].isdigit()
        and len(row[2]) < 12
        and int(row[1][:12]) <= int(row[2])
    )


def _is_contig(name: bytes) -> bool:
    return 0 < len(name) <= 80 and b" " not in name and (not name.isdigit() or len(name) <= 2)


def _is_float(field: bytes) -> bool:
    stripped = field.lstrip(b"+-").replace(b".", b"", 1)
    return stripped.isdigit() or (b"e" in stripped.lower() and stripped[:1].isdigit())


def _is_bedmethyl(row: list[bytes]) -> bool:
    return (
        _is_place(row)
        and len(row) >= 11
        and row[5] in (b"+", b"-", b".")
        and b"," in row[8]
        and not row[8].strip(b"0123456789,")
        and row[9].isdigit()
        and _is_float(row[10])
        and float(row[10]) <= 100
    )


def _is_bismark_coverage(row: list[bytes]) -> bool:
    if not _is_place(row) or len(row) != 6 or not row[4].isdigit() or not row[5].isdigit():
        return False
    total = int(row[4][:12]) + int(row[5][:12])
    if total == 0 or not _is_float(row[3]) or b"e" in row[3].lower():
        return False
    return abs(float(row[3]) - 100 * int(row[4][:12]) / total) < 0.01


def _is_cytosine(row: list[bytes]) -> bool:
    return (
        len(row) == 7
        and _is_contig(row[0])
        and row[1].isdigit()
        and row[2] in (b"+", b"-")
        and row[3].isdigit()
        and row[4].isdigit()
        and row[5] in (b"CG", b"CHG", b"CHH")
    )


def _is_bedpe(row: list[bytes]) -> bool:
    return len(row) >= 6 and _is_place(row) and row[3][:3] == b"chr" and _is_place(row[3:6])


def _is_bedgraph(row: list[bytes]) -> bool:
    return len(row) == 4 and _is_place(row) and _is_float(row[3])


def _is_gff(row: list[bytes]) -> bool:
    return (
        len(row) in (8, 9)
        and row[3].removeprefix(b"-").isdigit()
        and row[4].isdigit()
        and row[6] in (b"+", b"-", b".", b"?")
        and row[7] in (b"0", b"1", b"2", b".")
    )


def _is_gtf(row: list[bytes]) -> bool:
    return _is_gff(row) and len(row) == 9 and b'_id "' in row[8]


def _is_chain(row: list[bytes]) -> bool:
    return bool(row) and row[0] == b"chain"


_ROW_KINDS = (
    (_is_cytosine, FileFormat.BISMARK_CYTOSINE),
    (_is_gtf, FileFormat.GTF),
    (_is_gff, FileFormat.GFF),
    (_is_bedmethyl, FileFormat.BEDMETHYL),
    (_is_bismark_coverage, FileFormat.BISMARK_COVERAGE),
    (_is_bedpe, FileFormat.BEDPE),
    (_is_bedgraph, FileFormat.BEDGRAPH),
    (_is_place, FileFormat.BED),
)
_METHYLATION = (FileFormat.BISMARK_CYTOSINE, FileFormat.BEDMETHYL, FileFormat.BISMARK_COVERAGE)


def _described(kind: FileFormat, table: list[list[bytes]]) -> Finding:
    if kind not in _METHYLATION:
        return no_persons(kind)
    names = dict.fromkeys(row[0] for row in table)
    return Finding(
        format=kind,
        category=Category.EPIGENOMIC,
        contigs=tuple(Contig(name) for name in names),
        named_by_file=True,
    )


def chain(head: Head) -> Finding | None:
    """Recognise a lift-over chain by its first line."""
    fields = head.data.split(b"\n", 1)[0].split()
    if len(fields) in (12, 13) and fields[0] == b"chain" and fields[1].isdigit():
        return no_persons(FileFormat.CHAIN)
    return None


def paf(head: Head) -> Finding | None:
    """Recognise minimap2's table of alignments: twelve typed columns."""
    body = _body(head)
    table = [line.split(b"\t", 20) for line in body]
    if not table or not all(_is_paf(row) for row in table):
        return None
    return Finding(format=FileFormat.PAF, category=Category.METADATA, named_by_file=True)


def _is_paf(row: list[bytes]) -> bool:
    numbers = (1, 2, 3, 6, 7, 8, 9, 10, 11)
    return (
        len(row) >= 12
        and row[4] in (b"+", b"-")
        and all(row[number].isdigit() for number in numbers)
        and int(row[11][:4]) < 256
    )
