"""Mass spectra: mzML, mzXML, mzIdentML, MGF, Thermo raw. Species only shows in search results."""

from strandwatch.domain.file import Category, Evidence, FileFormat, Species
from strandwatch.domain.sample import PersonCount
from strandwatch.genomics.finding import Finding, attribute_values
from strandwatch.genomics.head import Head

_XML = (
    ((b"<mzML", b"<indexedmzML"), FileFormat.MZML),
    ((b"<mzXML", b"<msRun"), FileFormat.MZXML),
    ((b"<MzIdentML",), FileFormat.MZIDENTML),
)
_THERMO = b"\x01\xa1F\0i\0n\0n\0i\0g\0a\0n\0"
_HUMAN_MARKS = (b"_HUMAN", b"UP000005640", b"Homo sapiens", b"NEWT:9606", b"taxonomy:9606")


def spectra(head: Head) -> Finding | None:
    """Recognise spectra and identifications."""
    data = head.data
    if data.startswith(_THERMO):
        return _proteomic(FileFormat.THERMO_RAW, data, ())
    start = data[:2048].lstrip(b"\xef\xbb\xbf \r\n")
    if start.startswith(b"<"):
        for marks, kind in _XML:
            if any(mark in start for mark in marks):
                return _proteomic(kind, data, _samples(data, head.budget.names))
    if _is_mgf(data):
        return _proteomic(FileFormat.MGF, data, ())
    return None


def _is_mgf(data: bytes) -> bool:
    """Say whether the block that begins with BEGIN IONS holds settings and pairs of numbers."""
    if b"BEGIN IONS" not in data[:16384]:
        return False
    lines = [line.strip() for line in data[:16384].split(b"\n") if line.strip()]
    lines = [line for line in lines if line[:1] not in (b"#", b";", b"!", b"/")]
    first = next((at for at, line in enumerate(lines[:50]) if line == b"BEGIN IONS"), None)
    if first is None or any(b"=" not in line for line in lines[:first]):
        return False
    inside = lines[first + 1 : first + 40]
    return any(line.startswith((b"PEPMASS=", b"TITLE=", b"CHARGE=")) for line in inside)


def _samples(data: bytes, most: int) -> tuple[bytes, ...]:
    start = data.find(b"<sampleList")
    if start < 0:
        return ()
    block = data[start : data.find(b"</sampleList", start)]
    return tuple(dict.fromkeys(attribute_values(block, b"sample ", b"id", most)))


def _proteomic(kind: FileFormat, data: bytes, names: tuple[bytes, ...]) -> Finding:
    mark = next((mark for mark in _HUMAN_MARKS if mark in data), None)
    return Finding(
        format=kind,
        category=Category.PROTEOMIC,
        names=names,
        named_by_file=not names,
        persons=None if names else PersonCount(1, None),
        species=Species.HUMAN if mark else None,
        evidence=(Evidence("protein-names", mark.decode()),) if mark else (),
    )
