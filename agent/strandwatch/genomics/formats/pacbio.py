"""PacBio: the index beside a BAM, and data set descriptions; its reads are BAM."""

from strandwatch.domain.file import Category, FileFormat, RunFacts
from strandwatch.domain.sample import NO_PERSONS
from strandwatch.genomics.finding import Finding, attribute_values, no_persons, plain_word
from strandwatch.genomics.head import Head

_SETS = (
    b"SubreadSet", b"ConsensusReadSet", b"AlignmentSet", b"ConsensusAlignmentSet", b"HdfSubreadSet",
    b"TranscriptSet", b"BarcodeSet", b"ReferenceSet", b"ContigSet", b"PacBioDataModel",
)  # fmt: skip


def index(head: Head) -> Finding | None:
    """Recognise .pbi by its magic."""
    return no_persons(FileFormat.PBI) if head.data.startswith(b"PBI\x01") else None


def dataset(head: Head) -> Finding | None:
    """Read sample names and movie from a data set's XML."""
    start = head.data[:4096]
    if (
        start.lstrip(b"\xef\xbb\xbf \r\n")[:1] != b"<"
        or b"pacificbiosciences.com" not in start.lower()
    ):
        return None
    if not any(b"<" + name in start or b":" + name in start for name in _SETS):
        return None
    data = head.more(head.budget.input_bytes)
    names: list[bytes] = []
    for prefix in (b"pbsample:BioSample ", b"BioSample "):
        names += attribute_values(data, prefix, b"Name", head.budget.names)
    for prefix in (b"pbsample:WellSample ", b"WellSample "):
        names = names or attribute_values(data, prefix, b"Name", head.budget.names)
    movies = attribute_values(data, b"pbmeta:CollectionMetadata ", b"Context", 1)
    return Finding(
        format=FileFormat.PACBIO_DATASET,
        category=Category.METADATA,
        names=tuple(dict.fromkeys(names)),
        persons=None if names else NO_PERSONS,
        run=RunFacts(run_id=plain_word(movies[0])) if movies else None,
    )
