"""Reading one-dimensional uint64 arrays in NumPy's .npy form, without NumPy."""

import sys
from array import array

_MAGIC = b"\x93NUMPY"


def read_npy(data: bytes) -> "array[int]":
    """Give the numbers; raises ValueError for anything but a plain array of uint64."""
    if not data.startswith(_MAGIC) or len(data) < 12:
        raise ValueError("not an .npy file")
    width = 2 if data[6] == 1 else 4
    start = 8 + width + int.from_bytes(data[8 : 8 + width], "little")
    header = data[8 + width : start].replace(b" ", b"")
    if b"'descr':'<u8'" not in header or b"'fortran_order':False" not in header:
        raise ValueError("not an array of little-endian uint64")
    numbers = array("Q")
    numbers.frombytes(data[start : start + (len(data) - start) // 8 * 8])
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers
