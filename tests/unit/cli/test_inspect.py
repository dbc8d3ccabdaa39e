"""`strandwatch inspect`: what files are."""

import gzip
import json
from pathlib import Path

import pytest

from strandwatch.errors import ExitCode
from support.command_line import ask

VCF = (
    b"##fileformat=VCFv4.2\n##contig=<ID=chr1,length=248956422,assembly=GRCh38>\n"
    b"##contig=<ID=chr2,length=242193529>\n"
    b"#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tP1\tP2\n"
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two files of genomes under names that say otherwise, and one of text."""
    below = tmp_path / "files"
    (below / "deep").mkdir(parents=True)
    (below / "holiday.jpg").write_bytes(VCF)
    (below / "deep/report").write_bytes(gzip.compress(VCF))
    (below / "notes.bam").write_text("nothing but words\n")
    return below


def test_content_counts_and_not_the_name(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    answer = ask(
        capsys, "inspect", str(folder / "holiday.jpg"), str(folder / "notes.bam"),
        "--format", "json", "--state-directory", str(folder),
    )  # fmt: skip

    vcf, text = map(json.loads, answer.out.splitlines())
    assert answer.code == ExitCode.OK
    assert (vcf["format"], vcf["species"], vcf["build"]) == ("vcf", "human", "GRCh38")
    assert vcf["persons"] == {"at_least": 2, "at_most": 2}
    assert (text["format"], text["category"]) == ("unknown", "none")


def test_samples_are_hashed_with_the_records_key(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "person.key").write_bytes(bytes(range(32)))
    words = ("inspect", str(folder / "holiday.jpg"), "--format", "json", "--state-directory")

    first = json.loads(ask(capsys, *words, str(tmp_path)).out)["samples"]
    again = json.loads(ask(capsys, *words, str(tmp_path)).out)["samples"]
    elsewhere = json.loads(ask(capsys, *words, str(folder)).out)["samples"]

    assert len(first) == 2
    assert first == again
    assert not set(first) & set(elsewhere)
    assert "P1" not in first


def test_folders_are_looked_into_when_asked(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    answer = ask(capsys, "inspect", "-r", str(folder), "--format", "csv")

    rows = [line.split(",")[:2] for line in answer.out.splitlines()[1:]]
    assert rows == [
        [f"{folder}/holiday.jpg", "vcf"],
        [f"{folder}/notes.bam", "unknown"],
        [f"{folder}/deep/report", "vcf in gzip"],
    ]


def test_a_link_is_followed_and_reported_under_its_own_name(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "link").symlink_to(folder / "holiday.jpg")

    answer = ask(capsys, "inspect", str(folder / "link"), "--format", "json")

    record = json.loads(answer.out)
    assert (record["path"], record["format"]) == (str(folder / "link"), "vcf")


def test_a_file_that_is_not_there_is_a_finding(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    answer = ask(capsys, "inspect", str(folder / "gone"), str(folder / "holiday.jpg"))

    assert answer.code == ExitCode.FINDINGS
    assert "vanished" in answer.out
    assert "vcf" in answer.out


def test_no_path_at_all_is_a_wrong_use(capsys: pytest.CaptureFixture[str]) -> None:
    assert ask(capsys, "inspect").code == ExitCode.USAGE
