"""How well files are known: python bench/genomics.py [--corpus FOLDER] [--system /usr] [--every N].

--corpus: files whose endings tell the truth (unpacked sources of htslib, samtools, bcftools,
bedtools: their test data). Prints the share of right formats beside that of `file`, `file -z` and
magika (where installed) on the same files, header facts against pysam's, and time per file.
--system: files that hold no genome. Prints what is taken for one nonetheless.
Reads made up from human repeats and from random bases are judged always.
"""

import argparse
import os
import random
import statistics
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from importlib import import_module
from pathlib import Path

import pysam

from strandwatch.domain.file import OMIC_CATEGORIES, FileFacts, FileFormat
from strandwatch.genomics.identify import Identifier
from strandwatch.genomics.inspect import inspect_path
from strandwatch.genomics.persons import SampleHasher, scope_of
from strandwatch.genomics.species import judge, load_panels

KEY = bytes(32)
PACKED = {"gz", "bgz", "bgzf", "bz2", "xz", "zst"}
PLACES = ("bed", "bedgraph", "bedpe", "bedmethyl", "bismark-coverage")
# Ending of the name: formats that are right, and words by which `file` would name them.
TRUTH: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "bam": (("bam",), ("BAM",)),
    "cram": (("cram",), ("CRAM",)),
    "sam": (("sam", "sequence-dictionary"), ("Sequence Alignment/Map",)),
    "vcf": (("vcf",), ("Variant Call Format",)),
    "bcf": (("bcf", "vcf"), ("BCF", "Variant Call Format")),
    "fq": (("fastq",), ("FASTQ",)),
    "fastq": (("fastq",), ("FASTQ",)),
    "fa": (("fasta",), ("FASTA",)),
    "fasta": (("fasta",), ("FASTA",)),
    "bai": (("bai",), ("BAM", "BAI")),
    "csi": (("csi",), ("CSI",)),
    "tbi": (("tbi",), ("TBI", "tabix")),
    "crai": (("crai",), ("CRAI",)),
    "gzi": (("gzi",), ("GZI",)),
    "fai": (("fai",), ("FASTA index",)),
    "bed": (PLACES, ("BED",)),
    "bedpe": (PLACES, ("BED",)),
    "gff": (("gff", "gtf"), ("GFF", "General Feature")),
    "gtf": (("gtf", "gff"), ("GTF", "Gene Transfer")),
    "chain": (("chain",), ("chain",)),
    "gen": (("oxford-gen",), ("Oxford",)),
    "ped": (("plink-ped", "plink-fam"), ("PLINK",)),
    "fam": (("plink-fam",), ("PLINK",)),
    "bim": (("plink-bim",), ("PLINK",)),
    "dict": (("sequence-dictionary", "sam"), ("Sequence Alignment/Map",)),
    "2bit": (("2bit",), ("2bit",)),
    "bw": (("bigwig",), ("bigWig",)),
    "bb": (("bigbed",), ("bigBed",)),
}
Namer = Callable[[Sequence[Path]], list[str]]
ALU = (
    b"GGCCGGGCGCGGTGGCTCACGCCTGTAATCCCAGCACTTTGGGAGGCCGAGGCGGGCGGATCACCTGAGGTCAGGAGTTCGAGACCA"
    b"GCCTGGCCAACATGGTGAAACCCCGTCTCTACTAAAAATACAAAAATTAGCCGGGCGTGGTGGCGCGCGCCTGTAATCCCAGCTACT"
    b"CGGGAGGCTGAGGCAGGAGAATCGCTTGAACCCGGGAGGCGGAGGTTGCAGTGAGCCGAGATCGCGCCACTGCACTCCAGCCTGGGC"
)


