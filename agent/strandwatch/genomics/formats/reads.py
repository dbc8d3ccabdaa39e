"""Reads: FASTQ in its real-life variants."""

import re

from strandwatch.domain.file import Category, Evidence, FileFormat, RunFacts
from strandwatch.genomics.finding import Finding
from strandwatch.genomics.head import Head

_BASES = b"ACGTUNacgtunRYSWKMBDHVryswkmbdhv.-*"
_COLOURS = b"0123."
_ILLUMINA = re.compile(
    rb"@([A-Za-z0-9-]{2,20}):(\d{1,6}):([A-Za-z0-9-]{3,40}):\d{1,3}:\d{1,6}:\d+:\d+"
)
_OLD_ILLUMINA = re.compile(rb"@([A-Za-z0-9_-]{2,40}):\d{1,3}:\d{1,6}:-?\d+:-?\d+")
_MGI = re.compile(rb"@([A-Z]{1,3}\d{6,10}[A-Z]{0,2})L\d{1,2}C\d{3}R\d{3}")
_PACBIO = re.compile(rb"@(m\d{5}[A-Za-z0-9]{0,3}_\d{6}_\d{6}(?:_s\d)?)/\d+")
_NANOPORE = re.compile(rb"@[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b")
_RUN_ID = re.compile(rb"\brunid=([0-9a-f]{8,40})\b")
_FLOW_CELL = re.compile(rb"\bflow_cell_id=([A-Za-z0-9_-]{3,40})\b")
_ENOUGH = 200
_EXCERPTS = 3
_READS_BYTES = 1 << 20
"""Holds two thousand reads of 150 bases."""
_SRA_ENDIAN = (b"\x05\x03\x19\x88", b"\x88\x19\x03\x05")


def fastq(head: Head) -> Finding | None:
    """Check whole records: as many qualities as bases; the + line may say anything."""
    data = head.data
    if data[:1] != b"@":
        return None
    records = records_in(data, 4)
    if not records and not _is_one_long_read(head, data):
        return None
    title = data[: data.find(b"\n") + 1 or len(data)][:1000]
    run, instrument = _instrument(title)
    return Finding(
        format=FileFormat.FASTQ,
        category=Category.GENOMIC,
        named_by_file=True,
        reads=lambda: sequences(head),
        run=run,
        evidence=(Evidence("read-names", instrument),) if instrument else (),
    )


def sra(head: Head) -> Finding | None:
    """Recognise an archive of the Sequence Read Archive; its species needs NCBI's own reader."""
    if head.data[:8] != b"NCBI.sra" or head.data[8:12] not in _SRA_ENDIAN:
        return None
    return Finding(format=FileFormat.SRA, category=Category.GENOMIC, named_by_file=True)


def records_in(data: bytes, most: int) -> list[bytes]:
    """Give the sequences of the first complete records; none when the form is not FASTQ's."""
    sequences: list[bytes] = []
    lines = data.split(b"\n", most * 4 + 400)
    position = 0
    while len(sequences) < most and position + 3 < len(lines):
        record = _record(lines, position)
        if record is None:
            return sequences if position + 400 > len(lines) and sequences else []
        sequence, position = record
        sequences.append(sequence)
    return sequences


def _record(lines: list[bytes], position: int) -> tuple[bytes, int] | None:
    """Read one record, on four lines or more; None when it does not fit or is cut off."""
    if not lines[position].startswith(b"@"):
        return None
    plus = position + 1
    while plus < len(lines) and not lines[plus].startswith(b"+"):
        if not _is_sequence(lines[plus].rstrip(b"\r")):
            return None
        plus += 1
    sequence = b"".join(line.rstrip(b"\r") for line in lines[position + 1 : plus])
    # Colour-space reads begin with a primer base that has no quality.
    least = len(sequence) - int(bool(sequence) and _is_colours(sequence))
    quality, after = 0, plus + 1
    while after < len(lines) and (quality < least or after == plus + 1):
        line = lines[after].rstrip(b"\r")
        if not _is_quality(line):
            return None
        quality += len(line)
        after += 1
    return (sequence, after) if least <= quality <= len(sequence) else None


def _is_sequence(line: bytes) -> bool:
    return not line.strip(_BASES) or _is_colours(line)


def _is_colours(line: bytes) -> bool:
    return len(line) > 1 and not line[1:].strip(_COLOURS)


def _is_quality(line: bytes) -> bool:
    return not line or (min(line) >= 33 and max(line) <= 126)


def _is_one_long_read(head: Head, data: bytes) -> bool:
    """Say whether the head ends within a first read too long for it."""
    lines = data.split(b"\n", 4)
    if head.ended or len(lines) < 2 or len(lines[0]) > 4096 or len(lines[1]) < _ENOUGH:
        return False
    if len(lines) > 2 and not lines[2].startswith(b"+"):
        return False
    return _is_sequence(lines[1].rstrip(b"\r"))


def sequences(head: Head) -> tuple[bytes, ...]:
    """Give the reads of the head for the search for human sequence."""
    wanted = head.budget.reads
    pieces = head.excerpts(_EXCERPTS)
    if not pieces:
        return _whole_lines(head.more(_READS_BYTES).split(b"\n"), wanted)
    # Reads in the order of their places on a chromosome say little about the rest: look further.
    share = wanted // (len(pieces) + 1)
    found = _whole_lines(head.more(_READS_BYTES // 4).split(b"\n"), share)
    for piece in pieces:
        lines = piece.split(b"\n")
        found += _whole_lines(lines[_first_record(lines) :], share)
    return found


def _whole_lines(lines: list[bytes], most: int) -> tuple[bytes, ...]:
    sequences = (line.rstrip(b"\r") for line in lines[1 : 4 * most : 4])
    return tuple(line for line in sequences if line and not line.strip(_BASES))


def _first_record(lines: list[bytes]) -> int:
    """Give the first line that begins a record; a line of qualities may begin with @ as well."""
    for at in range(1, min(len(lines) - 3, 12)):
        title, sequence, plus, quality = lines[at : at + 4]
        fits = title[:1] == b"@" and plus[:1] == b"+" and len(sequence) == len(quality)
        if fits and _is_sequence(sequence.rstrip(b"\r")):
            return at
    return len(lines)


def _instrument(title: bytes) -> tuple[RunFacts | None, str]:
    match = _ILLUMINA.match(title)
    if match:
        name, number, flow_cell = (group.decode() for group in match.groups())
        return RunFacts(run_id=f"{name}:{number}", instrument=name, flow_cell=flow_cell), "illumina"
    if match := _MGI.match(title):
        return RunFacts(flow_cell=match[1].decode()), "mgi"
    if match := _PACBIO.match(title):
        movie = match[1].decode()
        return RunFacts(run_id=movie, instrument=movie.split("_")[0]), "pacbio"
    if _NANOPORE.match(title):
        run, cell = _RUN_ID.search(title), _FLOW_CELL.search(title)
        facts = RunFacts(
            run_id=run[1].decode() if run else None,
            flow_cell=cell[1].decode() if cell else None,
        )
        return facts, "nanopore"
    if match := _OLD_ILLUMINA.match(title):
        return RunFacts(instrument=match[1].decode()), "illumina"
    return None, ""
