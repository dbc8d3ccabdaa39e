"""Made-up genomes: random bases, with or without the repeats that human genomes are full of."""

import random

# Alu Sx consensus, GenBank U14574; about a tenth of the human genome are diverged copies of it.
ALU = (
    b"GGCCGGGCGCGGTGGCTCACGCCTGTAATCCCAGCACTTTGGGAGGCCGAGGCGGGCGGATCACCTGAGGTCAGGAGTTCGAGACCA"
    b"GCCTGGCCAACATGGTGAAACCCCGTCTCTACTAAAAATACAAAAATTAGCCGGGCGTGGTGGCGCGCGCCTGTAATCCCAGCTACT"
    b"CGGGAGGCTGAGGCAGGAGAATCGCTTGAACCCGGGAGGCGGAGGTTGCAGTGAGCCGAGATCGCGCCACTGCACTCCAGCCTGGGC"
    b"GACAGAGCGAGACTCCGTCTCAAAAAAAA"
)
_COMPLEMENT = bytes.maketrans(b"ACGT", b"TGCA")


def random_genome(length: int, seed: int = 1) -> bytes:
    """Give random bases."""
    return bytes(random.Random(seed).choices(b"ACGT", k=length))


def human_like_genome(length: int, seed: int = 1, divergence: float = 0.08) -> bytes:
    """Give random bases of which a tenth are diverged copies of Alu, on both strands."""
    source = random.Random(seed)
    parts: list[bytes] = []
    size = 0
    while size < length:
        parts.append(bytes(source.choices(b"ACGT", k=9 * len(ALU))))
        copy = bytes(
            source.choice(b"ACGT") if source.random() < divergence else base for base in ALU
        )
        parts.append(copy if source.random() < 0.5 else copy.translate(_COMPLEMENT)[::-1])
        size += 10 * len(ALU)
    return b"".join(parts)[:length]


def reads_of(genome: bytes, count: int, length: int = 100, seed: int = 2) -> list[bytes]:
    """Draw reads from anywhere in the genome, on both strands."""
    source = random.Random(seed)
    reads = []
    for _ in range(count):
        at = source.randrange(len(genome) - length)
        read = genome[at : at + length]
        reads.append(read if source.random() < 0.5 else read.translate(_COMPLEMENT)[::-1])
    return reads


def fastq_of(reads: list[bytes]) -> bytes:
    """Write reads as FASTQ."""
    return b"".join(
        b"@A00123:45:HXXXXDSX2:1:1101:%d:1000 1:N:0:ATCACG\n%s\n+\n%s\n"
        % (number, read, b"F" * len(read))
        for number, read in enumerate(reads)
    )
