import pytest
from hypothesis import given
from hypothesis import strategies as st

from strandwatch.domain.sample import PersonCount
from strandwatch.genomics.persons import (
    SampleHasher,
    read_subjects,
    run_folder_of,
    sample_from_file_name,
    scope_of,
    subject_name,
)

KEY = bytes(32)
RUN = "/data/240102_A00123_0045_BHXXXXDSX2"
NANOPORE = "/data/exp/anna/20240102_1200_X1_FAX12345_abcdef01"


@pytest.mark.parametrize(
    ("path", "scope"),
    [
        (f"{RUN}/Data/Intensities/BaseCalls/L001/C1.1/s.bcl", RUN),
        (f"{NANOPORE}/fastq_pass/barcode01/x.fastq.gz", NANOPORE),
        ("/data/project/bam/x.bam", "/data/project"),
        ("/data/project/results/vcf/x.vcf", "/data/project"),
        ("/data/project/x.vcf", "/data/project"),
        ("/data/x.vcf", "/data"),
        ("/x.vcf", "/"),
        ("x.vcf", ""),
    ],
)
def test_the_scope_is_the_run_or_the_project(path: str, scope: str) -> None:
    assert scope_of(path) == scope


@pytest.mark.parametrize(
    ("path", "sample"),
    [
        ("/d/NA12878_S1_L001_R1_001.fastq.gz", b"NA12878"),
        ("/d/NA12878_R2.fq.gz", b"NA12878"),
        ("/d/NA12878.sorted.markdup.bam", b"NA12878"),
        ("/d/NA12878.g.vcf.gz", b"NA12878"),
        ("/d/Undetermined_S0_L001_R1_001.fastq.gz", None),
        ("/d/reads.fastq", None),
        (f"{NANOPORE}/fastq_pass/barcode01/FAX12345_pass_barcode01_abc_0.fastq", b"anna/barcode01"),
        (f"{NANOPORE}/pod5/FAX12345_abcdef01_1234abcd_17.pod5", b"anna/"),
        ("/d/FAX12345_pass_abcdef01_1234abcd_17.fastq.gz", b"FAX12345"),
    ],
)
def test_a_file_is_named_after_its_sample(path: str, sample: bytes | None) -> None:
    assert sample_from_file_name(path) == sample


@pytest.mark.parametrize(
    ("name", "subject"),
    [
        (b"P7_tumor", b"P7"),
        (b"P7-T", b"P7"),
        (b"P7_N1", b"P7"),
        (b"TUMOR", b""),
        (b"NORMAL", b""),
        (b"normal_P7", b"P7"),
        (b"NA12878", b"NA12878"),
        (b"Anton", b"Anton"),
    ],
)
def test_words_for_tumour_and_normal_are_no_part_of_a_person(name: bytes, subject: bytes) -> None:
    assert subject_name(name) == subject


def test_a_lone_pair_of_tumour_and_normal_is_at_least_one_person() -> None:
    persons = SampleHasher(KEY).persons([b"TUMOR", b"NORMAL"], "/p")

    assert persons.count == PersonCount(1, 2)


def test_without_the_key_a_hash_cannot_be_guessed() -> None:
    one = SampleHasher(KEY).persons([b"S1"], "/p").samples
    two = SampleHasher(bytes(31) + b"x").persons([b"S1"], "/p").samples

    assert one != two
    assert len(one[0].digest) == 32


def test_a_mapped_person_is_one_in_every_scope() -> None:
    hasher = SampleHasher(KEY, read_subjects(b"T1\tanna\nN1\tanna\n"))

    pair = hasher.persons([b"T1", b"N1"], "/p")
    elsewhere = hasher.persons([b"T1"], "/q")

    assert pair.count == PersonCount(1, 1)
    assert pair.samples == elsewhere.samples


@pytest.mark.parametrize("data", [b"a b\n", b"a\tb\tc\n", b"a\t\n"])
def test_a_subject_map_of_another_form_names_its_line(data: bytes) -> None:
    with pytest.raises(ValueError, match="line 2"):
        read_subjects(b"# subjects\n" + data)


@pytest.mark.parametrize("key", [b"", bytes(15), bytes(65)])
def test_a_key_of_another_length_is_refused(key: bytes) -> None:
    with pytest.raises(ValueError, match="16 to 64"):
        SampleHasher(key)


@given(st.lists(st.binary(min_size=1, max_size=20), max_size=30), st.text(max_size=20))
def test_the_bounds_enclose_the_distinct_names(names: list[bytes], scope: str) -> None:
    persons = SampleHasher(KEY).persons(names, scope)

    assert persons.count.at_most == len(set(names)) == len(persons.samples)
    assert persons.count.at_least <= len(set(names))


@given(st.text(max_size=200))
def test_any_path_has_a_scope(path: str) -> None:
    assert isinstance(scope_of(path), str)
    assert run_folder_of(path) is None or path
    assert sample_from_file_name(path) != b""


def test_tumour_and_normal_of_two_files_have_one_name() -> None:
    hasher = SampleHasher(bytes(32))

    (tumour,), (normal,) = (
        hasher.persons([name], "/project").samples for name in (b"P7_tumor", b"P7_normal")
    )

    assert tumour.digest != normal.digest
    assert tumour.name_digest == normal.name_digest
