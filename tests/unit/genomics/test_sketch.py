import pytest
from hypothesis import given
from hypothesis import strategies as st

from strandwatch.domain.file import Species
from strandwatch.genomics.sketch import (
    Sketch,
    SketchError,
    chosen_codes,
    read_sketch,
    sketch_of,
    written,
)
from strandwatch.genomics.species import Panels, judge, load_panels
from support.genomes import random_genome, reads_of


def _fasta(genome: bytes, width: int = 60) -> list[bytes]:
    lines = [b">chr1\n"]
    lines += [genome[at : at + width].lower() + b"\n" for at in range(0, len(genome), width)]
    return lines


def _sketched(genome: bytes) -> Sketch:
    return sketch_of(_fasta(genome), "test", lambda size: None)


def test_reads_of_the_sketched_genome_are_found_and_others_are_not() -> None:
    genome, other = random_genome(3_000_000, 5), random_genome(3_000_000, 6)
    panels = Panels(load_panels().plain, load_panels().converted, _sketched(genome))

    own = judge(reads_of(genome, 2000, 150), panels, 2000, lambda: False)
    foreign = judge(reads_of(other, 2000, 150), panels, 2000, lambda: False)

    assert own.species is Species.HUMAN
    assert foreign.evidence[0].value == "0 of 2000 reads"


def test_lines_and_stretches_do_not_lose_kmers() -> None:
    genome = random_genome(2_200_000, 9)

    sketch = _sketched(genome)

    assert set(sketch.codes) == set(chosen_codes(genome))


def test_a_sketch_survives_its_file() -> None:
    sketch = _sketched(random_genome(100_000))

    again = read_sketch(written(sketch))

    assert (again.codes, again.provenance) == (sketch.codes, "test")


def test_progress_counts_the_bytes_of_the_file() -> None:
    lines = _fasta(random_genome(10_000))
    seen: list[int] = []

    sketch_of(lines, "test", seen.append)

    assert seen[-1] == sum(map(len, lines))


def test_a_reference_without_sequence_is_refused() -> None:
    with pytest.raises(SketchError):
        sketch_of([b">chr1\n"], "test", lambda size: None)


@given(st.binary(max_size=200), st.integers(0, 400))
def test_other_bytes_are_refused_with_one_error(noise: bytes, cut: int) -> None:
    for data in (noise, b"strandwatch-sketch 1\n" + noise, written(_SMALL)[:cut]):
        try:
            read_sketch(data)
        except SketchError:
            continue
        assert (len(data) - data.index(b"}") - 2) % 8 == 0


_SMALL = _sketched(random_genome(100_000))


@given(st.binary(max_size=300))
def test_any_bytes_can_be_looked_up(sequence: bytes) -> None:
    assert _SMALL.holds_any(sequence) in (True, False)
