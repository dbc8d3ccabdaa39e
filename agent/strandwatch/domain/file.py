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

    FASTQ = "fastq"
    SRA = "sra"
    BCL = "bcl"
    CBCL = "cbcl"
    ILLUMINA_FILTER = "illumina-filter"
    ILLUMINA_LOCS = "illumina-locs"
    ILLUMINA_CLOCS = "illumina-clocs"
    ILLUMINA_BCI = "illumina-bci"
    INTEROP = "interop"
    RUN_INFO = "run-info"
    RUN_PARAMETERS = "run-parameters"
    SAMPLE_SHEET = "sample-sheet"
    RUN_MANIFEST = "run-manifest"
    RUN_STATISTICS = "run-statistics"
    POD5 = "pod5"
    FAST5 = "fast5"
    SLOW5 = "slow5"
    BLOW5 = "blow5"
    SEQUENCING_SUMMARY = "sequencing-summary"
    PBI = "pbi"
    PACBIO_DATASET = "pacbio-dataset"

    BAM = "bam"
    CRAM = "cram"
    SAM = "sam"
    PAF = "paf"
    BAI = "bai"
    CSI = "csi"
    TBI = "tbi"
    CRAI = "crai"
    GZI = "gzi"
    FAI = "fai"
    SEQUENCE_DICTIONARY = "sequence-dictionary"
    INTERVAL_LIST = "interval-list"

    VCF = "vcf"
    BCF = "bcf"
    PLINK_BED = "plink-bed"
    PLINK_BIM = "plink-bim"
    PLINK_FAM = "plink-fam"
    PLINK_PED = "plink-ped"
    PLINK_MAP = "plink-map"
    PGEN = "pgen"
    PVAR = "pvar"
    PSAM = "psam"
    BGEN = "bgen"
    OXFORD_GEN = "oxford-gen"
    OXFORD_SAMPLE = "oxford-sample"
    EIGENSTRAT = "eigenstrat"
    GDS = "gds"
    HAIL_TABLE = "hail-table"
    VCF_ZARR = "vcf-zarr"
    MUTATION_ANNOTATION = "mutation-annotation"
    CONSUMER_GENOTYPES = "consumer-genotypes"
    IDAT = "idat"
    GTC = "gtc"
    CEL = "cel"

    FASTA = "fasta"
    TWOBIT = "2bit"
    NIB = "nib"
    GFA = "gfa"

    BED = "bed"
    BEDPE = "bedpe"
    BEDGRAPH = "bedgraph"
    WIG = "wig"
    GFF = "gff"
    GTF = "gtf"
    CHAIN = "chain"
    BIGWIG = "bigwig"
    BIGBED = "bigbed"
    BEDMETHYL = "bedmethyl"
    BISMARK_COVERAGE = "bismark-coverage"
    BISMARK_CYTOSINE = "bismark-cytosine"
    MATRIX_MARKET = "matrix-market"
    TENX_H5 = "10x-h5"
    H5AD = "h5ad"
    LOOM = "loom"
    HDF5 = "hdf5"
    R_OBJECT = "r-object"
    COUNT_TABLE = "count-table"
    QUANTIFICATION = "quantification"

    MZML = "mzml"
    MZXML = "mzxml"
    MZIDENTML = "mzidentml"
    MGF = "mgf"
    THERMO_RAW = "thermo-raw"

    REPORT = "report"
    HTSGET = "htsget"
    ACCESSION_LIST = "accession-list"

    TAR = "tar"
    ZIP = "zip"
    SEVENZIP = "7z"
    RAR = "rar"
    CPIO = "cpio"
    SQUASHFS = "squashfs"

    CRYPT4GH = "crypt4gh"
    OPENPGP = "openpgp"
    AGE = "age"
    OPENSSL = "openssl"
    CMS = "cms"
    LUKS = "luks"
    ENCRYPTED = "encrypted"

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
    BIOMETRIC = "biometric"
    GEOLOCATION = "precise_geolocation"
    HEALTH = "personal_health"
    FINANCIAL = "personal_financial"
    IDENTIFIERS = "covered_identifiers"
    GOVERNMENT_RELATED = "government_related"
    CONTROLLED_ACCESS = "controlled_access"
    """What no content tells: a file has these by the operator's word about its data set."""


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


WORKER_FAILED = "worker failed"
"""The reason when nobody could look: the file may be anything, a genome included."""


def unidentified(reason: str) -> FileFacts:
    """Give the facts about a file of which nothing is known, with the reason."""
    return FileFacts(format=FileFormat.UNKNOWN, category=Category.UNKNOWN, unknown_reason=reason)


def is_omic(facts: FileFacts) -> bool:
    """Tell whether a file holds 'omic data, of whatever species."""
    return facts.category in OMIC_CATEGORIES


def could_be_omic(facts: FileFacts | None) -> bool:
    """Tell whether a file holds 'omic data or was never looked into."""
    return facts is None or is_omic(facts) or facts.unknown_reason == WORKER_FAILED
