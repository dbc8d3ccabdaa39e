import gzip
import os
import string
from pathlib import Path

import pysam
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from strandwatch.domain.encoding import from_plain, to_plain
from strandwatch.domain.file import Category, Compression, FileFacts, FileFormat, Species
from strandwatch.domain.sample import NO_PERSONS, PersonCount
from strandwatch.genomics.persons import SampleHasher
from support.genomics_files import (
    GRCH37,
    GRCH38,
    KEY,
    MOUSE,
    TOY,
    a_bam,
    a_bcf,
    a_cram,
    a_fastq,
    a_sam,
    a_vcf,
    an_identifier,
    bgzip,
    facts_of,
    gzipped,
    identified,
)

THREE = ("NA12878", "NA12891", "NA12892")


@pytest.mark.parametrize(
    ("content", "name", "layers"),
    [
        pytest.param(lambda: a_bam(a_sam()), FileFormat.BAM, ("bgzf",), id="bam"),
        pytest.param(lambda: a_cram(a_sam(), "2.1"), FileFormat.CRAM, (), id="cram-2.1"),
        pytest.param(lambda: a_cram(a_sam(), "3.0"), FileFormat.CRAM, (), id="cram-3.0"),
        pytest.param(lambda: a_cram(a_sam(), "3.1"), FileFormat.CRAM, (), id="cram-3.1"),
        pytest.param(lambda: a_sam().encode(), FileFormat.SAM, (), id="sam"),
        pytest.param(lambda: bgzip(a_sam().encode()), FileFormat.SAM, ("bgzf",), id="sam.gz"),
        pytest.param(lambda: a_vcf().encode(), FileFormat.VCF, (), id="vcf"),
        pytest.param(lambda: bgzip(a_vcf().encode()), FileFormat.VCF, ("bgzf",), id="vcf.bgzf"),
        pytest.param(lambda: gzipped(a_vcf().encode()), FileFormat.VCF, ("gzip",), id="vcf.gz"),
        pytest.param(lambda: a_bcf(a_vcf()), FileFormat.BCF, ("bgzf",), id="bcf"),
        pytest.param(lambda: a_bcf(a_vcf(), compressed=False), FileFormat.BCF, (), id="ubcf"),
        pytest.param(lambda: a_fastq().encode(), FileFormat.FASTQ, (), id="fastq"),
        pytest.param(lambda: gzipped(a_fastq().encode()), FileFormat.FASTQ, ("gzip",), id="fq.gz"),
        pytest.param(lambda: bgzip(a_fastq().encode()), FileFormat.FASTQ, ("bgzf",), id="fq.bgzf"),
    ],
)
def test_a_file_is_known_by_its_content_whatever_its_name(
    tmp_path: Path, content: object, name: FileFormat, layers: tuple[str, ...]
) -> None:
    facts = identified(tmp_path, content(), "holiday.jpg")  # type: ignore[operator]

    assert facts.format is name
    assert facts.compression == tuple(Compression(layer) for layer in layers)
    assert facts.category is Category.GENOMIC
    assert facts.unknown_reason is None
    assert not facts.partial


@pytest.mark.parametrize("make", [a_bam, a_cram, lambda sam: sam.encode()])
def test_read_groups_are_counted_as_distinct_samples(tmp_path: Path, make: object) -> None:
    content = make(a_sam(samples=(*THREE, "NA12878")))  # type: ignore[operator]

    facts = identified(tmp_path, content)

    assert facts.persons == PersonCount(3, 3)
    assert len(facts.samples) == 3


@pytest.mark.parametrize("make", [lambda vcf: vcf.encode(), a_bcf])
def test_sample_columns_are_counted(tmp_path: Path, make: object) -> None:
    facts = identified(tmp_path, make(a_vcf(THREE)))  # type: ignore[operator]

    assert facts.persons == PersonCount(3, 3)
    assert len(facts.samples) == 3


@pytest.mark.parametrize(
    ("contigs", "species", "build"),
    [
        (GRCH38, Species.HUMAN, "GRCh38"),
        (GRCH37, Species.HUMAN, "GRCh37"),
        ((("chr1", 247249719),), Species.HUMAN, "NCBI36"),
        ((("chr1", 248387328),), Species.HUMAN, "T2T-CHM13"),
        ((("renamed", 248387497),), Species.HUMAN, "T2T-CHM13"),
        ((("chrM", 16571),), Species.HUMAN, None),
        ((("toy", 16571),), Species.UNKNOWN, None),
        (MOUSE, Species.NONHUMAN, None),
        ((*MOUSE, ("hg_1", 248956422)), Species.MIXED, "GRCh38"),
        (TOY, Species.UNKNOWN, None),
        ((("HG002#1#chr20", 66000000),), Species.HUMAN, None),
        ((("NC_000913.3", 4641652),), Species.NONHUMAN, None),
    ],
)
def test_species_and_build_come_from_the_contigs(
    tmp_path: Path, contigs: tuple[tuple[str, int], ...], species: Species, build: str | None
) -> None:
    facts = identified(tmp_path, a_bam(a_sam(contigs)))

    assert (facts.species, facts.build) == (species, build)


