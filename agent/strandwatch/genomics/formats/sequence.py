"""Sequences and graphs: FASTA, 2bit, nib, GFA. A reference genome is nobody's data."""

import re
import struct

from strandwatch.domain.file import Category, Evidence, FileFormat
from strandwatch.genomics.finding import Contig, Finding, no_persons
from strandwatch.genomics.head import Head

_BASES = b"ACGTUNacgtunRYSWKMBDHVXryswkmbdhvx.-*"
_RESIDUES = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz*-."
_REFERENCE_NAME = re.compile(
    rb"(?:chr)?(?:[1-9]|1\d|2[0-2]|X|Y|M|MT)\b"
    rb"|(?:ENS[A-Z]{0,4}[TPGE]\d{6,}|[NX][CTWGMRPZ]_\d{6,}|CM\d{6}|GL\d{6}|KI\d{6}|gi\|)",
    re.IGNORECASE,
)
_REFERENCE_WORDS = (b" dna:", b" dna_", b" cdna:", b" chromosome:", b" LN:", b"reference")
_PANSN = re.compile(rb"([A-Za-z0-9_.-]{1,60})#([012])#")
_READ_NAME = re.compile(
    rb"m\d{5}\S{0,4}_\d{6}_\d{6}\S*/\d+|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}|[SED]RR\d{5,}\.\d"
)
_TWOBIT = (b"\x43\x27\x41\x1a", b"\x1a\x41\x27\x43")
_NIB = (b"\x3a\x3d\xe9\x6b", b"\x6b\xe9\x3d\x3a")


def fasta(head: Head) -> Finding | None:
    """Recognise FASTA; its names say whether it is a reference, reads, or a person's genome."""
    data = head.data
    if data[:1] not in (b">", b";") or not _has_sequence(data):
        return None
    names = [line[1:200] for line in data.split(b"\n", 5000) if line.startswith(b">")][:1000]
    if not names or not _is_nucleic(data):
        return no_persons(FileFormat.FASTA)
    persons = tuple(dict.fromkeys(match[1] for name in names if (match := _PANSN.match(name))))
    if persons:
        return Finding(
            format=FileFormat.FASTA,
            category=Category.GENOMIC,
            names=persons[: head.budget.names],
            more_names=not head.ended,
            contigs=tuple(Contig(name) for name in names[:100]),
        )
    if _READ_NAME.match(names[0]):
        return Finding(
            format=FileFormat.FASTA,
            category=Category.GENOMIC,
            named_by_file=True,
            reads=lambda: _records(head),
        )
    if _REFERENCE_NAME.match(names[0]) or any(word in names[0] for word in _REFERENCE_WORDS):
        return no_persons(FileFormat.FASTA, Evidence("names", "of reference sequences"))
    return Finding(
        format=FileFormat.FASTA,
        category=Category.GENOMIC,
        only_if_human=True,
        named_by_file=True,
        contigs=tuple(Contig(name.split(None, 1)[0]) for name in names[:100] if name.strip()),
        reads=lambda: _records(head),
    )


def _has_sequence(data: bytes) -> bool:
    """Say whether the first record is a title and lines of letters."""
    lines = data[:65536].split(b"\n")
    at = 0
    while at < len(lines) and lines[at][:1] in (b">", b";", b"\r"):
        at += 1
    if at == 0 or at == len(lines) or len(lines[0]) > 100_000:
        return False
    body = [line.strip() for line in lines[at : at + 20] if line[:1] not in (b">", b"")]
    return bool(body) and bool(body[0]) and not any(line.strip(_RESIDUES) for line in body)


def _is_nucleic(data: bytes) -> bool:
    body = b"".join(
        line.strip() for line in data[:16384].split(b"\n") if line[:1] not in (b">", b";")
    )
    return not body.translate(None, _BASES)


def _records(head: Head) -> list[bytes]:
    data = head.more(4 * head.budget.first_read_bytes)
    records = data.split(b">")[1 : head.budget.reads + 1]
    return [b"".join(record.split(b"\n")[1:]).replace(b"\r", b"") for record in records]


def binary(head: Head) -> Finding | None:
    """Read names and lengths from 2bit; recognise nib."""
    data = head.data
    if data[:4] in _NIB and len(data) > 8:
        return no_persons(FileFormat.NIB)
    if data[:4] not in _TWOBIT or len(data) < 16:
        return None
    order = "<" if data[:4] == _TWOBIT[0] else ">"
    version, count, reserved = struct.unpack_from(order + "III", data, 4)
    if version > 1 or reserved or not 0 < count < 1 << 24:
        return None
    contigs = _twobit_contigs(head, order, min(count, 40), wide=version == 1)
    return Finding(format=FileFormat.TWOBIT, category=Category.NONE, contigs=contigs)


def _twobit_contigs(head: Head, order: str, count: int, *, wide: bool) -> tuple[Contig, ...]:
    contigs = []
    position = 16
    for _ in range(count):
        size = head.data[position] if position < len(head.data) else 0
        name = head.data[position + 1 : position + 1 + size]
        position += 1 + size
        place = head.data[position : position + (8 if wide else 4)]
        if len(place) < (8 if wide else 4):
            break
        position += len(place)
        length = head.look(struct.unpack(order + ("Q" if wide else "I"), place)[0], 4)
        contigs.append(
            Contig(name, struct.unpack(order + "I", length)[0] if len(length) == 4 else None)
        )
    return tuple(contigs)


_WALK = re.compile(rb"\n[WP]\t([^\t#\n]{1,100})")


def gfa(head: Head) -> Finding | None:
    """Recognise an assembly or pangenome graph; walks and paths name whose haplotypes it holds."""
    data = head.data
    lines = data.split(b"\n", 3)
    if not lines[0].startswith((b"H\tVN:Z:", b"S\t")):
        return None
    segment = next((line for line in lines if line.startswith(b"S\t")), b"")
    fields = segment.rstrip(b"\r").split(b"\t", 4)
    if len(fields) < 3 or (fields[2] != b"*" and fields[2][:1000].strip(_BASES)):
        return None
    tail = head.at(max(len(data), (head.size or 0) - (256 << 10)), 256 << 10)
    names = tuple(dict.fromkeys(_WALK.findall(data) + _WALK.findall(tail)))
    persons = tuple(name for name in names if not _REFERENCE_NAME.match(name))
    return Finding(
        format=FileFormat.GFA,
        category=Category.GENOMIC,
        names=persons[: head.budget.names],
        more_names=not head.ended,
        only_if_human=not persons,
        reads=lambda: [
            line.split(b"\t", 3)[2]
            for line in data.split(b"\n")[:-1]
            if line.startswith(b"S\t") and line.count(b"\t") > 1
        ],
    )
