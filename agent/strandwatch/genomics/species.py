"""Human or not, from the reads themselves: k-mers that human genomes repeat and others lack.

Looked at are whole reads, long ones cut into pieces. Three answers: human (or a primate), traces of
human, none seen. "None" in few, short or alike reads (amplicons, barcodes) says nothing.
"""

import struct
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources

from strandwatch.domain.file import Evidence, Species
from strandwatch.genomics.npy import read_npy
from strandwatch.genomics.sketch import Sketch

_PLAIN, _CONVERTED = 25, 31
_PIECE = 300
_LEAST_HITS = 4
_HUMAN_SHARE = 0.004
_TRACE_SHARE = 0.0005
_ENOUGH_READS = 1000
_ENOUGH_LENGTH = 50
_DIVERSE = 0.8
_BISULFITE_SHARE = 0.06
_COMPLEMENT = bytes.maketrans(b"ACGTacgt", b"TGCAtgca")
_GROUP = 64
_ROW = 64

KmerSet = frozenset[bytes]


@dataclass(frozen=True, slots=True)
class ReadVerdict:
    """What the reads say, and whether they come from bisulfite-converted DNA."""

    species: Species
    evidence: tuple[Evidence, ...]
    bisulfite: bool = False


@dataclass(frozen=True, slots=True)
class Panels:
    """Human k-mers in both orientations, those for converted reads, and perhaps a sketch."""

    plain: KmerSet
    converted: KmerSet
    sketch: Sketch | None = None


@cache
def load_panels(sketch: Sketch | None = None) -> Panels:
    """Read the panels that come with the program."""
    folder = resources.files("strandwatch.genomics.panels")
    repeats, mitochondrial, converted = (
        read_npy((folder / f"human_{name}.npy").read_bytes())
        for name in ("repeats_25mers", "mitochondrial_25mers", "repeats_c2t_31mers")
    )
    forward = {*_spelled(repeats, _PLAIN), *_spelled(mitochondrial, _PLAIN)}
    both = forward | {reverse_complement(kmer) for kmer in forward}
    return Panels(frozenset(both), frozenset(_spelled(converted, _CONVERTED)), sketch)


def _spelled(codes: Iterable[int], length: int) -> Iterable[bytes]:
    size = (length + 3) // 4
    surplus = size * 4 - length
    for code in codes:
        letters = b"".join([_QUADS[byte] for byte in code.to_bytes(size, "big")])
        yield letters[surplus:]


_QUADS = [bytes(b"ACGT"[byte >> shift & 3] for shift in (6, 4, 2, 0)) for byte in range(256)]


def reverse_complement(sequence: bytes) -> bytes:
    """Give the other strand."""
    return sequence.translate(_COMPLEMENT)[::-1]


def judge(
    reads: Sequence[bytes], panels: Panels, most: int, is_over: Callable[[], bool]
) -> ReadVerdict:
    """Look at up to `most` reads, and no longer than there is time."""
    pieces = _pieces(reads, most)
    if not pieces:
        return ReadVerdict(Species.UNKNOWN, ())
    converted = _conversion(pieces)
    if converted:
        searched, kmers, length = _as_converted(pieces, converted), panels.converted, _CONVERTED
    else:
        searched, kmers, length = pieces, panels.plain, _PLAIN
    certain = max(_LEAST_HITS, int(most * _HUMAN_SHARE) + 1)
    hits = looked_at = 0
    while looked_at < len(searched) and hits < certain and not (looked_at and is_over()):
        group = searched[looked_at : looked_at + _GROUP]
        hits += _hits(group, kmers, length, None if converted else panels.sketch)
        looked_at += len(group)
    found = Evidence("human-kmers", f"{hits} of {looked_at} reads")
    species = _concluded(hits, looked_at, pieces, plain=not converted)
    return ReadVerdict(species, (found,), bisulfite=bool(converted))


def _hits(group: list[bytes], kmers: KmerSet, length: int, sketch: Sketch | None) -> int:
    """Count the reads with a known k-mer; most groups of other organisms' reads have none."""
    together = b"\n".join(group)
    count = -(-len(together) // (length * _ROW)) * _ROW
    together = together.ljust(count * length + length, b"\n")
    unpack, absent = _unpacker(length, count), kmers.isdisjoint
    hit: set[int] = set()
    if not all(absent(unpack(together, offset)) for offset in range(length)):
        hit.update(at for at, piece in enumerate(group) if _holds_any(piece, kmers, length))
    if sketch is not None:
        hit.update(at for at, piece in enumerate(group) if sketch.holds_any(piece))
    return len(hit)


@cache
def _unpacker(length: int, count: int) -> Callable[[bytes, int], tuple[bytes, ...]]:
    """Give a function that cuts bytes into many k-mers at once, much faster than slices."""
    return struct.Struct(f"{length}s" * count).unpack_from


def _holds_any(piece: bytes, kmers: KmerSet, length: int) -> bool:
    return any(piece[at : at + length] in kmers for at in range(len(piece) - length + 1))


def _concluded(hits: int, looked_at: int, pieces: list[bytes], *, plain: bool) -> Species:
    share = hits / looked_at
    if hits >= _LEAST_HITS and share >= _HUMAN_SHARE:
        return Species.HUMAN
    if share >= _TRACE_SHARE or not plain or looked_at < _ENOUGH_READS:
        return Species.UNKNOWN
    return Species.NONHUMAN if _are_telling(pieces[:looked_at]) else Species.UNKNOWN


def _are_telling(pieces: list[bytes]) -> bool:
    """Say whether the reads are long and unlike enough that human ones would have shown."""
    if sum(map(len, pieces)) < _ENOUGH_LENGTH * len(pieces):
        return False
    middles = {piece[len(piece) // 2 : len(piece) // 2 + 16] for piece in pieces}
    starts = {piece[:16] for piece in pieces}
    return min(len(middles), len(starts)) >= _DIVERSE * len(pieces)


def _pieces(reads: Sequence[bytes], most: int) -> list[bytes]:
    pieces: list[bytes] = []
    for read in reads:
        read = read.upper()
        if len(read) <= _PIECE:
            pieces.append(read)
        else:
            pieces += [read[at : at + _PIECE // 2] for at in range(0, len(read), _PIECE // 2)]
        if len(pieces) >= most:
            break
    return [piece for piece in pieces[:most] if len(piece) >= _PLAIN]


def _conversion(pieces: list[bytes]) -> str:
    """Say which base bisulfite took away: C in first reads, G in second ones; else nothing."""
    together = b"".join(pieces[:500])
    if len(together) < 2000:
        return ""
    for base in (b"C", b"G"):
        if together.count(base) <= _BISULFITE_SHARE * len(together):
            other = b"G" if base == b"C" else b"C"
            return base.decode() if together.count(other) > 0.1 * len(together) else ""
    return ""


def _as_converted(pieces: list[bytes], base: str) -> list[bytes]:
    """Give the strand on which bisulfite turned C into T, and turn the rest of the C as well."""
    strands = pieces if base == "C" else [reverse_complement(piece) for piece in pieces]
    return [strand.replace(b"C", b"T") for strand in strands]
