"""Variants: VCF and BCF."""

import re
import struct
from collections.abc import Callable

from strandwatch.domain.file import Category, Evidence, FileFormat
from strandwatch.domain.sample import NO_PERSONS
from strandwatch.genomics.finding import Contig, Finding
from strandwatch.genomics.head import Head

Text = Callable[[int], bytes]
"""Give the first so many bytes of a VCF header text, or all there are."""

_FIXED = 9
_COLUMNS = b"#CHROM\tPOS\tID\tREF\tALT"
_ALLELE = frozenset(b"ACGTNacgtnRYSWKMBDHV*.,<>[]:=_-+0123456789DELINSUPVCTRAO")
_BODY = re.compile(rb"\n[^#\r\n]")
_GVCF_MARKS = (b"<NON_REF>", b"##GVCFBlock", b"ID=NON_REF")


def vcf(head: Head) -> Finding | None:
    """Read a VCF with its header, with the column line alone, or by its typed columns."""
    data = head.data.removeprefix(b"\xef\xbb\xbf")
    known = data.startswith((b"##fileformat=VCF", _COLUMNS))
    if known or (data.startswith(b"##") and b"\n" + _COLUMNS in data):
        return _described(head, FileFormat.VCF, head.more, None)
    lines = [line for line in data.split(b"\n", 4)[:3] if line]
    if lines and all(_is_variant(line) for line in lines):
        return Finding(
            format=FileFormat.VCF,
            category=Category.GENOMIC,
            named_by_file=True,
            evidence=(Evidence("header", "none"),),
        )
    return None


def bcf(head: Head) -> Finding | None:
    """Read the VCF text that a BCF begins with; BCF 1 keeps its names elsewhere."""
    data = head.data
    if data[:4] == b"BCF\x04" and len(data) > 8:
        return Finding(format=FileFormat.BCF, category=Category.GENOMIC, partial=True)
    if data[:4] != b"BCF\x02" or len(data) < 9 or data[4] > 9:
        return None
    (length,) = struct.unpack_from("<I", data, 5)

    def text(size: int) -> bytes:
        return head.more(9 + min(size, length))[9:]

    return _described(head, FileFormat.BCF, text, length)


def _is_variant(line: bytes) -> bool:
    fields = line.rstrip(b"\r").split(b"\t", _FIXED)
    return (
        len(fields) >= 8
        and 0 < len(fields[0]) < 100
        and fields[1].isdigit()
        and fields[3] != b""
        and not fields[3].strip(b"ACGTNacgtn")
        and fields[4] != b""
        and _ALLELE.issuperset(fields[4])
        and (fields[5] == b"." or fields[5].replace(b".", b"", 1).isdigit())
        and (b"=" in fields[7] or fields[7] == b".")
    )


def _described(head: Head, kind: FileFormat, text_of: Text, length: int | None) -> Finding:
    text, columns, partial = _header(head, text_of, length)
    names = tuple(dict.fromkeys(name.strip() for name in columns[: head.budget.names]))
    sites_only = not names and not partial
    reasons = [Evidence("sample-columns", str(len(names)))] if names or sites_only else []
    if any(mark in text for mark in _GVCF_MARKS):
        reasons.append(Evidence("variant", "gVCF"))
    return Finding(
        format=kind,
        category=Category.METADATA if sites_only else Category.GENOMIC,
        names=names,
        more_names=partial or len(columns) > head.budget.names,
        persons=NO_PERSONS if sites_only else None,
        contigs=_contigs(head, text),
        references=_references(text),
        evidence=tuple(reasons),
        partial=partial,
    )


def _header(head: Head, text_of: Text, length: int | None) -> tuple[bytes, list[bytes], bool]:
    """Give the header text, the sample columns, and whether the budget cut it off."""
    size = head.budget.first_read_bytes
    while True:
        text = text_of(size)
        columns = _sample_columns(text, head.budget.names, whole=len(text) == length)
        if columns is not None:
            return text, columns, False
        if len(text) < size or head.patience.is_over():
            ended = len(text) == length if length is not None else head.ended
            return text, [], not ended or _BODY.search(text) is None
        if _BODY.search(text) is not None:
            return text, [], False
        size *= 4


def _sample_columns(text: bytes, most: int, *, whole: bool) -> list[bytes] | None:
    """Give the names in the column line; None while it is not complete."""
    start = 0 if text.startswith(b"#CHROM\t") else text.find(b"\n#CHROM\t") + 1
    if start == 0 and not text.startswith(b"#CHROM\t"):
        return None
    end = text.find(b"\n", start)
    line = text[start : end if end >= 0 else len(text)].rstrip(b"\r\0")
    fields = line.split(b"\t", _FIXED + most + 1)
    if end < 0 and not whole and len(fields) <= _FIXED + most:
        return None
    return fields[_FIXED:]


def _contigs(head: Head, text: bytes) -> tuple[Contig, ...]:
    contigs: list[Contig] = []
    position = text.find(b"##contig=<")
    while position >= 0 and len(contigs) < head.budget.contigs:
        if len(contigs) % 256 == 255 and head.patience.is_over():
            break
        end = text.find(b"\n", position)
        line = text[position + 10 : end if end >= 0 else len(text)].rstrip(b">\r")
        fields = dict(field.split(b"=", 1) for field in line.split(b",")[:20] if b"=" in field)
        length = fields.get(b"length", b"")
        contigs.append(
            Contig(
                fields.get(b"ID", b""),
                int(length) if length.isdigit() and len(length) < 12 else None,
                fields.get(b"md5") or fields.get(b"M5"),
            )
        )
        position = text.find(b"\n##contig=<", position) + 1 or -1
    return tuple(contigs)


def _references(text: bytes) -> tuple[bytes, ...]:
    words = []
    for mark in (b"##reference=", b"##assembly=", b"##contig=<", b"CommandLine", b"##source="):
        position = text.find(mark)
        if position >= 0:
            end = text.find(b"\n", position)
            words.append(text[position : end if end >= 0 else len(text)][:4096])
    return tuple(words)
