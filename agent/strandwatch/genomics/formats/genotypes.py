"""Genotypes: PLINK 1 and 2, BGEN, Oxford, EIGENSTRAT, GDS, consumer files."""

import struct
from dataclasses import replace
from itertools import islice

from strandwatch.domain.file import Category, Evidence, FileFormat, Species
from strandwatch.domain.sample import PersonCount
from strandwatch.genomics.finding import Finding, no_persons
from strandwatch.genomics.head import Head

_BASES = frozenset((b"A", b"C", b"G", b"T", b"0", b"1", b"2", b"3", b"4", b"N", b"-", b"I", b"D"))
_CHROMOSOMES = frozenset(
    [str(number).encode() for number in range(27)] + [b"X", b"Y", b"XY", b"MT", b"M"]
)
_PGEN_KINDS = frozenset((0x01, 0x02, 0x03, 0x04, 0x10, 0x11, 0x20, 0x21))


def plink_bed(head: Head) -> Finding | None:
    """Recognise PLINK 1 .bed: the .fam beside it, not the file, says of how many persons."""
    data = head.data
    if data[:2] != b"\x6c\x1b" or data[2:3] not in (b"\x00", b"\x01") or len(data) < 4:
        return None
    return Finding(format=FileFormat.PLINK_BED, category=Category.GENOMIC, persons=_SOME)


_SOME = PersonCount(1, None)


def pgen(head: Head) -> Finding | None:
    """Read the number of persons from a PLINK 2 .pgen."""
    data = head.data
    if data[:2] != b"\x6c\x1b" or len(data) < 12 or data[2] not in _PGEN_KINDS - {0x01}:
        return None
    variants, samples = struct.unpack_from("<II", data, 3)
    if data[2] in (0x20, 0x21) or not 0 < variants < 1 << 31 or not 0 < samples < 1 << 31:
        return Finding(format=FileFormat.PGEN, category=Category.GENOMIC, persons=_SOME)
    return Finding(
        format=FileFormat.PGEN,
        category=Category.GENOMIC,
        persons=PersonCount(samples, samples),
        evidence=(Evidence("samples", str(samples)),),
    )


def bgen(head: Head) -> Finding | None:
    """Read number and names of the persons from a BGEN header."""
    data = head.data
    if len(data) < 24:
        return None
    offset, size, variants, samples = struct.unpack_from("<IIII", data)
    magic = data[16:20]
    if magic != b"bgen" and not (magic == b"\0\0\0\0" and size == 20 and offset >= 20):
        return None
    if not 20 <= size <= offset or samples == 0 or variants == 0:
        return None
    flags = int.from_bytes(head.middle(size, 4), "little")
    if flags & 3 > 2 or flags >> 2 & 15 > 2:
        return None
    names = _bgen_names(head, 4 + size, samples) if flags & 1 << 31 else ()
    return Finding(
        format=FileFormat.BGEN,
        category=Category.GENOMIC,
        names=names,
        persons=PersonCount(samples, samples),
        evidence=(Evidence("samples", str(samples)),),
    )


def _bgen_names(head: Head, offset: int, samples: int) -> tuple[bytes, ...]:
    start = head.middle(offset, 8)
    if len(start) < 8:
        return ()
    length, count = struct.unpack("<II", start)
    block = head.middle(offset + 8, min(length, 1 << 20))
    names: list[bytes] = []
    position = 0
    while len(names) < min(count, samples, head.budget.names) and position + 2 <= len(block):
        size = int.from_bytes(block[position : position + 2], "little")
        name = block[position + 2 : position + 2 + size]
        if len(name) < size:
            break
        names.append(name)
        position += 2 + size
    return tuple(dict.fromkeys(names))


def table(head: Head) -> Finding | None:
    """Recognise the text tables by their typed columns: .fam, .bim, .psam, .pvar, .sample, .gen."""
    rows = _rows(head)
    if not rows:
        return _one_long_row(head)
    for recogniser in (_psam, _pvar, _oxford_sample, _fam, _bim, _ped, _oxford_gen):
        found = recogniser(head, rows)
        if found is not None:
            return found
    return None


def _one_long_row(head: Head) -> Finding | None:
    """Recognise .ped and .gen whose first row alone is longer than the head."""
    if len(head.data) < head.budget.first_read_bytes:
        return None
    fields = head.data.split()[:-1]
    if len(fields) < 1000:
        return None
    if _is_person(fields[:6]) and all(allele in _BASES for allele in fields[6:1000]):
        return Finding(
            format=FileFormat.PLINK_PED,
            category=Category.GENOMIC,
            names=(fields[1],),
            more_names=True,
            partial=True,
        )
    for lead in (5, 6):
        found = _genotype_row(fields, lead)
        if found is not None:
            at_least = (len(fields) - lead) // 3
            return replace(found, persons=PersonCount(at_least, None), partial=True)
    return None


def _rows(head: Head) -> list[list[bytes]]:
    data = head.data
    if b"\n" not in data[:65536]:
        return []
    lines = data.split(b"\n", 41)
    if len(lines) > 41 or not head.ended or lines[-1] == b"":
        lines.pop()
    rows = [line.split(None, 64) for line in lines[:40]]
    return rows if all(rows) else []


