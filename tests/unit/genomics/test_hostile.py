"""Files made to hurt: each costs little and gets an answer."""

import bz2
import gzip
import io
import lzma
import os
import tarfile
import time
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
import zstandard

from strandwatch.genomics.budget import Budget
from strandwatch.genomics.identify import Identifier
from strandwatch.genomics.inspect import inspect_path
from support.genomics_files import KEY, bgzip

_MEGABYTE = 1 << 20
_MOST_MEMORY = 64 * _MEGABYTE
_MOST_SECONDS = 1.0
"""Of processor time; the aim is 0.05, what is left is for slow machines and the tracer."""


def _many_sequences(count: int) -> bytes:
    lines = b"".join(b"@SQ\tSN:c%d\tLN:%d\n" % (number, number + 1) for number in range(count))
    return b"@HD\tVN:1.6\n" + lines


def _bam_of_many_sequences() -> bytes:
    text = _many_sequences(300_000)
    return bgzip(b"BAM\x01" + len(text).to_bytes(4, "little") + text + bytes(4))


def _zipped(count: int, content: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(count):
            archive.writestr(f"f{number}", content)
    return buffer.getvalue()


def _tarred(count: int, content: bytes) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for number in range(count):
            entry = tarfile.TarInfo(f"f{number}")
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return buffer.getvalue()


def _nested(times: int, wrap: Callable[[bytes], bytes]) -> bytes:
    content = b"@r\nACGT\n+\nIIII\n"
    for _ in range(times):
        content = wrap(content)
    return content


_ZEROS = bytes(24 * _MEGABYTE)
_VCF = b"##fileformat=VCFv4.2\n"
_HOSTILE: dict[str, Callable[[], bytes]] = {
    "gzip bomb": lambda: gzip.compress(_ZEROS),
    "xz bomb": lambda: lzma.compress(_ZEROS),
    "bzip2 bomb": lambda: bz2.compress(_ZEROS),
    "zstd bomb": lambda: zstandard.ZstdCompressor(level=3).compress(_ZEROS),
    "zip of bombs": lambda: _zipped(8, _ZEROS),
    "zip of zips of bombs": lambda: _zipped(16, _zipped(16, bytes(_MEGABYTE))),
    "gzip forty deep": lambda: _nested(40, gzip.compress),
    "tar twelve deep": lambda: _nested(12, lambda content: _tarred(1, content)),
    "tar of fifty thousand": lambda: _tarred(50_000, b""),
    "sequences without end": lambda: _many_sequences(300_000),
    "sequences without end in a BAM": _bam_of_many_sequences,
    "contigs without end": lambda: (
        _VCF + b"".join(b"##contig=<ID=c%d,length=%d>\n" % (each, each) for each in range(200_000))
    ),
    "columns without end": lambda: gzip.compress(
        _VCF + b"#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\t" + _ZEROS
    ),
    "a read without end": lambda: gzip.compress(b"@r\n" + b"A" * len(_ZEROS)),
    "nested alleles": lambda: b"1\t5\t.\tA\t" + b"A[," * 200_000 + b"\t.\t.\t.\n",
    "colons without end": lambda: b"@" + b"a:" * 500_000 + b"\nACGT\n+\nIIII\n",
    "zero bytes after a magic": lambda: _VCF + bytes(100_000),
    "quotes without end": lambda: b"[Data]\nSample_ID,X\n" + b'"a",b\n' * 150_000,
    "records without end": lambda: b"".join(b">s%d\nA\n" % each for each in range(200_000)),
    "BGEN of two billion": lambda: (
        b"\0\0\0\x7f\x14\0\0\0\1\0\0\0\xff\xff\xff\x7fbgen\1\0\0\x80" + os.urandom(_MEGABYTE)
    ),
    "HDF5 of names": lambda: b"\x89HDF\r\n\x1a\n" + b"read_0000" * 100_000,
    "noise": lambda: os.urandom(_MEGABYTE),
    "noise in bzip2": lambda: bz2.compress(os.urandom(2 * _MEGABYTE)),
}


def _identified_within_bounds(path: Path) -> str:
    identifier = Identifier(KEY, time.monotonic_ns, budget=Budget())
    tracemalloc.start()
    try:
        before = time.process_time()
        facts = inspect_path(identifier, str(path))
        spent = time.process_time() - before
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < _MOST_MEMORY
    assert spent < _MOST_SECONDS
    return facts.unknown_reason or facts.format.value


@pytest.mark.parametrize("name", sorted(_HOSTILE))
def test_a_hostile_file_costs_little_and_gets_an_answer(tmp_path: Path, name: str) -> None:
    path = tmp_path / "x.bam"
    path.write_bytes(_HOSTILE[name]())

    assert _identified_within_bounds(path)


@pytest.mark.parametrize(
    "start", [_VCF, b"@r\nACGT", b"@HD\tVN:1.6\n", b">x\nACGT", b"BAM\x01", b"[Header]\n[Data]\n"]
)
def test_a_sparse_file_of_four_gigabytes_costs_little(tmp_path: Path, start: bytes) -> None:
    path = tmp_path / "sparse"
    path.write_bytes(start)
    os.truncate(path, 4 << 30)

    assert _identified_within_bounds(path)


def test_no_more_is_read_than_the_budget_allows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "x"
    path.write_bytes(bz2.compress(os.urandom(3 * _MEGABYTE)))
    read: list[int] = []
    pread = os.pread

    def counted(descriptor: int, size: int, offset: int) -> bytes:
        data = pread(descriptor, size, offset)
        read.append(len(data))
        return data

    monkeypatch.setattr(os, "pread", counted)
    _identified_within_bounds(path)

    assert 0 < sum(read) <= Budget().input_bytes
