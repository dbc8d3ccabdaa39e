"""Illumina run folders: base calls, positions, filters, run descriptions, sample sheets, InterOp.

Base calls have next to no signature: a count that agrees with the file's size is one; where even
that fails (inside compression) the file must also lie where a sequencer writes base calls.
"""

import csv
import io
import struct

from strandwatch.domain.file import Category, Evidence, FileFormat, RunFacts
from strandwatch.domain.sample import NO_PERSONS
from strandwatch.genomics.budget import Patience
from strandwatch.genomics.finding import (
    Finding,
    attribute_values,
    element_text,
    no_persons,
    plain_word,
)
from strandwatch.genomics.head import Head

# Record lengths of InterOp metrics by version (Illumina InterOp library, format descriptions).
_INTEROP = {
    1: {0}, 2: {10, 16, 38, 48, 15, 28}, 3: {15, 30, 34, 38, 14}, 4: {206, 12, 48},
    5: {16, 206, 222}, 6: {20, 206, 222}, 7: {206, 222}, 8: {20},
}  # fmt: skip
_MOST_LINES = 20_000
_REFERENCE_COLUMNS = (
    "genome", "genomefolder", "genome_folder", "referencegenomedir", "reference_genome",
    "referencegenome", "organism", "species",
)  # fmt: skip


def base_calls(head: Head) -> Finding | None:
    """Recognise .bcl: a count of clusters, then one byte for each."""
    data = head.data
    if len(data) < 64:
        return None
    (count,) = struct.unpack_from("<I", data)
    if head.whole_size == 4 + count and count >= 60:
        return _raw(FileFormat.BCL)
    # BGZF does not say its inflated size: trust the place, and a count that the bytes can hold.
    inflated = head.whole_size is None and head.in_run_folder("basecalls")
    if inflated and 60 <= count <= 200_000_000 and head.name.lower().endswith(_BCL_NAMES):
        return _raw(FileFormat.BCL)
    return None


_BCL_NAMES = (".bcl.bgzf", ".bcl.gz")


def grouped_base_calls(head: Head) -> Finding | None:
    """Recognise .cbcl: version 1, two bits for bases, two for qualities, then quality bins."""
    data = head.data
    if len(data) < 24 or data[:2] != b"\x01\x00":
        return None
    size, base_bits, quality_bits, bins = struct.unpack_from("<IBBI", data, 2)
    fits = base_bits == 2 and quality_bits in (2, 3, 4, 6) and bins <= 64
    if not fits or not 20 + 8 * bins <= size <= 64 << 20:
        return None
    if head.size is not None and size > head.size:
        return None
    return _raw(FileFormat.CBCL)


def positions_and_filters(head: Head) -> Finding | None:
    """Recognise .filter, .locs, .clocs and .bci, which hold no bases."""
    data, size = head.data, head.size
    if len(data) < 12 or size is None:
        return None
    first, second, count = struct.unpack_from("<III", data)
    if (first, second) == (0, 3) and size == 12 + count:
        return no_persons(FileFormat.ILLUMINA_FILTER)
    if (first, second) == (1, 0x3F800000) and size == 12 + 8 * count:
        return no_persons(FileFormat.ILLUMINA_LOCS)
    if not head.in_run_folder():
        return None
    if data[0] == 1 and 0 < struct.unpack_from("<I", data, 1)[0] < 100_000 and "clocs" in head.name:
        return no_persons(FileFormat.ILLUMINA_CLOCS)
    if size % 8 == 0 and 1101 <= first <= 9999 and head.name.endswith(".bci"):
        return no_persons(FileFormat.ILLUMINA_BCI)
    return None


def interop(head: Head) -> Finding | None:
    """Recognise a metrics file: known version and record length, and the right folder."""
    data, size = head.data, head.size
    if len(data) < 3 or size is None or not head.in_run_folder("interop"):
        return None
    if data[1] not in _INTEROP.get(data[0], ()):
        return None
    return no_persons(FileFormat.INTEROP, category=Category.METADATA)


def run_info(head: Head) -> Finding | None:
    """Read RunInfo.xml and RunParameters.xml."""
    start = head.data[:2048]
    if b"<RunInfo" in start:
        kind = FileFormat.RUN_INFO
    elif b"<RunParameters" in start:
        kind = FileFormat.RUN_PARAMETERS
    else:
        return None
    data = head.data
    ids = attribute_values(data, b"Run ", b"Id", 1) or attribute_values(data, b"Run", b"Id", 1)
    facts = RunFacts(
        run_id=plain_word(ids[0]) if ids else _first(data, b"RunID", b"RunId"),
        instrument=_first(data, b"Instrument", b"InstrumentName", b"InstrumentSerialNumber"),
        flow_cell=_first(data, b"Flowcell", b"FlowCellSerialBarcode", b"FlowCellSerialNumber"),
    )
    return Finding(format=kind, category=Category.METADATA, persons=NO_PERSONS, run=facts)


def _first(data: bytes, *tags: bytes) -> str | None:
    return next((text for tag in tags if (text := element_text(data, tag))), None)


