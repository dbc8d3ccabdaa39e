import pytest

from strandwatch.domain.file import Species
from strandwatch.genomics.finding import Contig
from strandwatch.genomics.references import genome_of

RCRS = b"c68f52674c9fb33aef52dcf399755519"


@pytest.mark.parametrize(
    ("contigs", "words", "species", "build"),
    [
        ([Contig(b"x", 248956422)], (), Species.HUMAN, "GRCh38"),
        ([Contig(b"x", 59373566)], (), Species.HUMAN, "GRCh37"),
        ([Contig(b"x", 62460029)], (), Species.HUMAN, "T2T-CHM13"),
        ([Contig(b"x", 5, b"6aef897c3d6ff0c78aff06ac189178dd")], (), Species.HUMAN, "GRCh38"),
        ([Contig(b"x", 5, RCRS)], (), Species.HUMAN, None),
        ([Contig(b"MT", 16569)], (), Species.HUMAN, None),
        ([Contig(b"NC_012920.1", 16569)], (), Species.HUMAN, None),
        ([Contig(b"chrM", 16299)], (), Species.NONHUMAN, None),
        ([], (b"/ref/GRCh38_full.fa",), Species.HUMAN, "GRCh38"),
        ([], (b"bwa mem /ref/hs37d5.fa",), Species.HUMAN, "GRCh37"),
        ([], (b"/ref/mm10.fa",), Species.NONHUMAN, None),
        ([Contig(b"chr1_MATERNAL", 244020649)], (), Species.HUMAN, None),
        ([Contig(b"NC_000913.3", 99)], (), Species.NONHUMAN, None),
        ([Contig(b"NC_000001.11", 99)], (), Species.UNKNOWN, None),
        ([Contig(b"big%d" % each, 20_000_000 + each) for each in range(9)], (), Species.NONHUMAN,
         None),
        ([Contig(b"chr%d" % each, 20_000_000) for each in range(1, 23)], (), Species.UNKNOWN, None),
        ([], (), Species.UNKNOWN, None),
    ],
)  # fmt: skip
def test_a_header_tells_whose_genome_it_is(
    contigs: list[Contig], words: tuple[bytes, ...], species: Species, build: str | None
) -> None:
    genome = genome_of(contigs, words)

    assert (genome.species, genome.build) == (species, build)


def test_a_graft_of_man_in_mouse_is_mixed() -> None:
    genome = genome_of([Contig(b"h1", 248956422), Contig(b"m1", 195471971)], ())

    assert genome.species is Species.MIXED
    assert len(genome.evidence) == 2


def test_lengths_outweigh_words() -> None:
    genome = genome_of([Contig(b"1", 249250621)], (b"/mm10/",))

    assert (genome.species, genome.build) == (Species.HUMAN, "GRCh37")
