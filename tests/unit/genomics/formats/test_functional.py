from pathlib import Path

import pytest

from strandwatch.domain.file import Category, FileFormat, Species
from strandwatch.domain.sample import NO_PERSONS
from support.genomics_files import facts_of, identified

GOLDEN = Path(__file__).parents[3] / "data" / "genomics"


@pytest.mark.parametrize(
    ("form", "text"),
    [
        (FileFormat.BED, "chr1\t10\t20\tx\t0\t+\nchr1\t30\t40\ty\t0\t-\n"),
        (FileFormat.BED, "track name=x\nchr1 10 20\nchr2 30 40\n"),
        (FileFormat.BED, "#chrom\tstart\tend\n1\t10\t20\n"),
        (FileFormat.BEDGRAPH, "chr1\t0\t10\t0.5\nchr1\t10\t20\t1.5e-3\n"),
        (FileFormat.BEDPE, "chr1\t1\t9\tchr2\t4\t8\tx\t0\t+\t-\n"),
        (FileFormat.WIG, "track type=wiggle_0\nfixedStep chrom=chr1 start=1 step=1\n0.1\n"),
        (FileFormat.GFF, "##gff-version 3\nchr1\tx\tgene\t1\t9\t.\t+\t.\tID=a\n"),
        (FileFormat.GTF, 'chr1\tx\texon\t1\t9\t.\t+\t.\tgene_id "a";\n'),
        (FileFormat.CHAIN, "chain 4900 chr1 100 + 0 90 chr1 100 + 0 90 1\n90\n\n"),
    ],
)
def test_places_are_known_and_hold_nobody(tmp_path: Path, form: FileFormat, text: str) -> None:
    facts = identified(tmp_path, text.encode())

    assert (facts.format, facts.category, facts.persons) == (form, Category.NONE, NO_PERSONS)


@pytest.mark.parametrize(
    ("form", "text"),
    [
        (
            FileFormat.BISMARK_COVERAGE,
            "chr1\t10\t10\t66.6666666666\t2\t1\nchr1\t12\t12\t0\t0\t3\n",
        ),
        (FileFormat.BISMARK_CYTOSINE, "chr1\t10\t+\t2\t1\tCG\tCGA\nchr1\t12\t-\t0\t3\tCHH\tCTT\n"),
        (
            FileFormat.BEDMETHYL,
            "chr1\t10\t11\tm\t5\t+\t10\t11\t255,0,0\t5\t80.00\t4\t1\t0\t0\t0\t0\t0\n",
        ),
    ],
)
def test_methylation_calls_are_epigenomic(tmp_path: Path, form: FileFormat, text: str) -> None:
    facts = identified(tmp_path, text.encode())

    assert (facts.format, facts.category) == (form, Category.EPIGENOMIC)


def test_a_sixth_column_that_does_not_add_up_is_no_methylation(tmp_path: Path) -> None:
    facts = identified(tmp_path, b"chr1\t10\t10\t50\t2\t1\n")

    assert facts.format is FileFormat.BED


def test_bigwig_tells_its_organism() -> None:
    facts = facts_of(GOLDEN / "human.bw")

    assert (facts.format, facts.category) == (FileFormat.BIGWIG, Category.EPIGENOMIC)
    assert (facts.species, facts.build) == (Species.HUMAN, "GRCh38")


@pytest.mark.parametrize("text", ["a\t1\n", "x y z\n1 2 3\n", "2024\t10\t20\n", "a\tb\tc\n"])
def test_other_tables_are_no_places(tmp_path: Path, text: str) -> None:
    assert identified(tmp_path, text.encode()).format is FileFormat.UNKNOWN
