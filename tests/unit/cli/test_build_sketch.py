"""`strandwatch build-sketch`: a sketch of the operator's own reference."""

import gzip
from pathlib import Path

import pytest

from strandwatch.errors import ExitCode
from strandwatch.genomics.sketch import FILE_NAME, read_sketch
from support.command_line import ask
from support.genomes import fastq_of, random_genome, reads_of

GENOME = random_genome(2_000_000, 3)
FASTA = b">chr1\n" + b"\n".join(GENOME[at : at + 60] for at in range(0, len(GENOME), 60)) + b"\n"


@pytest.mark.parametrize("content", [FASTA, gzip.compress(FASTA, 1)], ids=["plain", "gzip"])
def test_the_sketch_lies_where_the_daemon_looks(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: bytes
) -> None:
    (tmp_path / "reference").write_bytes(content)

    answer = ask(
        capsys, "build-sketch", "--fasta", str(tmp_path / "reference"), "--state-directory",
        str(tmp_path / "state"),
    )  # fmt: skip

    sketch = read_sketch((tmp_path / "state" / FILE_NAME).read_bytes())
    assert answer.code == ExitCode.OK
    assert sketch.provenance == "reference"
    assert len(sketch.codes) > 500


def test_a_file_without_sequence_is_refused_in_words(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "empty").write_bytes(b"")

    answer = ask(
        capsys, "build-sketch", "--fasta", str(tmp_path / "empty"), "--output", str(tmp_path / "x")
    )

    assert answer.code == ExitCode.USAGE
    assert "No sketch was made" in answer.err
    assert not (tmp_path / "x").exists()


def test_inspect_uses_the_sketch(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "reference").write_bytes(FASTA)
    (tmp_path / "x.fastq").write_bytes(fastq_of(reads_of(GENOME, 2000, 150)))
    words = ("inspect", str(tmp_path / "x.fastq"), "--format", "json", "--state-directory")

    before = ask(capsys, *words, str(tmp_path)).records[0]["species"]
    ask(
        capsys, "build-sketch", "--fasta", str(tmp_path / "reference"), "--state-directory",
        str(tmp_path),
    )  # fmt: skip
    after = ask(capsys, *words, str(tmp_path)).records[0]["species"]

    assert (before, after) == ("nonhuman", "human")
