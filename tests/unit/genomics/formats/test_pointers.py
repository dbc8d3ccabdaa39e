from pathlib import Path

import pytest

from strandwatch.domain.file import Category, FileFormat, Species
from support.genomics_files import a_sam, gzipped, identified, samtools


@pytest.mark.parametrize(
    ("form", "text"),
    [
        (FileFormat.HTSGET, '{"htsget": {"format": "BAM", "urls": [{"url": "data:,"}]}}'),
        (FileFormat.ACCESSION_LIST, "SRR1234567\nSRR1234568\n"),
        (FileFormat.ACCESSION_LIST, "Run,ReleaseDate,spots\nSRR1,2020,1\n"),
        (FileFormat.VCF_ZARR, '{"vcf_zarr_version": "0.4"}'),
    ],
)
def test_pointers_are_metadata(tmp_path: Path, form: FileFormat, text: str) -> None:
    facts = identified(tmp_path, text.encode())

    assert (facts.format, facts.category) == (form, Category.METADATA)


def test_a_hail_table_names_its_build(tmp_path: Path) -> None:
    text = b'{"name":"MatrixTableSpec","matrix_type":"Matrix{row:Struct{locus:Locus(GRCh38)}}"}'

    facts = identified(tmp_path, gzipped(text))

    assert (facts.format, facts.species, facts.build) == (
        FileFormat.HAIL_TABLE, Species.HUMAN, "GRCh38"
    )  # fmt: skip


def test_what_samtools_reports_is_a_report(tmp_path: Path) -> None:
    (tmp_path / "x.sam").write_text(a_sam())

    for command in ("flagstat", "stats"):
        facts = identified(tmp_path, samtools(command, str(tmp_path / "x.sam")))
        assert (facts.format, facts.category) == (FileFormat.REPORT, Category.METADATA)


@pytest.mark.parametrize("text", [b'{"htsget": 1}', b"hello\nSRR1234567\n", b"{}"])
def test_other_text_is_no_pointer(tmp_path: Path, text: bytes) -> None:
    assert identified(tmp_path, text).format is FileFormat.UNKNOWN
