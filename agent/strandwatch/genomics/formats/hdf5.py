"""HDF5 containers: FAST5, 10x matrices, AnnData, Loom, told apart by the names stored in them.

HDF5's own library is a C parser with a long list of defects on crafted files, so it is not used:
group and attribute names lie in plain in the file's heaps, and a bounded search finds them.
"""

import re

from strandwatch.domain.file import Category, Evidence, FileFormat, Species
from strandwatch.domain.sample import PersonCount
from strandwatch.genomics.finding import Finding
from strandwatch.genomics.head import Head

_MAGIC = b"\x89HDF\r\n\x1a\n"
_LOOKED_AT = 512 << 10
_TAIL = 128 << 10
_WORDS = re.compile(rb"[A-Za-z0-9_.:-]{1,80}")
_MULTI_READ = re.compile(rb"read_[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}")

_KINDS: tuple[tuple[FileFormat, Category, frozenset[bytes]], ...] = (
    (FileFormat.FAST5, Category.GENOMIC, frozenset((b"UniqueGlobalKey",))),
    (FileFormat.LOOM, Category.TRANSCRIPTOMIC, frozenset((b"row_attrs", b"col_attrs"))),
    (FileFormat.H5AD, Category.TRANSCRIPTOMIC, frozenset((b"encoding-type", b"obs", b"var"))),
    (FileFormat.TENX_H5, Category.TRANSCRIPTOMIC, frozenset((b"barcodes", b"indptr", b"features"))),
    (FileFormat.TENX_H5, Category.TRANSCRIPTOMIC, frozenset((b"barcodes", b"indptr", b"genes"))),
)


def hdf5(head: Head) -> Finding | None:
    """Say which kind of HDF5 file this is."""
    if not head.data.startswith(_MAGIC):
        return None
    data = head.more(_LOOKED_AT)
    if head.size is not None and head.size > len(data):
        data += head.at(max(len(data), head.size - _TAIL), _TAIL)
    words = frozenset(_WORDS.findall(data))
    if _MULTI_READ.search(data) and words & {b"tracking_id", b"channel_id", b"Raw"}:
        return _signal()
    for kind, category, marks in _KINDS:
        if marks <= words:
            return _signal() if kind is FileFormat.FAST5 else _matrix(kind, category, data)
    return Finding(format=FileFormat.HDF5, category=Category.UNKNOWN)


def _signal() -> Finding:
    return Finding(
        format=FileFormat.FAST5,
        category=Category.GENOMIC,
        named_by_file=True,
        persons=PersonCount(1, None),
    )


def _matrix(kind: FileFormat, category: Category, data: bytes) -> Finding:
    species, build, evidence = species_of_features(data)
    return Finding(
        format=kind,
        category=category,
        species=species,
        build=build,
        persons=PersonCount(1, None),
        named_by_file=True,
        evidence=evidence,
    )


_GENE_IDS = (
    (re.compile(rb"ENS[GTP]\d{11}"), Species.HUMAN, "ENSG"),
    (re.compile(rb"ENS[A-Z]{3}[GTP]\d{11}"), Species.NONHUMAN, "of another organism"),
    (re.compile(rb"\b(?:FBgn\d{7}|WBGene\d{8}|AT[1-5]G\d{5})\b"), Species.NONHUMAN, "model"),
)
_GENOMES = {
    b"GRCh38": (Species.HUMAN, "GRCh38"),
    b"hg38": (Species.HUMAN, "GRCh38"),
    b"GRCh37": (Species.HUMAN, "GRCh37"),
    b"hg19": (Species.HUMAN, "GRCh37"),
    b"mm10": (Species.NONHUMAN, None),
    b"mm39": (Species.NONHUMAN, None),
    b"GRCm38": (Species.NONHUMAN, None),
    b"GRCm39": (Species.NONHUMAN, None),
}


def species_of_features(
    data: bytes,
) -> tuple[Species | None, str | None, tuple[Evidence, ...]]:
    """Judge by gene identifiers and by genome names."""
    found = {species: Evidence("gene-ids", name) for regex, species, name in _GENE_IDS
             if regex.search(data)}  # fmt: skip
    build = None
    for word, (species, known) in _GENOMES.items():
        if word in data:
            build = build or known
            found.setdefault(species, Evidence("genome-name", word.decode()))
    if not found:
        return None, None, ()
    species = Species.MIXED if len(found) > 1 else next(iter(found))
    return species, build, tuple(found.values())
