"""A sketch of the operator's own reference: one 25-mer in about 2,000, chosen by its first bases.

A k-mer belongs to the sketch when it begins with the anchor word, on either strand. So a genome is
sketched, and a read looked up, by searching for one word, which the C library does fast; there is
no hashing. Both strands together keep 2 of 4,096 positions: 1.5 million k-mers, 12 MB, for a human
genome. It finds human reads of narrow targets, which the repeats in the panels miss.
"""

import json
import sys
from array import array
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

FILE_NAME = "human.sketch"
_K = 25
_ANCHOR = b"GACTCA"
_OTHER_ANCHOR = b"TGAGTC"
_MAGIC = b"strandwatch-sketch 1\n"
_DIGITS = bytes.maketrans(b"ACGT", b"0123")
_COMPLEMENT = bytes.maketrans(b"ACGT", b"TGCA")
_LEAST_KINDS = 3

Progress = Callable[[int], None]
"""Told how many bytes have been worked through."""


class SketchError(ValueError):
    """The bytes are no sketch, or the reference holds no sequence."""


@dataclass(frozen=True, slots=True)
class Sketch:
    """Sorted codes of the chosen k-mers, and where they come from."""

    codes: "array[int]"
    provenance: str

    def holds_any(self, sequence: bytes) -> bool:
        """Say whether a chosen k-mer of this sequence (upper case) is in the sketch."""
        return any(self._holds(code) for code in chosen_codes(sequence))

    def _holds(self, code: int) -> bool:
        at = bisect_left(self.codes, code)
        return at < len(self.codes) and self.codes[at] == code


def chosen_codes(sequence: bytes) -> Iterator[int]:
    """Give the codes of the k-mers that begin with the anchor, on both strands."""
    for kmer in _chosen(sequence):
        digits = kmer.translate(_DIGITS)
        if digits.isdigit():
            yield int(digits, 4)


def _chosen(sequence: bytes) -> Iterator[bytes]:
    at = sequence.find(_ANCHOR)
    while at >= 0:
        kmer = sequence[at : at + _K]
        if len(kmer) == _K:
            yield kmer
        at = sequence.find(_ANCHOR, at + 1)
    at = sequence.find(_OTHER_ANCHOR)
    while at >= 0:
        start = at + len(_OTHER_ANCHOR) - _K
        if start >= 0:
            yield sequence[start : start + _K].translate(_COMPLEMENT)[::-1]
        at = sequence.find(_OTHER_ANCHOR, at + 1)


def sketch_of(lines: Iterable[bytes], provenance: str, progress: Progress) -> Sketch:
    """Sketch a reference from the lines of its FASTA file; raises SketchError when it has none."""
    codes: set[int] = set()
    seen = 0
    for sequence, size in _stretches(lines):
        codes.update(code for code in chosen_codes(sequence) if _is_complex(code))
        seen += size
        progress(seen)
    if not codes:
        raise SketchError("no sequence in the reference")
    return Sketch(array("Q", sorted(codes)), provenance)


def _stretches(lines: Iterable[bytes], stretch: int = 1 << 20) -> Iterator[tuple[bytes, int]]:
    """Join lines to long stretches that overlap by a k-mer less one base; never across records."""
    parts: list[bytes] = []
    length = size = 0
    for line in lines:
        size += len(line)
        heading = line.startswith(b">")
        if not heading:
            part = line.strip().upper()
            parts.append(part)
            length += len(part)
        if heading or length >= stretch:
            sequence = b"".join(parts)
            yield sequence, size
            parts = [] if heading else [sequence[1 - _K :]]
            length, size = 0, 0
    yield b"".join(parts), size


def _is_complex(code: int) -> bool:
    """Leave out k-mers of one or two repeated bases after the anchor."""
    return len({code >> shift & 0xFF for shift in range(0, 36, 4)}) >= _LEAST_KINDS


def written(sketch: Sketch) -> bytes:
    """Give the sketch as the bytes of a file."""
    codes = array("Q", sketch.codes)
    if sys.byteorder == "big":
        codes.byteswap()
    about = {"k": _K, "anchor": _ANCHOR.decode(), "provenance": sketch.provenance}
    return _MAGIC + json.dumps(about).encode() + b"\n" + codes.tobytes()


def read_sketch(data: bytes) -> Sketch:
    """Read the bytes of a sketch file; raises SketchError."""
    if not data.startswith(_MAGIC):
        raise SketchError("not a sketch file")
    header, newline, body = data[len(_MAGIC) :].partition(b"\n")
    try:
        about = json.loads(header)
    except ValueError as error:
        raise SketchError("a sketch without description") from error
    if not newline or len(body) % 8 or about.get("k") != _K:
        raise SketchError("a sketch of another kind")
    if about.get("anchor") != _ANCHOR.decode():
        raise SketchError("a sketch of another kind")
    codes = array("Q")
    codes.frombytes(body)
    if sys.byteorder == "big":
        codes.byteswap()
    return Sketch(codes, str(about.get("provenance", "")))
