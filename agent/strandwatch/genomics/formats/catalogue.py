"""The catalogue: one row per format, in the order in which they are tried."""

from collections.abc import Callable

from strandwatch.genomics.finding import Finding
from strandwatch.genomics.formats import alignment, reads, variants
from strandwatch.genomics.head import Head

Recogniser = Callable[[Head], Finding | None]

_BY_MAGIC: tuple[tuple[bytes, Recogniser], ...] = (
    (b"BAM\x01", alignment.bam),
    (b"CRAM", alignment.cram),
    (b"BCF", variants.bcf),
)

_TEXT: tuple[Recogniser, ...] = (
    variants.vcf,
    alignment.sam,
    reads.fastq,
)


def recognise(head: Head) -> Finding | None:
    """Give what the first fitting format finds in the head."""
    data = head.data
    for magic, recogniser in _BY_MAGIC:
        if data.startswith(magic):
            finding = recogniser(head)
            if finding is not None:
                return finding
    for recogniser in _TEXT:
        finding = recogniser(head)
        if finding is not None:
            return finding
    return None
