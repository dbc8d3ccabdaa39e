"""The catalogue: one row per format, in the order in which they are tried."""

from collections.abc import Callable

from strandwatch.genomics.conclude import EMPTY, PLAIN_TEXT
from strandwatch.genomics.finding import Finding
from strandwatch.genomics.formats import (
    alignment,
    encryption,
    genotypes,
    hdf5,
    illumina,
    indices,
    nanopore,
    pacbio,
    reads,
    variants,
)
from strandwatch.genomics.head import Head

Recogniser = Callable[[Head], Finding | None]

_BY_MAGIC: tuple[tuple[bytes, Recogniser], ...] = (
    (b"BAM\x01", alignment.bam),
    (b"CRAM", alignment.cram),
    (b"BCF", variants.bcf),
    (b"\x8bPOD", nanopore.pod5),
    (b"#slow5", nanopore.slow5),
    (b"BLOW5\x01", nanopore.slow5),
    (b"crypt4gh", encryption.by_magic),
    (b"LUKS", encryption.by_magic),
    (b"SKUL", encryption.by_magic),
    (b"\x89HDF", hdf5.hdf5),
    (b"BAI\x01", indices.by_magic),
    (b"CSI", indices.by_magic),
    (b"TBI\x01", indices.by_magic),
    (b"\x6c\x1b", genotypes.plink_bed),
    (b"\x6c\x1b", genotypes.pgen),
    (b"COREARRAY", genotypes.gds),
    (b"IDAT", genotypes.array),
    (b"gtc", genotypes.array),
    (b"[CEL]", genotypes.array),
    (b"\x40\0\0\0\x04", genotypes.array),
    (b"\x3b\x01", genotypes.array),
    (b"PBI\x01", pacbio.index),
    (b"NCBI.sra", reads.sra),
    (b"\x01\x00", illumina.grouped_base_calls),
)

_TEXT: tuple[Recogniser, ...] = (
    encryption.by_magic,
    variants.vcf,
    alignment.sam,
    reads.fastq,
    illumina.sample_sheet,
    illumina.run_info,
    illumina.run_manifest,
    illumina.read_statistics,
    nanopore.sequencing_summary,
    pacbio.dataset,
    genotypes.mutation_annotation,
    genotypes.consumer,
    indices.fai,
    indices.crai,
    genotypes.eigenstrat,
    genotypes.table,
)

# Formats without a signature: sizes that must agree, tried last.
_BINARY: tuple[Recogniser, ...] = (
    genotypes.bgen,
    indices.gzi,
    encryption.by_magic,
    illumina.base_calls,
    illumina.positions_and_filters,
    illumina.interop,
    encryption.uniform,
)


_CONTROLS = frozenset(range(32)) - frozenset(b"\t\n\r\f\v\x1b")


def why_unknown(head: Head) -> str:
    """Say why no format fits."""
    if head.failure is not None:
        return head.failure
    if not head.data:
        return EMPTY
    return PLAIN_TEXT if is_text(head.data) else "no known signature"


def is_text(data: bytes) -> bool:
    """Say whether these bytes read as text: no control characters but white space."""
    return not _CONTROLS.intersection(data[:4096])


def recognise(head: Head) -> Finding | None:
    """Give what the first fitting format finds in the head."""
    data = head.data
    for magic, recogniser in _BY_MAGIC:
        if data.startswith(magic):
            finding = recogniser(head)
            if finding is not None:
                return finding
    for recogniser in _TEXT if is_text(data) else _BINARY:
        finding = recogniser(head)
        if finding is not None:
            return finding
    return None
