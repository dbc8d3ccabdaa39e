import io
import tarfile
import zipfile
from pathlib import Path

import pytest

from strandwatch.domain.file import Category, FileFormat, Species
from strandwatch.domain.sample import NO_PERSONS, PersonCount
from support.genomics_files import (
    MOUSE,
    a_bam,
    a_fastq,
    a_sam,
    a_vcf,
    gzipped,
    identified,
)


def _tar(members: dict[str, bytes], form: int = tarfile.PAX_FORMAT) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=form) as archive:
        for name, content in members.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return buffer.getvalue()


def _zip(members: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return buffer.getvalue()


@pytest.fixture
def two() -> dict[str, bytes]:
    """Give two data files of three persons in all, and a text."""
    return {
        "notes.txt": b"nothing but words\n",
        "x/a.bam": a_bam(a_sam(samples=("A", "B"))),
        "x/b.vcf": a_vcf(("B", "C")).encode(),
    }


@pytest.mark.parametrize("pack", [_tar, _zip, lambda members: gzipped(_tar(members))])
def test_the_samples_of_all_members_are_counted_once(
    tmp_path: Path, two: dict[str, bytes], pack: object
) -> None:
    facts = identified(tmp_path, pack(two))  # type: ignore[operator]

    assert (facts.category, facts.species) == (Category.GENOMIC, Species.HUMAN)
    assert facts.container in ("tar", "zip")
    assert facts.persons == PersonCount(3, 4)
    assert len(facts.samples) == 3


@pytest.mark.parametrize("form", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_every_kind_of_tar_is_walked(tmp_path: Path, form: int) -> None:
    name = "folder/" * 30 + "a.bam"
    if form == tarfile.USTAR_FORMAT:
        name = "a.bam"

    facts = identified(tmp_path, _tar({name: a_bam(a_sam())}, form))

    assert facts.format is FileFormat.BAM


def test_a_member_has_the_keys_that_it_has_beside_its_archive(tmp_path: Path) -> None:
    content = a_fastq().encode()

    inside = identified(tmp_path, _tar({"S1_R1.fastq": content}), "x.tar")
    beside = identified(tmp_path, content, "S1_R1.fastq")

    assert inside.samples == beside.samples


def test_a_stored_member_is_read_in_place(tmp_path: Path, two: dict[str, bytes]) -> None:
    facts = identified(tmp_path, _zip(two, zipfile.ZIP_STORED))

    assert facts.persons == PersonCount(3, 4)


def test_an_archive_in_an_archive_is_opened(tmp_path: Path, two: dict[str, bytes]) -> None:
    facts = identified(tmp_path, _zip({"inner.tar.gz": gzipped(_tar(two))}))

    assert facts.category is Category.GENOMIC
    assert len(facts.samples) == 3


def test_members_of_other_organisms_add_nobody(tmp_path: Path) -> None:
    facts = identified(tmp_path, _tar({"m.bam": a_bam(a_sam(MOUSE))}))

    assert (facts.species, facts.persons) == (Species.NONHUMAN, NO_PERSONS)


def test_man_and_mouse_in_one_archive_are_mixed(tmp_path: Path) -> None:
    members = {"m.bam": a_bam(a_sam(MOUSE)), "h.bam": a_bam(a_sam())}

    facts = identified(tmp_path, _tar(members))

    assert (facts.species, facts.persons) == (Species.MIXED, PersonCount(1, 1))


def test_more_members_than_are_looked_at_leave_the_count_open(tmp_path: Path) -> None:
    members = {f"{number}.vcf": a_vcf((f"S{number}",)).encode() for number in range(40)}

    facts = identified(tmp_path, _tar(members))

    assert facts.partial
    assert facts.persons == PersonCount(16, None)


def test_an_archive_of_words_holds_nobody(tmp_path: Path) -> None:
    facts = identified(tmp_path, _tar({"a": b"words\n", "b": b"more words\n"}))

    assert (facts.format, facts.category) == (FileFormat.TAR, Category.NONE)


def test_nothing_leaves_the_disk_for_a_members_name(tmp_path: Path) -> None:
    facts = identified(tmp_path, _tar({"../../../../etc/x.vcf": a_vcf(("A",)).encode()}))

    assert facts.format is FileFormat.VCF
    assert list(tmp_path.iterdir()) == [tmp_path / "file"]