def main() -> None:
    """Measure what was asked for and print it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--corpus", type=Path)
    parser.add_argument("--system", type=Path)
    parser.add_argument("--every", type=int, default=1, help="look at every Nth system file")
    options = parser.parse_args()
    identifier = Identifier(KEY, time.process_time_ns)
    if options.corpus is not None:
        corpus(identifier, options.corpus)
    if options.system is not None:
        system(identifier, options.system, options.every)
    species()


def files_below(folder: Path) -> Iterator[Path]:
    """Give the regular files below a folder."""
    for top, folders, names in os.walk(folder):
        folders.sort()
        for name in sorted(names):
            path = Path(top, name)
            if path.is_file() and not path.is_symlink():
                yield path


def ending(path: Path) -> str:
    """Give the last part of the name that says a format and not a compression."""
    parts = path.name.lower().split(".")
    while len(parts) > 1 and parts[-1] in PACKED:
        parts.pop()
    return parts[-1] if len(parts) > 1 else ""


def timed(identifier: Identifier, paths: Sequence[Path]) -> tuple[list[FileFacts], list[float]]:
    """Identify files, with the milliseconds that each took."""
    facts, times = [], []
    for path in paths:
        before = time.perf_counter()
        facts.append(inspect_path(identifier, str(path)))
        times.append((time.perf_counter() - before) * 1000)
    return facts, times


def print_times(times: list[float]) -> None:
    """Print the spread of the time per file."""
    ordered = sorted(times)
    print(
        f"time per file: median {statistics.median(ordered):.2f} ms, mean"
        f" {statistics.mean(ordered):.2f} ms, p99 {ordered[len(ordered) * 99 // 100]:.1f} ms,"
        f" most {ordered[-1]:.1f} ms, over {len(ordered)} files"
    )


def corpus(identifier: Identifier, folder: Path) -> None:
    """Compare formats with endings, and headers with pysam."""
    paths = [path for path in files_below(folder) if ending(path) in TRUTH]
    paths = [path for path in paths if path.stat().st_size]
    facts, times = timed(identifier, paths)
    right = [
        fact.format.value in TRUTH[ending(path)][0] for path, fact in zip(paths, facts, strict=True)
    ]
    print(f"right format: {share(sum(right), len(paths))} of {len(paths)} files under {folder}")
    for kind, total in sorted(Counter(map(ending, paths)).items()):
        count = sum(ok for path, ok in zip(paths, right, strict=True) if ending(path) == kind)
        print(f"  {kind:8} {count} of {total}")
    print_times(times)
    for name, namer in (("file", by_file), ("file -z", by_file_inside), ("magika", by_magika)):
        print(f"{name}: {compared(namer, paths)}")
    headers(paths, facts)


def share(part: int, whole: int) -> str:
    """Write a share in percent."""
    return f"{100 * part / whole:.1f} %" if whole else "nothing"


def compared(namer: Namer, paths: Sequence[Path]) -> str:
    """Give the share of files that another program names rightly."""
    try:
        named = namer(paths)
    except (ImportError, OSError) as error:
        return f"not compared ({error})"
    hits = sum(
        any(word.lower() in text.lower() for word in TRUTH[ending(path)][1])
        for path, text in zip(paths, named, strict=True)
    )
    return share(hits, len(paths))


def by_file(paths: Sequence[Path], *options: str) -> list[str]:
    """Ask `file`."""
    words = "\n".join(map(str, paths)).encode()
    command = ["file", "-b", *options, "-f", "-"]
    return (
        subprocess.run(command, input=words, capture_output=True, check=True)
        .stdout.decode(errors="replace")
        .splitlines()
    )


def by_file_inside(paths: Sequence[Path]) -> list[str]:
    """Ask `file` to look into compression."""
    return by_file(paths, "-z")


def by_magika(paths: Sequence[Path]) -> list[str]:
    """Ask magika; it is no dependency, install it to compare."""
    magika = import_module("magika").Magika()
    return [str(result.output.description) for result in magika.identify_paths(list(paths))]


def headers(paths: Sequence[Path], facts: Sequence[FileFacts]) -> None:
    """Count headers whose samples differ from pysam's."""
    hasher = SampleHasher(KEY)
    pysam.set_verbosity(0)
    agreed = differed = refused = 0
    for path, fact in zip(paths, facts, strict=True):
        try:
            names = names_by_pysam(path, fact.format)
        except (ValueError, OSError, NotImplementedError):
            refused += 1
            continue
        if not names or not fact.samples:
            continue
        scope = scope_of(str(path))
        expected = hasher.persons([name.encode() for name in names], scope).samples
        same = set(expected) == set(fact.samples)
        agreed, differed = agreed + same, differed + (not same)
    print(f"samples as pysam reads them: {agreed} agree, {differed} differ, {refused} it refuses")


def names_by_pysam(path: Path, kind: FileFormat) -> set[str]:
    """Give the samples that pysam finds in a header."""
    if kind in (FileFormat.BAM, FileFormat.CRAM, FileFormat.SAM):
        with pysam.AlignmentFile(str(path), check_sq=False) as alignments:
            groups = alignments.header.to_dict().get("RG", [])
        return {group["SM"] for group in groups if "SM" in group}
    if kind in (FileFormat.VCF, FileFormat.BCF):
        with pysam.VariantFile(str(path)) as variants:
            return set(variants.header.samples)
    return set()


def system(identifier: Identifier, folder: Path, every: int) -> None:
    """Name the system files that are taken for somebody's data."""
    paths = [path for number, path in enumerate(files_below(folder)) if number % every == 0]
    facts, times = timed(identifier, paths)
    taken = [
        (path, fact)
        for path, fact in zip(paths, facts, strict=True)
        if fact.category in OMIC_CATEGORIES
    ]
    print(f"taken for 'omic data under {folder}: {len(taken)} of {len(paths)}")
    for path, fact in taken[:50]:
        print(f"  {fact.format.value:10} {path}")
    print_times(times)


def species() -> None:
    """Judge made-up reads: human-like ones at several shares of repeats, and random ones."""
    source = random.Random(1)
    panels = load_panels()
    for name, repeats in (("random bases", 0.0), ("2 % Alu", 0.02), ("10 % Alu", 0.1)):
        verdicts: Counter[str] = Counter()
        times = []
        for _ in range(20):
            reads = [read(source, repeats) for _ in range(2000)]
            before = time.perf_counter()
            verdicts[judge(reads, panels, 2000, lambda: False).species.value] += 1
            times.append((time.perf_counter() - before) * 1000)
        told = ", ".join(f"{count} {kind}" for kind, count in verdicts.items())
        print(f"2,000 reads of {name}: {told}; {statistics.median(times):.1f} ms", file=sys.stdout)


def read(source: random.Random, repeats: float) -> bytes:
    """Make a read of 100 bases, now and then from an Alu of which 8 % is changed."""
    if source.random() >= repeats:
        return bytes(source.choices(b"ACGT", k=100))
    at = source.randrange(len(ALU) - 100)
    piece = ALU[at : at + 100]
    return bytes(source.choice(b"ACGT") if source.random() < 0.08 else base for base in piece)


if __name__ == "__main__":
    main()
