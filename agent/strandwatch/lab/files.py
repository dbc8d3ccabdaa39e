"""A small sequencing run folder in real formats, written without any bioinformatics program.

BAM and VCF are BGZF (SAM/BAM specification, 4.1), FASTQ is gzip. The sequence is random and the
samples are numbers: there is no person's data in it. The contigs are those of GRCh38 by name and
length, by which a reader takes it for human.
"""

import itertools
import random
import struct
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

GRCH38 = {
    "chr1": 248956422,
    "chr2": 242193529,
    "chr3": 198295559,
    "chr4": 190214555,
    "chr5": 181538259,
    "chr6": 170805979,
    "chr7": 159345973,
    "chr8": 145138636,
    "chr9": 138394717,
    "chr10": 133797422,
    "chr11": 135086622,
    "chr12": 133275309,
    "chr13": 114364328,
    "chr14": 107043718,
    "chr15": 101991189,
    "chr16": 90338345,
    "chr17": 83257441,
    "chr18": 80373285,
    "chr19": 58617616,
    "chr20": 64444167,
    "chr21": 46709983,
    "chr22": 50818468,
    "chrX": 156040895,
    "chrY": 57227415,
    "chrM": 16569,
}
"""Primary contigs of the human reference GRCh38 and their lengths (NCBI GCA_000001405.15)."""

RUN_NAME = "250114_LAB0001_0042_ASTRANDWX"
SAMPLES = ("LAB-0001", "LAB-0002", "LAB-0003")

_BLOCK = 0xFF00
"""Plain bytes in a BGZF block, as htslib cuts them."""
_END_OF_FILE = bytes.fromhex("1f8b08040000000000ff0600424302001b0003000000000000000000")
_DISTINCT_BYTES = 16_000_000
_READ_LENGTH = 150
_PAIRS = bytes((first << 4) | second for first in (1, 2, 4, 8) for second in (1, 2, 4, 8))
_NIBBLES = bytes(_PAIRS[value % 16] for value in range(256))
_LETTERS = bytes(b"ACGT"[value % 4] for value in range(256))
_QUALITIES = bytes(25 + value % 16 for value in range(256))
_PRINTED_QUALITIES = bytes(quality + 33 for quality in _QUALITIES)


@dataclass(frozen=True, slots=True)
class RunFolder:
    """Where the files of a run folder are."""

    path: Path
    bams: tuple[Path, ...]
    vcf: Path
    fastqs: tuple[Path, ...]
    report: Path


def run_folder(parent: Path, samples: Sequence[str] = SAMPLES) -> RunFolder:
    """Give where the files of a run folder are, whether they have been written or not."""
    path = parent / RUN_NAME
    return RunFolder(
        path=path,
        bams=tuple(path / "Alignments" / f"{sample}.bam" for sample in samples),
        vcf=path / "Variants" / "cohort.vcf.gz",
        fastqs=tuple(
            path / "Fastq" / f"{sample}_S{number}_L001_R1_001.fastq.gz"
            for number, sample in enumerate(samples, 1)
        ),
        report=path / "Reports" / "run_summary.html",
    )


def write_run_folder(
    parent: Path, *, megabytes: float = 2.0, samples: Sequence[str] = SAMPLES, seed: int = 1
) -> RunFolder:
    """Write a run folder whose first BAM has about this size on disk, the other files less."""
    folder = run_folder(parent, samples)
    for file in (folder.bams[0], folder.vcf, folder.fastqs[0], folder.report):
        file.parent.mkdir(parents=True, exist_ok=True)
    (folder.path / "RunInfo.xml").write_text(_run_info())
    (folder.path / "SampleSheet.csv").write_text(_sample_sheet(samples))
    for number, sample in enumerate(samples):
        size = megabytes if number == 0 else megabytes / 4
        write_bam(folder.bams[number], sample, megabytes=size, seed=seed + number)
        write_fastq(folder.fastqs[number], megabytes=size / 2, seed=seed + 100 + number)
    write_vcf(folder.vcf, samples, records=int(megabytes * 4000) + 10, seed=seed + 200)
    folder.report.write_text(_report(samples, megabytes))
    (folder.path / "RTAComplete.txt").write_text("1/14/2025,12:00:00,Illumina RTA 4\n")
    return folder