def sample_sheet(head: Head) -> Finding | None:
    """Read a sample sheet, version 1 or 2, whatever its line endings."""
    start = head.data[:4096].removeprefix(b"\xef\xbb\xbf").lstrip(b"\r\n, \t")
    if not start.startswith(b"[") or b"]" not in start[:60]:
        return None
    data = head.more(head.budget.input_bytes).removeprefix(b"\xef\xbb\xbf")
    text = data.decode("utf-8", "surrogateescape").replace("\r\n", "\n").replace("\r", "\n")
    sections = _sections(text, head.patience)
    tables = [rows for name, rows in sections.items() if name.endswith("data") or name == "samples"]
    known = "header" in sections or any(name.startswith("bclconvert") for name in sections)
    rows = next((rows for rows in tables if _column(rows, _SAMPLE_COLUMNS) is not None), None)
    if rows is None and not (known and tables):
        return None
    cut = not head.ended or text.count("\n") >= _MOST_LINES or head.patience.is_over()
    return _sheet(FileFormat.SAMPLE_SHEET, head, rows or [], cut=cut)


_SAMPLE_COLUMNS = ("sample_id", "sampleid", "sample_name", "samplename")


def _sections(text: str, patience: Patience) -> dict[str, list[list[str]]]:
    sections: dict[str, list[list[str]]] = {}
    rows: list[list[str]] = []
    separator = "\t" if text[:4096].count("\t") > text[:4096].count(",") else ","
    for number, line in enumerate(text.split("\n", _MOST_LINES)[:_MOST_LINES]):
        if number % 256 == 255 and patience.is_over():
            break
        stripped = line.strip(" \t,\"'")
        if stripped.startswith("[") and stripped.endswith("]"):
            rows = sections.setdefault(stripped[1:-1].strip().lower(), [])
        elif stripped:
            rows.append(_fields(line, separator))
    return sections


def _fields(line: str, separator: str) -> list[str]:
    if '"' not in line:
        return [field.strip() for field in line.split(separator)]
    try:
        return [field.strip() for field in next(csv.reader(io.StringIO(line), delimiter=separator))]
    except (csv.Error, StopIteration):
        return []


def _column(rows: list[list[str]], names: tuple[str, ...]) -> int | None:
    header = [field.lower() for field in rows[0]] if rows else []
    return next((header.index(name) for name in names if name in header), None)


def _sheet(kind: FileFormat, head: Head, rows: list[list[str]], *, cut: bool) -> Finding:
    samples = _values(rows, _SAMPLE_COLUMNS)
    references = _values(rows, _REFERENCE_COLUMNS)
    projects = _values(rows, ("sample_project", "project"))
    most = head.budget.names
    return Finding(
        format=kind,
        category=Category.METADATA,
        names=tuple(name.encode("utf-8", "surrogateescape") for name in samples[:most]),
        more_names=len(samples) > most or cut,
        partial=cut,
        persons=None if samples else NO_PERSONS,
        references=tuple(word.encode("utf-8", "surrogateescape") for word in references[:20]),
        run=RunFacts(project=plain_word(projects[0].encode("utf-8", "replace")))
        if len(projects) == 1
        else None,
        evidence=(Evidence("samples-listed", str(len(samples))),),
    )


def _values(rows: list[list[str]], names: tuple[str, ...]) -> list[str]:
    column = _column(rows, names)
    if column is None:
        return []
    return list(dict.fromkeys(row[column] for row in rows[1:] if len(row) > column and row[column]))


def run_manifest(head: Head) -> Finding | None:
    """Read the run manifest of an Element instrument, as CSV or JSON."""
    start = head.data[:4096]
    if b'"SampleName"' in start and b'"Samples"' in start and start.lstrip()[:1] == b"{":
        names = _json_values(head.data, b'"SampleName"')
        return Finding(
            format=FileFormat.RUN_MANIFEST,
            category=Category.METADATA,
            names=names[: head.budget.names],
            more_names=not head.ended or len(names) > head.budget.names,
        )
    if start.lstrip()[:1] == b"{" and b'"AnalysisID"' in start and b'"RunName"' in start:
        return no_persons(FileFormat.RUN_STATISTICS, category=Category.METADATA)
    return None


def _json_values(data: bytes, key: bytes) -> tuple[bytes, ...]:
    values = []
    for piece in data.split(key)[1:]:
        start = piece.find(b'"')
        if start >= 0 and not piece[:start].strip(b" \t\r\n:"):
            values.append(piece[start + 1 : piece.find(b'"', start + 1)])
    return tuple(dict.fromkeys(value for value in values if value))


def read_statistics(head: Head) -> Finding | None:
    """Recognise the fqStat.txt of an MGI instrument."""
    if not head.data.startswith(b"#Name\t"):
        return None
    if b"\n#PhredQual" not in head.data[:2048] and b"\n#ReadNum" not in head.data[:2048]:
        return None
    return no_persons(FileFormat.RUN_STATISTICS, category=Category.METADATA)


def _raw(kind: FileFormat) -> Finding:
    return Finding(format=kind, category=Category.GENOMIC)