def test_contigs_of_a_bam_without_text_lines_are_read_from_its_binary_list(tmp_path: Path) -> None:
    path = tmp_path / "x.bam"
    header = pysam.AlignmentHeader.from_references(["a", "b"], [248956422, 5])
    with pysam.AlignmentFile(str(path), "wb", header=header):
        pass
    # pysam writes @SQ as well: take the text out and set its length to nothing.
    plain = bytearray(gzip.decompress(path.read_bytes()))
    length = int.from_bytes(plain[4:8], "little")
    path.write_bytes(bgzip(bytes(plain[:4]) + bytes(4) + bytes(plain[8 + length :])))

    facts = facts_of(path)

    assert facts.build == "GRCh38"


def test_nothing_is_counted_for_other_organisms(tmp_path: Path) -> None:
    facts = identified(tmp_path, a_bam(a_sam(MOUSE, THREE)))

    assert facts.persons == NO_PERSONS
    assert facts.samples == ()


def test_a_vcf_without_sample_columns_holds_no_persons(tmp_path: Path) -> None:
    facts = identified(tmp_path, a_vcf(()).encode())

    assert facts.format is FileFormat.VCF
    assert facts.category is Category.METADATA
    assert facts.persons == NO_PERSONS


def test_counting_stops_above_the_highest_threshold(tmp_path: Path) -> None:
    names = [f"S{number}" for number in range(3000)]

    facts = identified(tmp_path, a_vcf(names, records=1).encode())

    assert facts.persons == PersonCount(1001, None)


def test_counting_goes_as_far_as_asked(tmp_path: Path) -> None:
    names = [f"S{number}" for number in range(3000)]

    facts = identified(tmp_path, a_vcf(names, records=1).encode(), names=10_000)

    assert facts.persons == PersonCount(3000, 3000)


def test_no_sample_name_leaves_in_any_field(tmp_path: Path) -> None:
    content = a_bam(a_sam(samples=("Zebedee_Quux",)))

    facts = identified(tmp_path, content, "Zebedee_Quux.bam")

    assert "Zebedee" not in str(to_plain(facts))


def test_the_same_name_in_two_projects_has_two_keys_and_one_name(tmp_path: Path) -> None:
    first, second = tmp_path / "alpha" / "bam", tmp_path / "beta" / "bam"
    first.mkdir(parents=True)
    second.mkdir(parents=True)
    content = a_bam(a_sam(samples=("S1",)))

    (one,) = identified(first, content).samples
    (two,) = identified(second, content).samples

    assert one.digest != two.digest
    assert one.name_digest == two.name_digest


def test_folders_of_one_project_are_one_scope(tmp_path: Path) -> None:
    (tmp_path / "p" / "bam").mkdir(parents=True)
    (tmp_path / "p" / "vcf").mkdir()

    (aligned,) = identified(tmp_path / "p" / "bam", a_bam(a_sam(samples=("S1",)))).samples
    (called,) = identified(tmp_path / "p" / "vcf", a_vcf(("S1",)).encode()).samples

    assert aligned == called


def test_lanes_and_mates_of_one_fastq_sample_are_one_sample(tmp_path: Path) -> None:
    names = ("S7_S1_L001_R1_001.fastq.gz", "S7_S1_L002_R2_001.fastq.gz", "S7.fastq", "S7_1.fq.gz")

    keys = {identified(tmp_path, a_fastq().encode(), name).samples for name in names}

    assert len(keys) == 1


def test_a_tumour_and_its_normal_are_at_least_one_person(tmp_path: Path) -> None:
    facts = identified(tmp_path, a_vcf(("P7_tumor", "P7_normal")).encode())

    assert facts.persons == PersonCount(1, 2)


def test_a_headers_facts_are_partial_when_the_budget_ends_first(tmp_path: Path) -> None:
    extra = "".join(f"@CO\t{'x' * 1000}\n" for _ in range(300))
    content = a_sam(samples=("A", "B"), extra=extra).encode()

    facts = identified(tmp_path, content, input_bytes=100_000)

    assert facts.partial
    assert facts.persons == PersonCount(2, None)


