"""The catalogue: one row per format, in the order in which they are tried."""

from collections.abc import Callable

from strandwatch.genomics.conclude import EMPTY, ORDINARY, PLAIN_TEXT
from strandwatch.genomics.finding import Finding
from strandwatch.genomics.formats import (
    alignment,
    arrays,
    encryption,
    expression,
    functional,
    genotypes,
    hdf5,
    illumina,
    indices,
    nanopore,
    pacbio,
    pointers,
    proteomic,
    reads,
    sequence,
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
    (b"\x43\x27\x41\x1a", sequence.binary),
    (b"\x1a\x41\x27\x43", sequence.binary),
    (b"\x3a\x3d\xe9\x6b", sequence.binary),
    (b"\x6b\xe9\x3d\x3a", sequence.binary),
    (b"\x26\xfc\x8f\x88", functional.big),
    (b"\x88\x8f\xfc\x26", functional.big),
    (b"\xeb\xf2\x89\x87", functional.big),
    (b"\x87\x89\xf2\xeb", functional.big),
    (b"RD", expression.r_object),
    (b"X\n\0\0\0", expression.r_object),
    (b"A\n", expression.r_object),
    (b"\x01\xa1F\0", proteomic.spectra),
    (b"BAI\x01", indices.by_magic),
    (b"CSI", indices.by_magic),
    (b"TBI\x01", indices.by_magic),
    (b"\x6c\x1b", genotypes.plink_bed),
    (b"\x6c\x1b", genotypes.pgen),
    (b"COREARRAY", genotypes.gds),
    (b"GENO ", genotypes.eigenstrat),
    (b"TGENO ", genotypes.eigenstrat),
    (b"IDAT", arrays.array),
    (b"gtc", arrays.array),
    (b"[CEL]", arrays.array),
    (b"\x40\0\0\0\x04", arrays.array),
    (b"\x3b\x01", arrays.array),
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
    sequence.fasta,
    sequence.gfa,
    pointers.report,
    pointers.pointer,
    proteomic.spectra,
    expression.matrix_market,
    functional.chain,
    genotypes.mutation_annotation,
    genotypes.consumer,
    indices.fai,
    indices.crai,
    genotypes.eigenstrat,
    expression.table,
    expression.tenx_lists,
    functional.paf,
    functional.rows,
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
)


_TEXT_STARTS = (b"#", b"@", b">")
_NO_CONTROLS = bytes(range(32, 256)) + b"\t\n\r\f\v\x1b"


def why_unknown(head: Head) -> str:
    """Say why no format fits."""
    if head.failure is not None:
        return head.failure
    if not head.data:
        return EMPTY
    if is_ordinary(head.data):
        return ORDINARY
    return PLAIN_TEXT if is_text(head.data) else "no known signature"


_ORDINARY = (
    b"\x7fELF", b"\x89PNG\r\n", b"\xff\xd8\xff", b"GIF8", b"RIFF", b"OggS", b"fLaC", b"ID3",
    b"wOFF", b"wOF2", b"\xca\xfe\xba\xbe", b"\0asm", b"!<arch>\n", b"\xde\x12\x04\x95",
    b"OTTO", b"MZ\x90\0", b"\x1aE\xdf\xa3", b"\xed\xab\xee\xdb",
    b"icns", b"II*\0", b"MM\0*", b"TZif", b"BC\xc0\xde",
)  # fmt: skip


def is_ordinary(data: bytes) -> bool:
    """Say whether these bytes begin a program, picture, sound, film or font."""
    return data.startswith(_ORDINARY) or data[4:8] == b"ftyp"


_DOCUMENTS = (b"%PDF-", b"SQLite format 3\0", b"\xd0\xcf\x11\xe0")
"""Formats that are no ciphertext, but may hold a genetic test's result."""


def is_text(data: bytes) -> bool:
    """Say whether these bytes read as text: no control characters but white space."""
    return not data[:4096].translate(None, _NO_CONTROLS)


def recognise(head: Head) -> Finding | None:
    """Give what the first fitting format finds in the head."""
    data = head.data
    for magic, recogniser in _BY_MAGIC:
        if data.startswith(magic):
            finding = recogniser(head)
            if finding is not None:
                return finding
    # A stray control character does not keep a text that begins like one of ours from being one.
    textual = is_text(data) or data[:1] in _TEXT_STARTS
    for recogniser in _TEXT if textual else _BINARY:
        finding = recogniser(head)
        if finding is not None:
            return finding
    if textual or is_ordinary(data) or data.startswith(_DOCUMENTS):
        return None
    return encryption.uniform(head)
