from pathlib import Path

import pytest

from strandwatch.domain.file import Category, FileFormat
from strandwatch.domain.sample import NO_PERSONS, PersonCount
from support.genomics_files import (
    GRCH38,
    a_bam,
    a_sam,
    a_sam_header,
    identified,
    samtools,
)


def _records(sam: str) -> str:
    return "".join(line + "\n" for line in sam.splitlines() if not line.startswith("@"))


def test_records_without_a_header_are_sam(tmp_path: Path) -> None:
    facts = identified(tmp_path, _records(a_sam()).encode(), "S1.sam")

    assert (facts.format, facts.category) == (FileFormat.SAM, Category.GENOMIC)
    assert facts.persons == PersonCount(1, None)


def test_read_groups_without_a_sample_count_by_library(tmp_path: Path) -> None:
    sam = a_sam(samples=("A", "B")).replace("SM:", "LB:")

    assert identified(tmp_path, a_bam(sam)).persons == PersonCount(2, 2)


def test_no_read_groups_means_a_file_named_after_its_sample(tmp_path: Path) -> None:
    content = a_bam(a_sam(samples=()))

    facts = identified(tmp_path, content, "S1.sorted.bam")

    assert facts.persons == PersonCount(1, None)
    assert len(facts.samples) == 1


@pytest.mark.parametrize("version", ["2.1", "3.0", "3.1"])
@pytest.mark.parametrize("level", [0, 1, 9])
def test_cram_headers_are_read_packed_or_not(tmp_path: Path, version: str, level: int) -> None:
    contigs = GRCH38 + tuple((f"decoy_{number}", 1000 + number) for number in range(800))
    form = f"cram,version={version},no_ref=1,level={level}"
    content = samtools("view", "-O", form, "-", stdin=a_sam(contigs, ("A", "B", "C")).encode())

    facts = identified(tmp_path, content)

    assert (facts.persons, facts.build) == (PersonCount(3, 3), "GRCh38")


def test_a_cram_of_a_later_version_is_named_and_no_more(tmp_path: Path) -> None:
    facts = identified(tmp_path, b"CRAM\x04\x00" + bytes(100))

    assert facts.format is FileFormat.CRAM
    assert facts.partial


def test_the_platform_is_kept_as_the_instrument(tmp_path: Path) -> None:
    facts = identified(tmp_path, a_sam().replace("PL:ILLUMINA", "PL:PACBIO").encode())

    assert facts.run is not None
    assert facts.run.instrument == "pacbio"


def test_an_unknown_platform_is_not_repeated(tmp_path: Path) -> None:
    facts = identified(tmp_path, a_sam().replace("PL:ILLUMINA", "PL:JANE_DOE").encode())

    assert facts.run is None


def test_a_list_of_intervals_holds_nobody(tmp_path: Path) -> None:
    content = a_sam_header(samples=()) + "chr1\t100\t200\t+\ttarget_1\n"

    facts = identified(tmp_path, content.encode())

    assert (facts.format, facts.persons) == (FileFormat.INTERVAL_LIST, NO_PERSONS)


@pytest.mark.parametrize(
    "text", ["@HDX\tfoo\n", "@SQ\n", "@CO\tmail signature\n", "@RG\tx\n", "a\tb\tc\n" * 4]
)
def test_other_text_is_no_sam(tmp_path: Path, text: str) -> None:
    assert identified(tmp_path, text.encode()).format is FileFormat.UNKNOWN


def test_a_thousand_samples_after_ten_thousand_contigs_are_found(tmp_path: Path) -> None:
    contigs = tuple((f"c{number}", 1000 + number) for number in range(10_000))
    names = [f"S{number}" for number in range(900)]

    facts = identified(tmp_path, a_bam(a_sam(contigs, names, records=1)))

    assert facts.persons == PersonCount(900, 900)