def _named(head: Head, kind: FileFormat, column: int, skip: int) -> Finding:
    """Count the rows of a list of persons as far as the budget goes."""
    data = head.more(head.budget.input_bytes)
    lines = data.split(b"\n", head.budget.names + skip + 1)[skip:]
    names = [fields[column] for line in lines if len(fields := line.split(None, 7)) > column]
    more = len(names) > head.budget.names or not head.ended
    return Finding(
        format=kind,
        category=Category.METADATA,
        names=tuple(dict.fromkeys(names))[: head.budget.names],
        more_names=more,
    )


def _psam(head: Head, rows: list[list[bytes]]) -> Finding | None:
    header = [field.lstrip(b"#") for field in rows[0]]
    if not rows[0][0].startswith(b"#") or b"IID" not in header[:2] or len(rows) < 2:
        return None
    return _named(head, FileFormat.PSAM, header.index(b"IID"), 1)


def _pvar(head: Head, rows: list[list[bytes]]) -> Finding | None:
    header = next((row for row in rows if row[0] == b"#CHROM"), None)
    if header is None or header[1:5] != [b"POS", b"ID", b"REF", b"ALT"] or b"FORMAT" in header:
        return None
    if head.data.startswith(b"##fileformat"):
        return None
    return no_persons(FileFormat.PVAR, category=Category.METADATA)


def _oxford_sample(head: Head, rows: list[list[bytes]]) -> Finding | None:
    if len(rows) < 2 or rows[0][:2] not in ([b"ID_1", b"ID_2"], [b"ID", b"missing"]):
        return None
    if rows[1][0] != b"0" or not set(rows[1]) <= {b"0", b"D", b"C", b"P", b"B"}:
        return None
    return _named(head, FileFormat.OXFORD_SAMPLE, int(rows[0][1] == b"ID_2"), 2)


def _fam(head: Head, rows: list[list[bytes]]) -> Finding | None:
    if not all(6 <= len(row) <= 8 and _is_person(row) for row in rows):
        return None
    if len({(row[0], row[1]) for row in rows}) < len(rows):
        return None
    return _named(head, FileFormat.PLINK_FAM, 1, 0)


def _is_person(row: list[bytes]) -> bool:
    """Say whether this row is family, person, father, mother, sex, phenotype."""
    sex, phenotype = row[4], row[5]
    return (
        sex in (b"0", b"1", b"2", b"-9", b"other")
        and (phenotype in (b"NA", b"-9") or _is_number(phenotype))
        and row[2] != row[1] != row[3]
        and not (row[2].isdigit() and row[3].isdigit() and len(row[2]) > 6)
    )


def _is_number(field: bytes) -> bool:
    return field.lstrip(b"+-").replace(b".", b"", 1).isdigit()


def _ped(head: Head, rows: list[list[bytes]]) -> Finding | None:
    # Wide rows: read columns from the data again, since one row may be longer than the head.
    first = head.data.split(None, 400)[:400]
    if len(rows[0]) < 8 or not _is_person(first[:6]):
        return None
    if not all(allele in _BASES for allele in first[6 : min(len(rows[0]), 60) - 1]):
        return None
    found = _named(head, FileFormat.PLINK_PED, 1, 0)
    return Finding(
        format=FileFormat.PLINK_PED,
        category=Category.GENOMIC,
        names=found.names,
        more_names=found.more_names,
    )


def _bim(head: Head, rows: list[list[bytes]]) -> Finding | None:
    for width, kind in ((6, FileFormat.PLINK_BIM), (4, FileFormat.PLINK_MAP)):
        if all(len(row) == width and _is_marker(row) for row in rows):
            return no_persons(kind, category=Category.METADATA)
    return None


def _is_marker(row: list[bytes]) -> bool:
    alleles = all(not allele.strip(b"ACGTNacgtn0123456789.<>DI-") for allele in row[4:])
    return (
        row[0].removeprefix(b"chr") in _CHROMOSOMES
        and _is_number(row[2])
        and row[3].lstrip(b"-").isdigit()
        and not row[1].isalpha()
        and alleles
        and len(row[1]) > 2
    )


def _oxford_gen(head: Head, rows: list[list[bytes]]) -> Finding | None:
    width = len(rows[0])
    lead = next((lead for lead in (5, 6) if width > lead and (width - lead) % 3 == 0), None)
    full = head.data.split(b"\n", 1)[0].split()
    if lead is None or len(full) <= lead or (len(full) - lead) % 3:
        return None
    return _genotype_row(full, lead)


def _genotype_row(full: list[bytes], lead: int) -> Finding | None:
    """Read marker, position and alleles, then three probabilities for each person."""
    start = full[lead - 5 : lead]
    if not start[2].isdigit() or not all(not field.strip(b"ACGTNacgtn") for field in start[3:5]):
        return None
    if not all(_is_probability(field) for field in full[lead : lead + 300]):
        return None
    persons = (len(full) - lead) // 3
    return Finding(
        format=FileFormat.OXFORD_GEN,
        category=Category.GENOMIC,
        persons=PersonCount(persons, persons),
    )


