"""The lab's name server, asked with bytes made by hand and by scapy."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scapy.layers.dns import DNS, DNSQR

from strandwatch.lab.nameserver import answer

NAMES = {
    "upload.example.test": ["203.0.113.10", "2001:db8:c::10"],
    "alias.example.test": ["upload.example.test"],
    "loop.example.test": ["loop.example.test"],
}


def _query(name: str, kind: str = "A") -> bytes:
    return bytes(DNS(id=77, rd=1, qd=DNSQR(qname=name, qtype=kind)))


def _asked(name: str, kind: str = "A") -> DNS:
    response = answer(_query(name, kind), NAMES)
    assert response is not None
    return DNS(response)


@pytest.mark.parametrize(
    ("name", "kind", "expected"),
    [
        ("upload.example.test", "A", ["203.0.113.10"]),
        ("UPLOAD.example.test", "A", ["203.0.113.10"]),
        ("upload.example.test", "AAAA", ["2001:db8:c::10"]),
        ("upload.example.test", "MX", []),
        ("alias.example.test", "A", ["upload.example.test.", "203.0.113.10"]),
    ],
)
def test_a_known_name_gets_its_records(name: str, kind: str, expected: list[str]) -> None:
    response = _asked(name, kind)

    data = [record.rdata for record in response.an or ()]
    assert [item.decode() if isinstance(item, bytes) else item for item in data] == expected
    assert (response.id, response.qr, response.rcode) == (77, 1, 0)


def test_an_unknown_name_does_not_exist() -> None:
    response = _asked("nowhere.example.test")

    assert response.rcode == 3
    assert not response.an


def test_a_name_that_stands_for_itself_ends() -> None:
    response = _asked("loop.example.test")

    assert not response.an


def test_a_response_is_not_answered() -> None:
    response = answer(_query("upload.example.test"), NAMES)

    assert response is not None
    assert answer(response, NAMES) is None


@given(st.binary(max_size=80))
def test_any_bytes_give_a_response_or_nothing(data: bytes) -> None:
    response = answer(data, NAMES)

    assert response is None or response[:2] == data[:2]


@given(st.integers(0, 60), st.integers(0, 255))
def test_a_mutated_query_gives_a_response_or_nothing(position: int, value: int) -> None:
    query = bytearray(_query("upload.example.test"))
    query[position % len(query)] = value

    response = answer(bytes(query), NAMES)

    assert response is None or isinstance(response, bytes)
