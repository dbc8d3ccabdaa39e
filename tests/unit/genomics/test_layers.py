import bz2
import gzip
import lzma
import random
from collections.abc import Callable
from pathlib import Path

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from strandwatch.domain.file import Compression
from strandwatch.genomics.layers import Pull, Stream, detect, opened, unblocked
from support.genomics_files import bgzip

GOLDEN = Path(__file__).parents[2] / "data" / "genomics"
TEXT = b"".join(b"line %d of a text that compresses\n" % number for number in range(9000))
PACKERS: dict[Compression, Callable[[bytes], bytes]] = {
    Compression.GZIP: gzip.compress,
    Compression.BZIP2: bz2.compress,
    Compression.XZ: lzma.compress,
    Compression.ZSTD: zstandard.ZstdCompressor().compress,
    Compression.BGZF: bgzip,
}


def _in_chunks(data: bytes, size: int) -> Pull:
    pieces = iter([data[at : at + size] for at in range(0, len(data), size)])
    return lambda: next(pieces, b"")


def _whole(kind: Compression, data: bytes, chunk: int = 65536) -> bytes:
    return Stream(opened(kind, _in_chunks(data, chunk)), 1 << 30).head(1 << 30)


@pytest.mark.parametrize("kind", sorted(PACKERS))
def test_what_was_packed_comes_out(kind: Compression) -> None:
    packed = PACKERS[kind](TEXT)

    assert detect(packed) is kind
    assert _whole(kind, packed) == TEXT


@pytest.mark.parametrize("kind", sorted(PACKERS))
@given(chunk=st.integers(1, 3000))
def test_the_size_of_the_chunks_makes_no_difference(kind: Compression, chunk: int) -> None:
    packed = PACKERS[kind](TEXT[:20_000])

    assert _whole(kind, packed, chunk) == TEXT[:20_000]


@pytest.mark.parametrize("kind", [Compression.GZIP, Compression.BZIP2, Compression.XZ])
def test_members_one_after_another_are_one_stream(kind: Compression) -> None:
    assert _whole(kind, PACKERS[kind](b"first") + PACKERS[kind](b"second")) == b"firstsecond"


@pytest.mark.parametrize("kind", sorted(PACKERS))
@given(data=st.data())
def test_damage_gives_a_beginning_or_nothing(kind: Compression, data: st.DataObject) -> None:
    packed = bytearray(PACKERS[kind](TEXT[:5000]))
    for _ in range(data.draw(st.integers(1, 4))):
        packed[data.draw(st.integers(0, len(packed) - 1))] ^= data.draw(st.integers(1, 255))
    stream = Stream(opened(kind, _in_chunks(bytes(packed), 999)), 1 << 20)

    head = stream.head(1 << 20)

    assert len(head) <= 1 << 20
    assert stream.ended or len(head) == 1 << 20


def test_a_stream_ends_at_its_limit() -> None:
    stream = Stream(_in_chunks(TEXT, 1000), 2500)

    head = stream.head(100_000)

    assert len(head) < 4000
    assert stream.cut
    assert not stream.ended


@given(st.binary(max_size=40))
def test_any_bytes_have_a_compression_or_none(head: bytes) -> None:
    assert detect(head) in (None, *Compression)


def test_lz4_frames_of_the_real_program_are_read() -> None:
    packed = (GOLDEN / "src.vcf.lz4").read_bytes()

    assert detect(packed) is Compression.LZ4
    assert _whole(Compression.LZ4, packed) == (GOLDEN / "src.vcf").read_bytes()


@given(st.data())
def test_damaged_lz4_gives_a_beginning_or_nothing(data: st.DataObject) -> None:
    packed = bytearray((GOLDEN / "src.vcf.lz4").read_bytes())
    noise = random.Random(data.draw(st.integers()))
    for _ in range(5):
        packed[noise.randrange(len(packed))] = noise.randrange(256)
    stream = Stream(opened(Compression.LZ4, _in_chunks(bytes(packed), 100)), 1 << 20)

    assert len(stream.head(1 << 20)) <= 5 << 20


@given(st.integers(0, 20_000))
def test_blocks_are_found_in_the_middle_of_a_file(place: int) -> None:
    piece = PACKED_BLOCKS[place : place + 60_000]

    inflated = unblocked(piece)

    assert inflated in NOISE
    assert inflated


@given(st.binary(max_size=300))
def test_noise_in_the_middle_of_a_file_inflates_to_nothing_or_something(piece: bytes) -> None:
    assert isinstance(unblocked(b"\x1f\x8b\x08\x04" + piece), bytes)


NOISE = random.Random(8).randbytes(400_000).hex().encode()
PACKED_BLOCKS = bgzip(NOISE)
