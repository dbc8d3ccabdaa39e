from pathlib import Path

import pytest

from strandwatch.domain.file import Category, FileFormat, Species
from strandwatch.domain.sample import PersonCount
from support.genomics_files import gzipped, identified

COUNTS = (
    "gene\tA\tB\tC\nENSG00000000003.15\t5\t0\t9\n"
    "ENSG00000000005.6\t0\t0\t1\nENSG00000000419.14\t1\t2\t3\n"
)


def test_the_columns_of_a_count_table_are_persons(tmp_path: Path) -> None:
    facts = identified(tmp_path, COUNTS.encode())

    assert (facts.format, facts.category) == (FileFormat.COUNT_TABLE, Category.TRANSCRIPTOMIC)
    assert (facts.species, facts.persons) == (Species.HUMAN, PersonCount(3, 3))


def test_gene_identifiers_of_mice_are_no_persons(tmp_path: Path) -> None:
    facts = identified(tmp_path, COUNTS.replace("ENSG00", "ENSMUSG00").encode())

    assert (facts.species, facts.persons) == (Species.NONHUMAN, PersonCount(0, 0))


def test_feature_counts_names_its_samples_by_paths(tmp_path: Path) -> None:
    text = (
        '# Program:featureCounts v2.0.3; Command:"featureCounts"\n'
        "Geneid\tChr\tStart\tEnd\tStrand\tLength\t/data/A.bam\t/data/B.sorted.bam\n"
        "ENSG00000000003\tchrX\t1\t9\t-\t9\t4\t5\n"
    )

    facts = identified(tmp_path, text.encode())

    assert (facts.format, facts.persons) == (FileFormat.COUNT_TABLE, PersonCount(2, 2))


@pytest.mark.parametrize(
    "header",
    [
        "Name\tLength\tEffectiveLength\tTPM\tNumReads",
        "target_id\tlength\teff_length\test_counts\ttpm",
        "gene_id\ttranscript_id(s)\tlength\teffective_length\texpected_count\tTPM\tFPKM",
    ],
)
def test_quantifications_are_of_one_sample(tmp_path: Path, header: str) -> None:
    facts = identified(tmp_path, f"{header}\nENST00000456328\t1\t1\t1\t1\n".encode(), "quant.sf")

    assert (facts.format, facts.species) == (FileFormat.QUANTIFICATION, Species.HUMAN)
    assert facts.persons.at_least == 1


def test_a_sparse_matrix_is_counts_when_a_cell_counter_wrote_it(tmp_path: Path) -> None:
    start = b"%%MatrixMarket matrix coordinate integer general\n"

    ours = identified(tmp_path, start + b'%metadata_json: {"format_version": 2}\n3 3 1\n1 1 1\n')
    other = identified(tmp_path, start + b"%\n3 3 1\n1 1 1\n")

    assert (ours.format, ours.category) == (FileFormat.MATRIX_MARKET, Category.TRANSCRIPTOMIC)
    assert other.category is Category.UNKNOWN


def test_lists_beside_a_matrix_are_metadata(tmp_path: Path) -> None:
    barcodes = identified(tmp_path, b"AAACCTGAGAAACCAT-1\nAAACCTGAGAAACCGC-1\n")
    features = identified(tmp_path, b"ENSG00000243485\tMIR\tX\nENSG00000237613\tF\tX\n")

    assert barcodes.category is features.category is Category.METADATA


@pytest.mark.parametrize("start", [b"RDX3\nX\n\0\0\0\3", b"X\n\0\0\0\2\0\4"])
def test_saved_r_objects_are_known(tmp_path: Path, start: bytes) -> None:
    assert identified(tmp_path, gzipped(start + bytes(50))).format is FileFormat.R_OBJECT


def test_other_number_tables_are_no_counts(tmp_path: Path) -> None:
    facts = identified(tmp_path, b"year\tsales\n2020\t5\n2021\t6\n2022\t7\n")

    assert facts.format is FileFormat.UNKNOWN