def test_a_truncated_upload_still_tells_its_header(tmp_path: Path) -> None:
    content = a_bam(a_sam(records=5000))

    facts = identified(tmp_path, content[: len(content) // 2])

    assert facts.format is FileFormat.BAM
    assert facts.persons == PersonCount(1, 1)


def test_a_corrupt_layer_is_said_and_not_called_harmless(tmp_path: Path) -> None:
    content = bytearray(a_bam(a_sam()))
    content[40] ^= 0xFF
    content[41] ^= 0xFF

    facts = identified(tmp_path, bytes(content))

    assert facts.format in (FileFormat.UNKNOWN, FileFormat.BAM)
    assert facts.category is not Category.NONE
    assert facts.partial or facts.unknown_reason == "corrupt gzip"


def test_an_empty_file_holds_nobody(tmp_path: Path) -> None:
    facts = identified(tmp_path, b"")

    assert facts.unknown_reason == "empty"
    assert facts.persons == NO_PERSONS


@pytest.mark.parametrize(
    "content",
    [
        b"#!/bin/sh\necho hello\n",
        b"CRAM is a format for alignments.\n",
        b"@param x the thing\n@return nothing\n",
        b"@import url(x.css);\nbody {}\n+\n",
        b"> quoted mail\n> of yesterday\n",
        b"name\tage\nx\t5\n",
    ],
)
def test_ordinary_text_is_no_genome(tmp_path: Path, content: bytes) -> None:
    facts = identified(tmp_path, content)

    assert facts.format is FileFormat.UNKNOWN
    assert facts.category is Category.NONE


def test_facts_survive_their_plain_form(tmp_path: Path) -> None:
    facts = identified(tmp_path, a_bam(a_sam()))

    assert from_plain(FileFacts, to_plain(facts)) == facts


def test_headers_agree_with_pysam(tmp_path: Path) -> None:
    path = tmp_path / "x.bam"
    path.write_bytes(a_bam(a_sam(GRCH37, THREE)))
    with pysam.AlignmentFile(str(path), check_sq=False) as oracle:
        expected = {group["SM"] for group in oracle.header.to_dict()["RG"]}

    facts = facts_of(path)

    keys = SampleHasher(KEY).persons([name.encode() for name in expected], str(tmp_path)).samples
    assert set(facts.samples) == set(keys)


_GOLDEN = {
    "bam": lambda: a_bam(a_sam(samples=THREE)),
    "cram": lambda: a_cram(a_sam(samples=THREE)),
    "cram21": lambda: a_cram(a_sam(samples=THREE), "2.1"),
    "sam": lambda: a_sam().encode(),
    "vcf": lambda: a_vcf(THREE).encode(),
    "vcfgz": lambda: bgzip(a_vcf(THREE).encode()),
    "bcf": lambda: a_bcf(a_vcf(THREE)),
    "fastq": lambda: a_fastq().encode(),
    "fqgz": lambda: gzipped(a_fastq().encode()),
}


@pytest.fixture(scope="module", params=sorted(_GOLDEN))
def golden(request: pytest.FixtureRequest) -> bytes:
    return _GOLDEN[request.param]()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_no_prefix_and_no_mutation_raises(
    tmp_path: Path, golden: bytes, data: st.DataObject
) -> None:
    length = data.draw(st.integers(0, len(golden)))
    content = bytearray(golden[:length])
    for _ in range(data.draw(st.integers(0, 8))):
        if content:
            content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))

    facts = identified(tmp_path, bytes(content))

    assert (facts.format is FileFormat.UNKNOWN) == (facts.unknown_reason is not None)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.sampled_from(string.ascii_letters), min_size=1, max_size=20, unique=True))
def test_every_distinct_column_is_one_key(tmp_path: Path, names: list[str]) -> None:
    facts = identified(tmp_path, a_vcf([f"sample-{name}-x" for name in names]).encode())

    assert facts.persons == PersonCount(len(names), len(names))


def test_identify_reads_only_the_descriptor(tmp_path: Path) -> None:
    path = tmp_path / "x.bam"
    path.write_bytes(a_bam(a_sam()))
    descriptor = os.open(path, os.O_RDONLY)
    path.unlink()
    try:
        facts = an_identifier().identify(descriptor, str(path))
    finally:
        os.close(descriptor)

    assert facts.format is FileFormat.BAM
    assert len(KEY) == 32
