"""Reading the bodies of uploads."""

import hashlib
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strandwatch.lab.sink import swallow


@given(st.binary(max_size=400), st.integers(1, 50))
def test_a_body_with_a_length_is_counted_and_hashed(body: bytes, piece: int) -> None:
    got = swallow(io.BytesIO(body + b"next request"), len(body), piece=piece)

    assert (got.size, got.whole) == (len(body), True)
    assert got.sha256 == hashlib.sha256(body).hexdigest()


@given(st.lists(st.binary(min_size=1, max_size=80)))
def test_a_body_in_chunks_is_counted_and_hashed(chunks: list[bytes]) -> None:
    stream = b"".join(b"%x;name=value\r\n%b\r\n" % (len(chunk), chunk) for chunk in chunks)

    got = swallow(io.BytesIO(stream + b"0\r\nTrailer: 1\r\n\r\n"), None)

    assert (got.size, got.whole) == (sum(map(len, chunks)), True)
    assert got.sha256 == hashlib.sha256(b"".join(chunks)).hexdigest()


@pytest.mark.parametrize(
    ("stream", "length", "size"),
    [(b"abc", 10, 3), (b"", 1, 0), (b"5\r\nab", None, 2), (b"what\r\n", None, 0), (b"", None, 0)],
)
def test_a_body_that_breaks_off_is_not_whole(stream: bytes, length: int | None, size: int) -> None:
    got = swallow(io.BytesIO(stream), length)

    assert (got.size, got.whole) == (size, False)
