"""Genotyping and methylation arrays: IDAT, GTC, CEL; one file holds one sample."""

from strandwatch.domain.file import Category, Evidence, FileFormat, Species
from strandwatch.domain.sample import PersonCount
from strandwatch.genomics.finding import Finding
from strandwatch.genomics.head import Head


def array(head: Head) -> Finding | None:
    """Recognise the intensities and calls of genotyping arrays: one file, one sample."""
    data = head.data
    kind = _array_kind(data)
    if kind is None:
        return None
    lowered = data.lower()
    human = next((chip for chip in _HUMAN_CHIPS if chip in lowered), None)
    methylation = any(chip in lowered for chip in _METHYLATION_CHIPS)
    return Finding(
        format=kind,
        category=Category.EPIGENOMIC if methylation else Category.GENOMIC,
        persons=PersonCount(1, 1),
        named_by_file=True,
        species=Species.HUMAN if human else None,
        evidence=(Evidence("chip", human.decode()),) if human else (),
    )


def _array_kind(data: bytes) -> FileFormat | None:
    if data.startswith(b"IDAT") and data[4:12] == b"\x03\0\0\0\0\0\0\0":
        return FileFormat.IDAT
    if data.startswith(b"gtc") and data[3:4] in (b"\x03", b"\x04", b"\x05"):
        return FileFormat.GTC
    if data.startswith((b"[CEL]\nVersion=", b"[CEL]\r\nVersion=")):
        return FileFormat.CEL
    if data[:8] == b"\x40\0\0\0\x04\0\0\0":
        return FileFormat.CEL
    calvin = data[:2] == b"\x3b\x01" and b"affymetrix" in data[:200].replace(b"\0", b"")
    return FileFormat.CEL if calvin else None


_METHYLATION_CHIPS = (b"humanmethylation", b"methylationepic", b"epic-8v", b"infiniummethylation")
_HUMAN_CHIPS = (
    *_METHYLATION_CHIPS, b"humanomni", b"humancore", b"humanexome", b"globalscreening", b"gsa-24",
    b"gsamd", b"infiniumcore", b"humancyto", b"genomewidesnp_6", b"hg-u133", b"hg_u95", b"hta-2_0",
    b"hugene", b"mapping250k", b"cytoscan", b"axiom_ukb", b"axiom_pmra",
)  # fmt: skip
