from array import array

import pytest

from strandwatch.genomics.npy import read_npy


def _npy(numbers: list[int], descr: str = "<u8") -> bytes:
    header = f"{{'descr': '{descr}', 'fortran_order': False, 'shape': ({len(numbers)},), }}"
    padded = header.ljust(117).encode() + b"\n"
    return (
        b"\x93NUMPY\x01\x00"
        + len(padded).to_bytes(2, "little")
        + padded
        + array("Q", numbers).tobytes()
    )


def test_numbers_are_read_in_order() -> None:
    assert list(read_npy(_npy([1, 2**63, 7]))) == [1, 2**63, 7]


@pytest.mark.parametrize("data", [b"", b"\x93NUMPY", _npy([1], "<f8"), b"x" * 100])
def test_anything_else_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match="not an"):
        read_npy(data)
