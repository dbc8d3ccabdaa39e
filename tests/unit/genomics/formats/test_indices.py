import subprocess
from pathlib import Path

import pytest

from strandwatch.domain.file import Category, FileFormat
from strandwatch.domain.sample import NO_PERSONS
from support.genomics_files import a_bam, a_cram, a_sam, a_vcf, bgzip, facts_of, some_bases


def _run(*command: object) -> None:
    subprocess.run([str(word) for word in command], check=True, capture_output=True)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Files with every index that samtools, tabix and bgzip make."""
    (tmp_path / "x.bam").write_bytes(a_bam(a_sam()))
    (tmp_path / "x.cram").write_bytes(a_cram(a_sam()))
    (tmp_path / "x.vcf.gz").write_bytes(bgzip(a_vcf().encode()))
    lines = [f">s{number}\n{some_bases(60, number)}\n{some_bases(20, 9)}\n" for number in range(9)]
    (tmp_path / "x.fa").write_text("".join(lines))
    (tmp_path / "many").write_text("x" * 400_000)
    _run("samtools", "index", "-b", tmp_path / "x.bam", tmp_path / "x.bai")
    _run("samtools", "index", "-c", tmp_path / "x.bam", tmp_path / "x.csi")
    _run("samtools", "index", tmp_path / "x.cram", tmp_path / "x.crai")
    _run("samtools", "faidx", tmp_path / "x.fa")
    _run("samtools", "dict", "-o", tmp_path / "x.dict", tmp_path / "x.fa")
    _run("tabix", "-p", "vcf", tmp_path / "x.vcf.gz")
    _run("bgzip", "-i", tmp_path / "many")
    return tmp_path


@pytest.mark.parametrize(
    ("name", "form"),
    [
        ("x.bai", FileFormat.BAI),
        ("x.csi", FileFormat.CSI),
        ("x.crai", FileFormat.CRAI),
        ("x.fa.fai", FileFormat.FAI),
        ("x.dict", FileFormat.SEQUENCE_DICTIONARY),
        ("x.vcf.gz.tbi", FileFormat.TBI),
        ("many.gz.gzi", FileFormat.GZI),
    ],
)
def test_an_index_is_known_and_holds_nobody(folder: Path, name: str, form: FileFormat) -> None:
    facts = facts_of(folder / name)

    assert (facts.format, facts.category, facts.persons) == (form, Category.NONE, NO_PERSONS)
