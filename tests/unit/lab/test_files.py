"""The lab's run folder, read by the programs that everybody reads such files with."""

import gzip
import subprocess
from pathlib import Path
from xml.etree import ElementTree

import pytest

from strandwatch.lab.files import GRCH38, SAMPLES, RunFolder, write_bam, write_run_folder


def _run(*command: str | Path) -> str:
    done = subprocess.run(
        [str(part) for part in command], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    return write_run_folder(tmp_path_factory.mktemp("runs"), megabytes=0.5)


def test_samtools_finds_the_bams_whole(folder: RunFolder) -> None:
    _run("samtools", "quickcheck", *folder.bams)

    counts = [int(_run("samtools", "view", "-c", bam)) for bam in folder.bams]

    assert min(counts) >= 1000


def test_samtools_reads_sample_and_reference_from_a_bam(folder: RunFolder) -> None:
    header = _run("samtools", "view", "-H", folder.bams[1])

    lines = header.splitlines()
    lengths = [line.split("\t")[1:3] for line in lines if line.startswith("@SQ")]
    assert lengths == [[f"SN:{name}", f"LN:{size}"] for name, size in GRCH38.items()]
    assert any(line.startswith("@RG") and f"\tSM:{SAMPLES[1]}\t" in line for line in lines)


def test_samtools_can_sort_and_index_a_bam(folder: RunFolder, tmp_path: Path) -> None:
    _run("samtools", "sort", "-o", tmp_path / "sorted.bam", folder.bams[0])
    _run("samtools", "index", tmp_path / "sorted.bam")

    on_chr17 = int(_run("samtools", "view", "-c", tmp_path / "sorted.bam", "chr17"))

    assert on_chr17 > 0


def test_bcftools_reads_every_sample_of_the_vcf(folder: RunFolder) -> None:
    samples = _run("bcftools", "query", "-l", folder.vcf).split()
    records = _run("bcftools", "view", "-H", folder.vcf).splitlines()

    assert samples == list(SAMPLES)
    assert len(records) >= 1000


def test_tabix_can_index_the_vcf(folder: RunFolder, tmp_path: Path) -> None:
    copy = tmp_path / "copy.vcf.gz"
    copy.write_bytes(folder.vcf.read_bytes())
    _run("tabix", "-p", "vcf", copy)

    records = _run("tabix", copy, "chr2").splitlines()

    assert records


def test_the_fastq_has_records_of_four_lines(folder: RunFolder) -> None:
    lines = gzip.decompress(folder.fastqs[0].read_bytes()).splitlines()

    assert len(lines) % 4 == 0
    for head, bases, plus, qualities in zip(*(lines[part::4] for part in range(4)), strict=True):
        assert (head[:1], plus) == (b"@", b"+")
        assert len(bases) == len(qualities)
        assert not bases.strip(b"ACGT")


def test_the_run_folder_describes_the_run(folder: RunFolder) -> None:
    run = ElementTree.parse(folder.path / "RunInfo.xml").find("Run")  # noqa: S314 - our own file

    assert run is not None
    assert run.get("Id") == folder.path.name
    assert all(sample in (folder.path / "SampleSheet.csv").read_text() for sample in SAMPLES)
    assert folder.report.read_text().startswith("<!DOCTYPE html>")


@pytest.mark.parametrize("megabytes", [0.1, 3, 40])
def test_a_bam_has_about_the_size_asked_for(tmp_path: Path, megabytes: float) -> None:
    path = tmp_path / "sized.bam"

    write_bam(path, "S", megabytes=megabytes)

    assert megabytes * 1e6 <= path.stat().st_size <= megabytes * 1e6 + 500_000
    _run("samtools", "quickcheck", path)


def test_the_same_seed_gives_the_same_files(tmp_path: Path) -> None:
    first, second = tmp_path / "first.bam", tmp_path / "second.bam"

    write_bam(first, "S", megabytes=0.1, seed=7)
    write_bam(second, "S", megabytes=0.1, seed=7)

    assert first.read_bytes() == second.read_bytes()
