"""Oxford Nanopore output: POD5, SLOW5 and BLOW5, sequencing summaries; FAST5 is HDF5.

Raw signal holds no bases, so species comes from the run: its sample sheet, reference or siblings.
"""

from strandwatch.domain.file import Category, FileFormat, RunFacts
from strandwatch.domain.sample import NO_PERSONS, PersonCount
from strandwatch.genomics.finding import Finding, plain_word
from strandwatch.genomics.formats.arrow import DamagedError, FlatTable, first_batch
from strandwatch.genomics.head import Head

_POD5 = b"\x8bPOD\r\n\x1a\n"
_TAIL = 128 << 10
# Content type of the run table in the footer, and the places of its columns among the buffers.
_RUN_TABLE = 4
_ACQUISITION, _FLOW_CELL, _SAMPLE = 1, 22, 36
_NO_SAMPLE = frozenset((b"", b"no_sample", b"unknown", b".", b"sample"))


def pod5(head: Head) -> Finding | None:
    """Check the signature at both ends; without the later one the file is not finished."""
    if not head.data.startswith(_POD5) or head.data[24:30] != b"ARROW1":
        return None
    size = head.size or 0
    finished = size > 100 and head.at(size - 8, 8) == _POD5
    samples, run = _pod5_runs(head, size) if finished else ([], None)
    names = _named(samples)
    return Finding(
        format=FileFormat.POD5,
        category=Category.GENOMIC,
        names=names[: head.budget.names],
        persons=None if names else PersonCount(1, None),
        named_by_file=not names,
        run=run,
        partial=not finished,
    )


def _pod5_runs(head: Head, size: int) -> tuple[list[bytes], RunFacts | None]:
    """Read sample and flow cell from the run table, which the footer points to."""
    try:
        length = int.from_bytes(head.at(size - 32, 8), "little")
        if not 0 < length < _TAIL:
            return [], None
        footer = FlatTable.root(head.at(size - 32 - length, length))
        for embedded in footer.tables(3):
            if embedded.number(3, "<h") == _RUN_TABLE:
                table = head.at(embedded.number(0, "<q"), min(embedded.number(1, "<q"), _TAIL))
                batch = first_batch(table)
                if len(batch.buffers) > _SAMPLE + 1:
                    runs, cells = batch.texts(_ACQUISITION), batch.texts(_FLOW_CELL)
                    facts = RunFacts(run_id=_only(runs), flow_cell=_only(cells))
                    return batch.texts(_SAMPLE), facts
    except DamagedError:
        return [], None
    return [], None


def slow5(head: Head) -> Finding | None:
    """Read the attributes at the head of SLOW5 and BLOW5, one value per read group."""
    data = head.data
    if data.startswith(b"#slow5_version\t"):
        return _slow5(head, FileFormat.SLOW5, data)
    if data.startswith(b"BLOW5\x01") and len(data) >= 68:
        length = int.from_bytes(data[64:68], "little")
        return _slow5(head, FileFormat.BLOW5, head.more(68 + min(length, 1 << 20))[68:])
    return None


def _slow5(head: Head, kind: FileFormat, text: bytes) -> Finding:
    attributes = {}
    for line in text.split(b"\n", 2000)[:2000]:
        if line.startswith(b"@"):
            name, _, values = line[1:].rstrip(b"\r").partition(b"\t")
            attributes[name] = values.split(b"\t", head.budget.names)
    names = _named(attributes.get(b"sample_id", []))
    return Finding(
        format=kind,
        category=Category.GENOMIC,
        names=names,
        named_by_file=not names,
        run=RunFacts(
            run_id=_only(attributes.get(b"run_id")),
            instrument=_only(attributes.get(b"device_id")),
            flow_cell=_only(attributes.get(b"flow_cell_id")),
        ),
    )


def _named(values: list[bytes]) -> tuple[bytes, ...]:
    return tuple(dict.fromkeys(value for value in values if value.lower() not in _NO_SAMPLE))


def _only(values: list[bytes] | None) -> str | None:
    return plain_word(values[0]) if values else None


def sequencing_summary(head: Head) -> Finding | None:
    """Read the table that the base caller writes: no bases, but runs and perhaps samples."""
    line, _, rest = head.data.partition(b"\n")
    columns = line.rstrip(b"\r").split(b"\t", 200)
    if b"read_id" not in columns or not {b"run_id", b"channel"}.issubset(columns):
        return None
    names: tuple[bytes, ...] = ()
    if b"sample_id" in columns:
        place = columns.index(b"sample_id")
        rows = [row.split(b"\t", place + 1) for row in rest.split(b"\n")[:-1]]
        names = _named([row[place] for row in rows if len(row) > place])
    return Finding(
        format=FileFormat.SEQUENCING_SUMMARY,
        category=Category.METADATA,
        names=names[: head.budget.names],
        more_names=not head.ended,
        persons=None if names else NO_PERSONS,
    )
