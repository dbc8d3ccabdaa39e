"""Expression: count tables, quantifications, 10x folders, R objects; species by gene names."""

from strandwatch.domain.file import Category, Evidence, FileFormat
from strandwatch.domain.sample import PersonCount
from strandwatch.genomics.finding import Finding, no_persons
from strandwatch.genomics.formats.hdf5 import species_of_features
from strandwatch.genomics.head import Head

_R_MAGICS = (b"RDX2\n", b"RDX3\n", b"RDA2\n", b"RDA3\n", b"X\n\0\0\0\x02", b"X\n\0\0\0\x03",
             b"A\n2\n", b"A\n3\n")  # fmt: skip
_QUANTIFICATIONS = (
    b"Name\tLength\tEffectiveLength\tTPM\tNumReads",
    b"target_id\tlength\teff_length\test_counts\ttpm",
    b"gene_id\ttranscript_id(s)\tlength\teffective_length\texpected_count",
    b"transcript_id\tgene_id\tlength\teffective_length\texpected_count",
    b"tracking_id\tclass_code\tnearest_ref_id\tgene_id",
    b"Gene ID\tGene Name\tReference\tStrand\tStart\tEnd\tCoverage\tFPKM\tTPM",
    b"N_unmapped\t",
)
_GENE_IDS = (b"ENSG", b"ENST", b"ENSMUSG", b"ENSRNOG", b"ENSDARG", b"FBgn", b"WBGene")
_FEATURE_COUNTS = b"Geneid\tChr\tStart\tEnd\tStrand\tLength\t"
_GENE_COLUMNS = frozenset(
    (b"", b"gene", b"genes", b"gene_id", b"geneid", b"id", b"ensembl_id", b"ensembl", b"symbol",
     b"gene_name", b"gene_symbol", b"name", b"feature", b"feature_id", b"transcript_id",
     b"target_id")
)  # fmt: skip


def table(head: Head) -> Finding | None:
    """Recognise quantifications of one sample and count tables with a column per sample."""
    data = head.data
    if data.startswith(_QUANTIFICATIONS):
        return _expression(FileFormat.QUANTIFICATION, data, ())
    if data.startswith((b"# Program:featureCounts", _FEATURE_COUNTS)):
        lines = data.split(b"\n", 3)
        header = next((line for line in lines if line.startswith(_FEATURE_COUNTS)), b"")
        columns = tuple(header.rstrip(b"\r").split(b"\t")[6:])
        return _expression(FileFormat.COUNT_TABLE, data, columns)
    return _count_table(head)


def _count_table(head: Head) -> Finding | None:
    lines = head.data.split(b"\n", 30)
    lines.pop()
    if len(lines) < 3:
        return None
    separator = b"\t" if b"\t" in lines[1] else b","
    header = [field.strip(b'"\r') for field in lines[0].split(separator)]
    body = [[field.strip(b'"\r') for field in line.split(separator)] for line in lines[1:]]
    width = len(body[0])
    if width < 2 or len(header) not in (width, width - 1) or not _is_counts(body, width):
        return None
    columns = header[1:] if len(header) == width else header
    genes = _gene_like(body)
    if header[0].lower() not in _GENE_COLUMNS and not genes:
        return None
    return _expression(FileFormat.COUNT_TABLE, head.data, tuple(columns)) if genes else None


def _is_counts(body: list[list[bytes]], width: int) -> bool:
    return all(
        len(row) == width and row[0] and all(_is_number(field) for field in row[1:201])
        for row in body
    )


def _is_number(field: bytes) -> bool:
    return field.replace(b".", b"", 1).isdigit() or field in (b"NA", b"0.0")


def _gene_like(body: list[list[bytes]]) -> bool:
    return all(
        row[0].startswith(
            (b"ENSG", b"ENST", b"ENSMUSG", b"ENSRNOG", b"ENSDARG", b"FBgn", b"WBGene")
        )
        for row in body
        if not row[0].startswith((b"__", b"N_", b"ERCC"))
    )


def _expression(kind: FileFormat, data: bytes, columns: tuple[bytes, ...]) -> Finding:
    species, build, evidence = species_of_features(data)
    names = tuple(dict.fromkeys(_sample_of(column) for column in columns if column))
    return Finding(
        format=kind,
        category=Category.TRANSCRIPTOMIC,
        names=names[:1001],
        more_names=len(names) > 1001,
        named_by_file=not names,
        persons=None if names else PersonCount(1, None),
        species=species,
        build=build,
        evidence=evidence,
    )


def _sample_of(column: bytes) -> bytes:
    """Give the sample of a column that may be the path of its BAM."""
    name = column.rsplit(b"/", 1)[-1]
    for ending in (b".bam", b".Aligned.sortedByCoord.out", b".sorted", b".markdup"):
        name = name.removesuffix(ending)
    return name


def matrix_market(head: Head) -> Finding | None:
    """Recognise a sparse matrix; as one of counts only when a cell counter wrote it."""
    if not head.data.startswith((b"%%MatrixMarket matrix", b"%MatrixMarket matrix")):
        return None
    ours = b"%metadata_json" in head.data[:4096] or head.name.startswith(("matrix.mtx", "counts"))
    return Finding(
        format=FileFormat.MATRIX_MARKET,
        category=Category.TRANSCRIPTOMIC if ours else Category.UNKNOWN,
        persons=PersonCount(1, None) if ours else None,
    )


def tenx_lists(head: Head) -> Finding | None:
    """Recognise the barcode and feature lists beside a 10x matrix."""
    lines = head.data[:8192].split(b"\n")[:-1][:50]
    if len(lines) < 2:
        return None
    if all(_is_barcode(line.rstrip(b"\r")) for line in lines):
        libraries = {line.rstrip(b"\r").rsplit(b"-", 1)[-1] for line in lines}
        evidence = Evidence("libraries-in-head", str(len(libraries)))
        return no_persons(FileFormat.COUNT_TABLE, evidence, category=Category.METADATA)
    rows = [line.rstrip(b"\r").split(b"\t") for line in lines]
    if all(len(row) in (2, 3) and row[0].startswith(b"ENS") for row in rows):
        return no_persons(FileFormat.COUNT_TABLE, category=Category.METADATA)
    return None


def _is_barcode(line: bytes) -> bool:
    bases, dash, number = line.partition(b"-")
    return len(bases) in (14, 16) and not bases.strip(b"ACGT") and bool(dash) and number.isdigit()


def r_object(head: Head) -> Finding | None:
    """Recognise a saved R object; what is in it is not read."""
    if not head.data.startswith(_R_MAGICS):
        return None
    return Finding(format=FileFormat.R_OBJECT, category=Category.UNKNOWN)
