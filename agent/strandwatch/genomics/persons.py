"""Persons: sample names turned into keyed hashes within a scope, and counted with both bounds.

"S1" in two projects is two people, so a name means one person only within its scope: the project or
run folder that the file lies in. A tumour and its normal are one person; names that say so are
merged in the lower bound, and an operator's subject map merges what names do not say.
"""

import hashlib
import posixpath
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from strandwatch.domain.sample import NO_PERSONS, PersonCount, SampleKey

SubjectMap = Mapping[bytes, str]
"""Operator's knowledge: sample name to subject, the same in every scope."""

_NANOPORE_FOLDER = re.compile(r"\d{8}_\d{4}_[A-Za-z0-9-]{1,20}_[A-Za-z0-9-]{3,20}_[0-9a-f]{6,8}")
_RUN_FOLDER = re.compile(
    r"\d{6,8}_[A-Za-z0-9-]{2,20}_\d{1,6}_[A-Za-z0-9-]{4,40}"  # Illumina
    r"|\d{8}_\d{4}_[A-Za-z0-9-]{1,20}_[A-Za-z0-9-]{3,20}_[0-9a-f]{6,8}"  # ONT
    r"|r\d{5}e?[A-Za-z]?_\d{8}_\d{6}"  # PacBio
    r"|\d{8}_[A-Z]{2}\d{6}_[A-Za-z0-9_-]{1,60}"  # Element
)

# Folders that pipelines make inside a project; a file's project is above them.
_STRUCTURE_WORDS = """
    fastq fastqs fq reads raw raw_data rawdata data bam bams cram crams alignment alignments aligned
    mapped mapping vcf vcfs gvcf gvcfs variants variant_calling calls result results output outputs
    out work tmp temp analysis final plink pgen bgen genotypes pod5 fast5 pod5_pass pod5_fail
    fast5_pass fast5_fail fastq_pass fastq_fail bam_pass bam_fail pass fail counts rna dna unaligned
    basecalls intensities
"""
_STRUCTURE = frozenset(_STRUCTURE_WORDS.split())