def write_bam(path: Path, sample: str, *, megabytes: float, seed: int = 1) -> None:
    """Write reads of one sample, mapped to GRCh38 in any order."""
    header = (
        "@HD\tVN:1.6\tSO:unsorted\n"
        + "".join(f"@SQ\tSN:{name}\tLN:{size}\tAS:GRCh38\n" for name, size in GRCH38.items())
        + f"@RG\tID:{sample}.1\tSM:{sample}\tPL:ILLUMINA\tLB:{sample}-1\tPU:STRANDWX.1\n"
        + "@PG\tID:lab\tPN:strandwatch-lab\n"
    ).encode()
    references = b"".join(
        struct.pack("<i", len(name) + 1) + name.encode() + b"\0" + struct.pack("<i", size)
        for name, size in GRCH38.items()
    )
    head = b"BAM\1" + struct.pack("<i", len(header)) + header
    head += struct.pack("<i", len(GRCH38)) + references
    group = f"{sample}.1".encode()
    chance = random.Random(seed)  # noqa: S311 - data for tests, the same each time
    _write_bgzf(path, head, lambda number: _bam_record(number, group, chance), int(megabytes * 1e6))


def write_fastq(path: Path, *, megabytes: float, seed: int = 1) -> None:
    """Write reads as an Illumina instrument names them, in gzip members."""
    chance = random.Random(seed)  # noqa: S311 - data for tests, the same each time

    def member(first: int) -> bytes:
        text = b"".join(_fastq_record(number, chance) for number in range(first, first + 2000))
        packer = zlib.compressobj(1, wbits=31)
        return packer.compress(text) + packer.flush()

    _write_pieces(path, b"", member, 2000, int(megabytes * 1e6), b"")


def write_vcf(path: Path, samples: Sequence[str], *, records: int, seed: int = 1) -> None:
    """Write genotypes of these samples, sorted by position, as BGZF."""
    lines = ["##fileformat=VCFv4.2", "##reference=GRCh38", '##FILTER=<ID=PASS,Description="ok">']
    lines += [
        f"##contig=<ID={name},length={size},assembly=GRCh38>" for name, size in GRCH38.items()
    ]
    lines.append('##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">')
    columns = ["CHROM", "POS", "ID", "REF", "ALT", "QUAL", "FILTER", "INFO", "FORMAT"]
    lines.append("#" + "\t".join([*columns, *samples]))
    chance = random.Random(seed)  # noqa: S311 - data for tests, the same each time
    body = "".join(_vcf_lines(records, len(samples), chance))
    text = ("\n".join(lines) + "\n" + body).encode()
    path.write_bytes(b"".join(_blocks(text)) + _END_OF_FILE)


