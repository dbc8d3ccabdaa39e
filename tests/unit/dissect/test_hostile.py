import pytest
from hypothesis import given
from hypothesis import strategies as st

from strandwatch.dissect.hostile import clean_name


@pytest.mark.parametrize(
    ("raw", "name"),
    [
        (b"A.Example.", "a.example"),
        ("xn--bcher-kva.example", "xn--bcher-kva.example"),
        (b"", None),
        (b".", None),
        (b"a b", None),
        (b"a\x00b", None),
        (b"\xff.example", None),
        (b"x" * 254, None),
        (b"<script>.example", None),
    ],
)
def test_only_what_can_be_a_host_name_is_one(raw: bytes | str, name: str | None) -> None:
    assert clean_name(raw) == name


@given(st.binary(max_size=300))
def test_a_name_is_printable_and_short(raw: bytes) -> None:
    name = clean_name(raw)

    assert name is None or (name.isprintable() and len(name) <= 253)