_READ_SUFFIX = re.compile(
    rb"(?:_S\d{1,5})?(?:_L\d{3})?[._](?:R[12]|I[12]|[12]|read[12])(?:_001)?$"
    rb"|_S\d{1,5}(?:_L\d{3})?$|_L\d{3}$",
    re.IGNORECASE,
)
_CHUNK_SUFFIX = re.compile(rb"(?:_(?:pass|fail))?(?:_[0-9a-f]{8}){1,2}_\d{1,6}$")
_EXTENSION_WORDS = b"""
    gz bgz bgzf bz2 xz zst lz4 fastq fq fasta fa fna bam cram sam ubam vcf gvcf bcf g bed bim fam
    txt tsv csv pod5 fast5 slow5 blow5 ora c4gh gpg pgp age enc tar tgz zip sorted dedup markdup md
    recal filtered raw idat gtc cel h5 h5ad loom mtx
"""
_EXTENSIONS = frozenset(_EXTENSION_WORDS.split())
_NAMELESS_WORDS = b"""
    undetermined reads read sample out output merged all unknown data test file tmp input stdin
    aligned unaligned variants calls
"""
_NAMELESS = frozenset(_NAMELESS_WORDS.split())
_ROLE = re.compile(
    rb"(?:^|[_.-])(?:tumou?r|normal|blood|germline|somatic|tn|tp|nb|nt|t|n)(?:[_.-]?\d)?$"
    rb"|^(?:tumou?r|normal)(?=[_.-])",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Persons:
    """The samples of one file as keys, and how many persons they are."""

    samples: tuple[SampleKey, ...]
    count: PersonCount


NOBODY = Persons((), NO_PERSONS)


def read_subjects(data: bytes) -> SubjectMap:
    """Read a subject map: sample and subject, separated by a tab; # begins a comment line.

    Raises ValueError that names the first line of another form.
    """
    subjects: dict[bytes, str] = {}
    for number, line in enumerate(data.splitlines(), 1):
        if not line.strip() or line.startswith(b"#"):
            continue
        fields = [field.strip() for field in line.split(b"\t")]
        if len(fields) != 2 or not all(fields):
            raise ValueError(f"line {number} is not a sample and a subject separated by a tab")
        subjects[fields[0]] = fields[1].decode("utf-8", "surrogateescape")
    return subjects


class SampleHasher:
    """Turns names into keys; without the secret key a key cannot be turned back by guessing."""

    __slots__ = ("_key", "_subjects")

    def __init__(self, key: bytes, subjects: SubjectMap | None = None) -> None:
        if not 16 <= len(key) <= 64:
            raise ValueError("the key for sample hashes has 16 to 64 bytes")
        self._key = key
        self._subjects = dict(subjects or {})

    def persons(self, names: Iterable[bytes], scope: str, *, more: bool = False) -> Persons:
        """Hash these distinct names; `more` says that the file holds yet others."""
        distinct = list(dict.fromkeys(names))
        keys = tuple(dict.fromkeys(self._sample(name, scope) for name in distinct))
        people = {self._subjects.get(name) or subject_name(name) for name in distinct}
        return Persons(keys, PersonCount(len(people), None if more else len(keys)))

    def _sample(self, name: bytes, scope: str) -> SampleKey:
        subject = self._subjects.get(name)
        if subject is not None:
            digest = self._digest(b"subject\0" + subject.encode("utf-8", "surrogateescape"))
            return SampleKey(digest, digest)
        within = scope.encode("utf-8", "surrogateescape")
        scoped = self._digest(within + b"\0" + name)
        return SampleKey(scoped, self._digest(b"\0" + subject_name(name)))

    def _digest(self, data: bytes) -> str:
        return hashlib.blake2b(data, digest_size=16, key=self._key).hexdigest()


def subject_name(name: bytes) -> bytes:
    """Give the name without a word for tumour or normal at its end or beginning."""
    match = _ROLE.search(name[:200])
    if match is None:
        return name
    rest = name[: match.start()] + name[match.end() :]
    return rest.strip(b"_.-")


def scope_of(path: str) -> str:
    """Give the folder within which a sample name means one person: the run or the project."""
    folder = posixpath.dirname(posixpath.normpath(path))
    parts = folder.split("/")
    for depth, part in enumerate(parts, 1):
        if _RUN_FOLDER.fullmatch(part):
            return "/".join(parts[:depth])
    while len(parts) > 2 and parts[-1].lower() in _STRUCTURE:
        parts.pop()
    return "/".join(parts)


def run_folder_of(path: str) -> str | None:
    """Give the sequencer's run folder that the file lies in, when its name has the form of one."""
    parts = posixpath.dirname(posixpath.normpath(path)).split("/")
    for depth, part in enumerate(parts, 1):
        if _RUN_FOLDER.fullmatch(part):
            return "/".join(parts[:depth])
    return None


def _nanopore_sample(path: str) -> bytes | None:
    folder = run_folder_of(path)
    if folder is None or not _NANOPORE_FOLDER.fullmatch(folder.rpartition("/")[2]):
        return None
    inside = path.removeprefix(folder).split("/")
    barcode = next((part for part in inside[:-1] if part.startswith("barcode")), "")
    sample = folder.split("/")[-2] if folder.count("/") else ""
    return f"{sample}/{barcode}".encode("utf-8", "surrogateescape")


def sample_from_file_name(path: str) -> bytes | None:
    """Give the sample that a demultiplexed file is named after; None when it names none.

    Nanopore runs write many numbered files a sample: there the folders name it.
    """
    if (named := _nanopore_sample(path)) is not None:
        return named
    stem = posixpath.basename(path).encode("utf-8", "surrogateescape")[:255]
    while b"." in stem and stem.rsplit(b".", 1)[1].lower() in _EXTENSIONS:
        stem = stem.rsplit(b".", 1)[0]
    stem = _READ_SUFFIX.sub(b"", _CHUNK_SUFFIX.sub(b"", stem))
    return stem if stem and stem.lower() not in _NAMELESS else None
