import struct
from pathlib import Path

import pytest

from strandwatch.domain.file import Category, FileFormat, Species
from strandwatch.domain.sample import NO_PERSONS, PersonCount
from support.genomes import ALU, human_like_genome, random_genome
from support.genomics_files import identified


def _fasta(name: str, sequence: bytes, width: int = 60) -> bytes:
    lines = [sequence[at : at + width] for at in range(0, len(sequence), width)]
    return f">{name}\n".encode() + b"\n".join(lines) + b"\n"


@pytest.mark.parametrize(
    "name",
    ["chr1", "1 dna:chromosome chromosome:GRCh38:1:1:5:1 REF", "NC_000001.11", "ENST00000456328.2"],
)
def test_a_reference_is_nobodys_data(tmp_path: Path, name: str) -> None:
    facts = identified(tmp_path, _fasta(name, human_like_genome(100_000)))

    assert (facts.format, facts.category) == (FileFormat.FASTA, Category.NONE)
    assert facts.persons == NO_PERSONS


def test_the_haplotypes_of_a_named_person_are_a_person(tmp_path: Path) -> None:
    content = b"".join(_fasta(f"HG002#{side}#chr1", ALU) for side in (1, 2))

    facts = identified(tmp_path, content)

    assert (facts.category, facts.species) == (Category.GENOMIC, Species.HUMAN)
    assert facts.persons == PersonCount(1, 1)


def test_an_assembly_is_a_persons_data_when_human_sequence_shows(tmp_path: Path) -> None:
    human = identified(tmp_path, _fasta("contig_1", human_like_genome(250_000)))
    other = identified(tmp_path, _fasta("contig_1", random_genome(250_000)))

    assert (human.category, human.species) == (Category.GENOMIC, Species.HUMAN)
    assert (other.category, other.persons) == (Category.NONE, NO_PERSONS)


def test_proteins_are_fasta_and_nobodys_data(tmp_path: Path) -> None:
    facts = identified(tmp_path, b">sp|P69905|HBA_HUMAN\nMVLSPADKTNVKAAWGKVGAHAGEYGAEALERMFLSF\n")

    assert (facts.format, facts.category) == (FileFormat.FASTA, Category.NONE)


@pytest.mark.parametrize("order", ["<", ">"])
def test_twobit_tells_its_organism_by_lengths(tmp_path: Path, order: str) -> None:
    head = struct.pack(order + "IIII", 0x1A412743, 0, 1, 0)
    content = (
        head + b"\x04chr1" + struct.pack(order + "I", 25) + struct.pack(order + "I", 248956422)
    )

    facts = identified(tmp_path, content + bytes(100))

    assert (facts.format, facts.species, facts.build) == (
        FileFormat.TWOBIT, Species.HUMAN, "GRCh38"
    )  # fmt: skip


def test_the_walks_of_a_pangenome_name_its_persons(tmp_path: Path) -> None:
    content = (
        b"H\tVN:Z:1.1\nS\t1\tACGTACGT\nS\t2\tTTTT\nL\t1\t+\t2\t+\t0M\n"
        b"W\tHG002\t1\tchr1\t0\t12\t>1>2\nW\tHG002\t2\tchr1\t0\t12\t>1>2\nP\tHG003#1#chr1\t1+,2+\t*\n"
    )

    facts = identified(tmp_path, content)

    assert (facts.format, facts.category) == (FileFormat.GFA, Category.GENOMIC)
    assert facts.persons == PersonCount(2, 2)