def _is_probability(field: bytes) -> bool:
    return field in (b"0", b"1") or (field[:2] in (b"0.", b"1.") and _is_number(field))


def eigenstrat(head: Head) -> Finding | None:
    """Read the counts that packed ancestry maps begin with, or rows of genotype digits."""
    data = head.data
    if data.startswith((b"GENO ", b"TGENO ")):
        fields = data[:48].rstrip(b"\0").split()
        if len(fields) >= 3 and fields[1].isdigit() and fields[2].isdigit():
            persons = int(fields[1])
            return Finding(
                format=FileFormat.EIGENSTRAT,
                category=Category.GENOMIC,
                persons=PersonCount(persons, persons),
            )
    lines = data.split(b"\n", 21)[:20]
    if len(lines) < 5 or not len(lines[0]) >= 10 or lines[0].strip(b"0129"):
        return None
    lines = [line for line in lines[:-1] if line]
    if any(len(line) != len(lines[0]) or line.strip(b"0129") for line in lines):
        return None
    persons = len(lines[0])
    return Finding(
        format=FileFormat.EIGENSTRAT,
        category=Category.GENOMIC,
        persons=PersonCount(persons, persons),
    )


def gds(head: Head) -> Finding | None:
    """Recognise a GDS genotype store; names inside it are not read."""
    if not head.data.startswith(b"COREARRAYx0A"):
        return None
    return Finding(format=FileFormat.GDS, category=Category.GENOMIC, persons=_SOME)


def consumer(head: Head) -> Finding | None:
    """Recognise the raw data of a consumer test: one person by construction, and human."""
    lines = (line for line in head.data[:32768].split(b"\n", 300)[:-1] if line[:1] != b"#")
    rows = [line.replace(b'"', b"").strip() for line in islice(lines, 40)]
    rows = [row for row in rows if row]
    if len(rows) < 4:
        return None
    separator = b"\t" if b"\t" in rows[1] else b","
    if not all(_is_genotype(row.split(separator, 6)) for row in rows[1:]):
        return None
    return Finding(
        format=FileFormat.CONSUMER_GENOTYPES,
        category=Category.GENOMIC,
        persons=PersonCount(1, 1),
        named_by_file=True,
        species=Species.HUMAN,
        evidence=(Evidence("columns", "marker, chromosome, position, genotype"),),
    )


def _is_genotype(row: list[bytes]) -> bool:
    if len(row) not in (4, 5) or not row[2].isdigit():
        return False
    marker = row[0][:2].lower() in (b"rs", b"vg", b"i1", b"i2", b"i3", b"i4", b"i5", b"i6", b"i7")
    alleles = b"".join(row[3:])
    return (
        (marker or row[0][:1].isalpha())
        and row[1].removeprefix(b"chr").upper() in _CHROMOSOMES
        and 0 < len(alleles) <= 4
        and not alleles.strip(b"ACGT-ID0")
    )


def mutation_annotation(head: Head) -> Finding | None:
    """Read a mutation annotation table: one column names the persons, another the build."""
    data = head.data
    start = _after_comments(data)
    if start == len(data) == head.budget.first_read_bytes:
        # Some tools copy a whole VCF header above the table.
        data = head.more(head.budget.input_bytes)
        start = _after_comments(data)
    if data[start : start + 12] != b"Hugo_Symbol\t":
        return None
    header, *rows = data[start:].split(b"\n", 20_000)
    columns = header.rstrip(b"\r").split(b"\t")
    names = tuple(dict.fromkeys(_column(columns, rows[:-1], b"Tumor_Sample_Barcode")))
    builds = tuple(dict.fromkeys(_column(columns, rows[:50], b"NCBI_Build")))
    return Finding(
        format=FileFormat.MUTATION_ANNOTATION,
        category=Category.GENOMIC,
        names=tuple(dict.fromkeys(_tcga_person(name) for name in names))[: head.budget.names],
        more_names=not head.ended or len(names) > head.budget.names,
        references=tuple(_BUILDS.get(build, build) for build in builds[:5]),
    )


_BUILDS = {b"37": b"GRCh37", b"38": b"GRCh38", b"36": b"NCBI36"}


def _after_comments(data: bytes) -> int:
    position = 0
    while data[position : position + 1] == b"#":
        newline = data.find(b"\n", position)
        if newline < 0:
            return len(data)
        position = newline + 1
    return position


def _column(columns: list[bytes], rows: list[bytes], name: bytes) -> list[bytes]:
    if name not in columns:
        return []
    place = columns.index(name)
    cells = [row.split(b"\t", place + 1) for row in rows]
    return [row[place].strip() for row in cells if len(row) > place and row[place].strip()]


def _tcga_person(name: bytes) -> bytes:
    """Give the person of a TCGA barcode, whose later parts name sample and vial."""
    return b"-".join(name.split(b"-")[:3]) if name.startswith(b"TCGA-") else name