def _bam_record(number: int, group: bytes, chance: random.Random) -> bytes:
    """Give one mapped read (SAM/BAM specification, 4.2)."""
    name = b"STRANDWX:1:%d\0" % number
    reference = number % len(GRCH38)
    position = chance.randrange(16000)
    fixed = struct.pack(
        "<iiBBHHHiiii",
        reference,
        position,
        len(name),
        60,
        _bin(position, position + _READ_LENGTH),
        1,
        0,
        _READ_LENGTH,
        -1,
        -1,
        0,
    )
    cigar = struct.pack("<I", _READ_LENGTH << 4)
    bases = chance.randbytes(_READ_LENGTH // 2).translate(_NIBBLES)
    qualities = chance.randbytes(_READ_LENGTH).translate(_QUALITIES)
    data = fixed + name + cigar + bases + qualities + b"RGZ" + group + b"\0"
    return struct.pack("<i", len(data)) + data


def _bin(begin: int, end: int) -> int:
    """Give the smallest bin that holds an interval (SAM/BAM specification, 5.3)."""
    end -= 1
    for shift, first in ((14, 4681), (17, 585), (20, 73), (23, 9), (26, 1)):
        if begin >> shift == end >> shift:
            return first + (begin >> shift)
    return 0


def _fastq_record(number: int, chance: random.Random) -> bytes:
    bases = chance.randbytes(_READ_LENGTH).translate(_LETTERS)
    qualities = chance.randbytes(_READ_LENGTH).translate(_PRINTED_QUALITIES)
    name = b"@LAB0001:42:ASTRANDWX:1:1101:%d:%d 1:N:0:ACGTACGT" % (number % 30000, number)
    return b"%b\n%b\n+\n%b\n" % (name, bases, qualities)


def _vcf_lines(records: int, samples: int, chance: random.Random) -> Iterator[str]:
    genotypes = ("0/0", "0/1", "1/1", "./.")
    contigs = list(GRCH38)[:22]
    each = max(1, -(-records // len(contigs)))
    for number in range(records):
        position = 10_000 + number % each * 200 + chance.randrange(150)
        reference, other = chance.sample("ACGT", 2)
        called = "\t".join(chance.choices(genotypes, weights=(6, 3, 1, 1), k=samples))
        contig = contigs[number // each]
        yield f"{contig}\t{position}\t.\t{reference}\t{other}\t50\tPASS\t.\tGT\t{called}\n"


def _write_bgzf(path: Path, head: bytes, record: Callable[[int], bytes], size: int) -> None:
    def piece(first: int) -> bytes:
        return b"".join(_blocks(b"".join(map(record, range(first, first + 2000)))))

    _write_pieces(path, b"".join(_blocks(head)), piece, 2000, size, _END_OF_FILE)


def _write_pieces(
    path: Path, head: bytes, piece: Callable[[int], bytes], step: int, size: int, tail: bytes
) -> None:
    """Write pieces up to a size; after a while they repeat, as making them is what takes long."""
    pieces: list[bytes] = []
    made = 0
    with path.open("wb") as file:
        file.write(head)
        for number in itertools.count():
            if made < _DISTINCT_BYTES:
                pieces.append(piece(number * step))
                made += len(pieces[-1])
            file.write(pieces[number % len(pieces)])
            if file.tell() >= size:
                break
        file.write(tail)


def _blocks(data: bytes) -> Iterator[bytes]:
    """Cut bytes into BGZF blocks: gzip members that say their own length."""
    for start in range(0, len(data), _BLOCK):
        plain = data[start : start + _BLOCK]
        packer = zlib.compressobj(1, wbits=-15)
        packed = packer.compress(plain) + packer.flush()
        head = struct.pack("<4BI2BH2BHH", 31, 139, 8, 4, 0, 0, 255, 6, 66, 67, 2, len(packed) + 25)
        yield head + packed + struct.pack("<II", zlib.crc32(plain), len(plain))


def _run_info() -> str:
    return f"""<?xml version="1.0" encoding="utf-8"?>
<RunInfo Version="6">
  <Run Id="{RUN_NAME}" Number="42">
    <Flowcell>STRANDWX</Flowcell>
    <Instrument>LAB0001</Instrument>
    <Date>2025-01-14T12:00:00Z</Date>
    <Reads>
      <Read Number="1" NumCycles="{_READ_LENGTH}" IsIndexedRead="N" />
      <Read Number="2" NumCycles="8" IsIndexedRead="Y" />
    </Reads>
    <FlowcellLayout LaneCount="1" SurfaceCount="1" SwathCount="1" TileCount="1" />
  </Run>
</RunInfo>
"""


def _sample_sheet(samples: Sequence[str]) -> str:
    rows = "".join(f"{sample},{sample},ACGTACGT,lab,GRCh38\n" for sample in samples)
    return (
        "[Header]\nIEMFileVersion,4\nExperiment Name,strandwatch-lab\nApplication,FASTQ Only\n\n"
        f"[Reads]\n{_READ_LENGTH}\n\n"
        f"[Data]\nSample_ID,Sample_Name,index,Sample_Project,Genome\n{rows}"
    )


def _report(samples: Sequence[str], megabytes: float) -> str:
    """Write a page of figures about the run, of the size of the ones that instruments make."""
    cycles = range(1, int(megabytes * 8000) + 2)
    rows = "".join(f"<tr><td>{cycle}</td><td>{30 + cycle % 7}</td></tr>\n" for cycle in cycles)
    return (
        f"<!DOCTYPE html>\n<html><head><title>Run {RUN_NAME}</title></head><body>\n"
        f"<h1>Run summary</h1><p>{len(samples)} samples, one lane.</p>\n"
        f"<table><tr><th>Cycle</th><th>Mean quality</th></tr>\n{rows}</table></body></html>\n"
    )
