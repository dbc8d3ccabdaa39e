"""Genomic files made by the real tools: samtools, bcftools, bgzip."""

import gzip
import itertools
import random
import subprocess
from collections.abc import Sequence
from pathlib import Path

from strandwatch.domain.file import FileFacts
from strandwatch.genomics.budget import Budget
from strandwatch.genomics.identify import Identifier
from strandwatch.genomics.inspect import inspect_path

KEY = bytes(range(32))
GRCH38 = (("chr1", 248956422), ("chr2", 242193529), ("chrX", 156040895), ("chrM", 16569))
GRCH37 = (("1", 249250621), ("20", 63025520), ("MT", 16569))
MOUSE = (("chr1", 195471971), ("chr2", 182113224), ("chrM", 16299))
TOY = (("contig_a", 5000), ("contig_b", 9000))


def an_identifier(**budget: int) -> Identifier:
    """Give an identifier whose clock stands still, so that only bytes can run out."""
    return Identifier(KEY, lambda: 0, budget=Budget(**budget))


def facts_of(path: Path, **budget: int) -> FileFacts:
    """Identify one file as `inspect` does."""
    return inspect_path(an_identifier(**budget), str(path))


def identified(tmp_path: Path, content: bytes, name: str = "file", **budget: int) -> FileFacts:
    """Identify these bytes as the content of a file."""
    path = tmp_path / name
    path.write_bytes(content)
    return facts_of(path, **budget)


def some_bases(count: int, seed: int = 7) -> str:
    """Give random bases, the same for the same seed."""
    return "".join(random.Random(seed).choices("ACGT", k=count))


def a_sam_header(
    contigs: Sequence[tuple[str, int]] = GRCH38,
    samples: Sequence[str] = ("NA12878",),
    *,
    extra: str = "",
) -> str:
    """Write a SAM header with one read group per sample."""
    lines = ["@HD\tVN:1.6\tSO:unsorted"]
    lines += [f"@SQ\tSN:{name}\tLN:{length}" for name, length in contigs]
    lines += [
        f"@RG\tID:rg{number}\tSM:{sample}\tPL:ILLUMINA" for number, sample in enumerate(samples)
    ]
    return "\n".join(lines) + "\n" + extra


def a_sam(
    contigs: Sequence[tuple[str, int]] = GRCH38,
    samples: Sequence[str] = ("NA12878",),
    *,
    records: int = 20,
    extra: str = "",
) -> str:
    """Write a SAM file with records on the first contig, or unmapped without contigs."""
    lines = []
    for number in range(records):
        place = f"{contigs[0][0]}\t{100 + number}\t60\t50M" if contigs else "*\t0\t0\t*"
        group = f"\tRG:Z:rg{number % len(samples)}" if samples else ""
        flag = 0 if contigs else 4
        bases = some_bases(50, number)
        lines.append(f"r{number}\t{flag}\t{place}\t*\t0\t0\t{bases}\t{'I' * 50}{group}\n")
    return a_sam_header(contigs, samples, extra=extra) + "".join(lines)


def a_vcf(
    samples: Sequence[str] = ("NA12878", "NA12891"),
    contigs: Sequence[tuple[str, int]] = GRCH38,
    *,
    records: int = 5,
) -> str:
    """Write a VCF with these sample columns."""
    lines = ["##fileformat=VCFv4.2", '##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">']
    lines += [f"##contig=<ID={name},length={length}>" for name, length in contigs]
    columns = "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO"
    lines.append("\t".join((columns, "FORMAT", *samples)) if samples else columns)
    place = contigs[0][0] if contigs else "1"
    for number in range(records):
        row = f"{place}\t{1000 + number}\t.\tA\tG\t50\tPASS\t."
        lines.append(
            "\t".join((row, "GT", *itertools.repeat("0/1", len(samples)))) if samples else row
        )
    return "\n".join(lines) + "\n"


def a_fastq(
    reads: int = 40, length: int = 100, *, prefix: str = "@A00123:45:HXXXXDSX2:1:1101"
) -> str:
    """Write FASTQ with Illumina read names and random bases."""
    return "".join(
        f"{prefix}:{number}:1000 1:N:0:ATCACG\n{some_bases(length, number)}\n+\n{'F' * length}\n"
        for number in range(reads)
    )


def samtools(*arguments: str, stdin: bytes = b"") -> bytes:
    """Run samtools; its messages are of no interest unless it fails."""
    return _run(["samtools", *arguments], stdin)


def bcftools(*arguments: str, stdin: bytes = b"") -> bytes:
    """Run bcftools."""
    return _run(["bcftools", *arguments], stdin)


def bgzip(content: bytes) -> bytes:
    """Compress as BGZF with the real tool."""
    return _run(["bgzip", "-c"], content)


def gzipped(content: bytes) -> bytes:
    """Compress as plain gzip."""
    return gzip.compress(content, mtime=0)


def _run(command: list[str], stdin: bytes) -> bytes:
    return subprocess.run(command, input=stdin, capture_output=True, check=True).stdout


def a_bam(sam: str) -> bytes:
    """Convert SAM with samtools."""
    return samtools("view", "--no-PG", "-b", "-", stdin=sam.encode())


def a_cram(sam: str, version: str = "3.0") -> bytes:
    """Convert SAM with samtools, without a reference."""
    form = f"cram,version={version},no_ref=1"
    return samtools("view", "--no-PG", "-O", form, "-", stdin=sam.encode())


def a_bcf(vcf: str, *, compressed: bool = True) -> bytes:
    """Convert VCF with bcftools."""
    return bcftools("view", "--no-version", "-Ob" if compressed else "-Ou", "-", stdin=vcf.encode())
