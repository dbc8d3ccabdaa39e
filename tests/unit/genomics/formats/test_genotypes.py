from pathlib import Path

import pytest

from strandwatch.domain.file import Category, FileFormat, Species
from strandwatch.domain.sample import PersonCount
from support.genomics_files import identified

MAF = (
    "#version 2.4\nHugo_Symbol\tNCBI_Build\tTumor_Sample_Barcode\n"
    "TP53\tGRCh38\tTCGA-02-0001-01C-01D\nKRAS\tGRCh38\tTCGA-02-0001-01B\nEGFR\tGRCh38\tTCGA-02-0002-01\n"
)


@pytest.mark.parametrize(
    "content",
    [
        b"# rsid\tchromosome\tposition\tgenotype\n" + b"rs4477212\t1\t82154\tAA\n" * 5,
        b"#AncestryDNA\nrsid\tchromosome\tposition\tallele1\tallele2\n" + b"rs1\t1\t8\tA\tG\n" * 5,
        b"RSID,CHROMOSOME,POSITION,RESULT\n" + b'"rs3094315","1","742429","AA"\n' * 5,
    ],
    ids=["23andMe", "AncestryDNA", "FTDNA"],
)
def test_a_consumer_file_is_one_human(tmp_path: Path, content: bytes) -> None:
    facts = identified(tmp_path, content, "genome_Jane.txt")

    assert (facts.format, facts.species) == (FileFormat.CONSUMER_GENOTYPES, Species.HUMAN)
    assert facts.persons == PersonCount(1, 1)


def test_the_barcodes_of_a_mutation_table_are_persons(tmp_path: Path) -> None:
    facts = identified(tmp_path, MAF.encode())

    assert (facts.format, facts.species) == (FileFormat.MUTATION_ANNOTATION, Species.HUMAN)
    assert facts.persons == PersonCount(2, 2)


def test_a_mutation_table_under_a_long_comment_is_known(tmp_path: Path) -> None:
    content = "## a line of a copied header\n" * 5000 + MAF

    assert identified(tmp_path, content.encode()).format is FileFormat.MUTATION_ANNOTATION


def test_ancestry_maps_count_their_columns(tmp_path: Path) -> None:
    packed = identified(tmp_path, b"GENO      12     500 abcd ef01".ljust(48, b"\0") + bytes(99))
    rows = identified(tmp_path, b"012922010212\n" * 30)

    assert packed.format is rows.format is FileFormat.EIGENSTRAT
    assert packed.persons == rows.persons == PersonCount(12, 12)


@pytest.mark.parametrize(
    ("form", "content"),
    [
        (FileFormat.IDAT, b"IDAT" + (3).to_bytes(8, "little") + bytes(99)),
        (FileFormat.GTC, b"gtc\x05" + bytes(99)),
        (FileFormat.CEL, b"[CEL]\nVersion=3\n"),
        (FileFormat.CEL, b"\x40\0\0\0\x04\0\0\0" + bytes(99)),
        (FileFormat.GDS, b"COREARRAYx0A" + bytes(99)),
    ],
)
def test_arrays_and_stores_are_known_by_magic_and_version(
    tmp_path: Path, form: FileFormat, content: bytes
) -> None:
    facts = identified(tmp_path, content)

    assert (facts.format, facts.category) == (form, Category.GENOMIC)
    assert facts.persons.at_least == 1


def test_a_methylation_chip_is_epigenomic_and_human(tmp_path: Path) -> None:
    content = b"IDAT" + (3).to_bytes(8, "little") + bytes(50) + b"HumanMethylation450" + bytes(50)

    facts = identified(tmp_path, content)

    assert (facts.category, facts.species) == (Category.EPIGENOMIC, Species.HUMAN)


def test_one_long_row_of_a_ped_is_known(tmp_path: Path) -> None:
    facts = identified(tmp_path, b"F1 P1 0 0 1 2 " + b"A G " * 100_000)

    assert facts.format is FileFormat.PLINK_PED
    assert facts.persons == PersonCount(1, None)
    assert facts.partial


def test_a_gtc_by_name_alone_is_none(tmp_path: Path) -> None:
    assert identified(tmp_path, b"gtc2vcf is a program\n").format is FileFormat.UNKNOWN
