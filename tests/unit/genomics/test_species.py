from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest

from strandwatch.domain.file import Category, Species
from strandwatch.genomics.species import judge, load_panels, reverse_complement
from support.genomes import ALU, fastq_of, human_like_genome, random_genome, reads_of
from support.genomics_files import a_bam, a_sam_header, bgzip, gzipped, identified


def _patient() -> bool:
    return False


def _judged(reads: list[bytes], most: int = 2000) -> tuple[Species, str]:
    verdict = judge(reads, load_panels(), most, _patient)
    return verdict.species, verdict.evidence[0].value


def test_reads_with_human_repeats_are_human() -> None:
    species, _ = _judged(reads_of(human_like_genome(500_000), 2000))

    assert species is Species.HUMAN


def test_the_search_stops_when_it_is_certain() -> None:
    _, found = _judged(reads_of(human_like_genome(500_000), 2000))

    assert int(found.split()[2]) < 2000


def test_many_unlike_reads_without_human_sequence_are_of_another_organism() -> None:
    species, found = _judged(reads_of(random_genome(500_000), 2000))

    assert (species, found) == (Species.NONHUMAN, "0 of 2000 reads")


@pytest.mark.parametrize(
    "reads",
    [
        pytest.param(reads_of(random_genome(500_000), 500), id="few reads"),
        pytest.param(reads_of(random_genome(500_000), 2000, length=28), id="barcodes"),
        pytest.param(reads_of(random_genome(160), 2000), id="one amplicon"),
    ],
)
def test_seeing_nothing_in_reads_that_tell_little_is_no_answer(reads: list[bytes]) -> None:
    species, _ = _judged(reads)

    assert species is Species.UNKNOWN


def test_traces_of_human_reads_are_said_but_not_called_human() -> None:
    reads = reads_of(random_genome(500_000), 1997) + reads_of(ALU, 3)

    species, found = _judged(reads)

    assert (species, found) == (Species.UNKNOWN, "3 of 2000 reads")


def test_long_reads_are_cut_into_pieces() -> None:
    species, _ = _judged(reads_of(human_like_genome(500_000), 40, length=10_000))

    assert species is Species.HUMAN


def _converted(reads: list[bytes], *, second: bool) -> list[bytes]:
    first = [read.replace(b"C", b"T") for read in reads]
    return [reverse_complement(read) for read in first] if second else first


@pytest.mark.parametrize("second", [False, True], ids=["R1", "R2"])
def test_bisulfite_reads_are_searched_in_three_letters(tmp_path: Path, second: bool) -> None:
    reads = _converted(reads_of(human_like_genome(500_000, divergence=0.02), 2000), second=second)

    facts = identified(tmp_path, fastq_of(reads), "s_R1.fastq")

    assert (facts.species, facts.category) == (Species.HUMAN, Category.EPIGENOMIC)


def test_no_time_means_no_answer_but_an_honest_count() -> None:
    verdict = judge(reads_of(random_genome(50_000), 2000), load_panels(), 2000, lambda: True)

    assert verdict.species is Species.UNKNOWN
    assert verdict.evidence[0].value == "0 of 64 reads"


def test_unaligned_reads_in_a_bam_are_searched(tmp_path: Path) -> None:
    rows = [
        f"r{number}\t4\t*\t0\t0\t*\t*\t0\t0\t{read.decode()}\t*\n"
        for number, read in enumerate(reads_of(human_like_genome(500_000), 1500))
    ]
    sam = a_sam_header((), ("S1",)) + "".join(rows)

    of_bam = identified(tmp_path, a_bam(sam))
    of_sam = identified(tmp_path, sam.encode())

    assert of_bam.species is Species.HUMAN
    assert of_sam.species is Species.HUMAN


def test_compressed_fastq_is_searched(tmp_path: Path) -> None:
    content = gzipped(fastq_of(reads_of(human_like_genome(500_000), 3000)))

    assert identified(tmp_path, content, "x.jpg").species is Species.HUMAN


def test_no_time_at_all_still_gives_an_answer(tmp_path: Path) -> None:
    content = fastq_of(reads_of(random_genome(50_000), 2000))

    facts = identified(tmp_path, content, "x.fastq", milliseconds=-1)

    assert facts.format.value == "fastq"


def test_panels_are_sorted_sets_of_their_length() -> None:
    panels = load_panels()

    assert {len(kmer) for kmer in panels.plain} == {25}
    assert {len(kmer) for kmer in panels.converted} == {31}
    assert all(reverse_complement(kmer) in panels.plain for kmer in list(panels.plain)[:100])
    assert len(panels.converted) == 75_716
    assert all(first != second for first, second in pairwise(sorted(panels.converted)[:100]))


@pytest.mark.parametrize("pack", [bytes, bgzip], ids=["plain", "bgzf"])
def test_reads_are_looked_at_in_several_places_of_a_large_file(
    tmp_path: Path, pack: Callable[[bytes], bytes]
) -> None:
    reads = reads_of(random_genome(200_000), 9000) + reads_of(human_like_genome(500_000), 40_000)

    facts = identified(tmp_path, pack(fastq_of(reads)))

    assert facts.species is Species.HUMAN
