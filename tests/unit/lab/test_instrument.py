"""The instrument writes what anybody would have written who ran the same code."""

from pathlib import Path

from strandwatch.lab.files import write_run_folder
from strandwatch.lab.instrument import land_run_folder


def test_a_landed_run_folder_is_the_one_that_was_asked_for(tmp_path: Path) -> None:
    expected = write_run_folder(tmp_path / "here", megabytes=0.1, samples=("A", "B"), seed=3)

    landed = land_run_folder(tmp_path / "there", megabytes=0.1, samples=("A", "B"), seed=3)

    for ours, theirs in zip(
        (*expected.bams, expected.vcf, *expected.fastqs, expected.report),
        (*landed.bams, landed.vcf, *landed.fastqs, landed.report),
        strict=True,
    ):
        assert ours.read_bytes() == theirs.read_bytes()
