"""A file and what its content says: format, category, species, samples, persons."""

from dataclasses import dataclass
from enum import StrEnum

from strandwatch.domain.sample import UNKNOWN_PERSONS, PersonCount, SampleKey


@dataclass(frozen=True, slots=True)
class FileKey:
    """A file's identity: device number and inode."""

    device: int
    inode: int


@dataclass(frozen=True, slots=True)
class FileVersion:
    """One state of a file's content: facts about it hold until size or mtime change."""

    key: FileKey
    size_bytes: int
    modified_ns: int


class FileFormat(StrEnum):
    """Formats by the names that the record and `inspect` use."""

    BAM = "bam"
    CRAM = "cram"
    SAM = "sam"
    VCF = "vcf"
    BCF = "bcf"
    FASTQ = "fastq"
    FASTA = "fasta"
    UNKNOWN = "unknown"


class Compression(StrEnum):
    """Layers of compression, outermost first in `FileFacts.compression`."""

    GZIP = "gzip"
    BGZF = "bgzf"
    ZSTD = "zstd"
    XZ = "xz"
    BZIP2 = "bzip2"
    LZ4 = "lz4"


class Category(StrEnum):
    """Data categories; genomic to proteomic are those of 28 CFR 202.224(a)(1)-(4)."""

    GENOMIC = "genomic"
    TRANSCRIPTOMIC = "transcriptomic"
    EPIGENOMIC = "epigenomic"
    PROTEOMIC = "proteomic"
    METADATA = "metadata"
    NONE = "none"
    UNKNOWN = "unknown"


OMIC_CATEGORIES = frozenset(
    {Category.GENOMIC, Category.TRANSCRIPTOMIC, Category.EPIGENOMIC, Category.PROTEOMIC}
)


class Species(StrEnum):
    """Whose data it is; primates that cannot be told from humans count as human."""

    HUMAN = "human"
    NONHUMAN = "nonhuman"
    MIXED = "mixed"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Evidence:
    """One reason for a fact: which kind of sign, and what it said."""

    kind: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFacts:
    """The sequencing run that a file belongs to, as far as its folder or header tells."""

    run_id: str | None = None
    instrument: str | None = None
    flow_cell: str | None = None
    project: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FileFacts:
    """What a file is, by its content alone."""

    format: FileFormat
    category: Category
    species: Species = Species.UNKNOWN
    compression: tuple[Compression, ...] = ()
    container: str | None = None
    """Archive or encryption around the content: tar, zip, crypt4gh, ..."""
    build: str | None = None
    """Reference build by its usual name: GRCh37, GRCh38, T2T-CHM13, ..."""
    samples: tuple[SampleKey, ...] = ()
    persons: PersonCount = UNKNOWN_PERSONS
    run: RunFacts | None = None
    evidence: tuple[Evidence, ...] = ()
    partial: bool = False
    """True when the budget ended before the header did."""
    unknown_reason: str | None = None
    """Why the format is unknown; None when it is known."""


def unidentified(reason: str) -> FileFacts:
    """Give the facts about a file of which nothing is known, with the reason."""
    return FileFacts(format=FileFormat.UNKNOWN, category=Category.UNKNOWN, unknown_reason=reason)
