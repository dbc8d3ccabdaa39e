import pytest
from hypothesis import given
from hypothesis import strategies as st

from strandwatch.dissect.dns import Answer, read_answer
from support.packets import dns_answer

CHAIN = dns_answer(
    "upload.example.org",
    ("upload.example.org", "CNAME", "edge.example.net", 300),
    ("edge.example.net", "CNAME", "host.cdn.example", 60),
    ("host.cdn.example", "A", "203.0.113.10", 30),
    ("host.cdn.example", "AAAA", "2001:db8:c::10", 40),
)
# Answered by a resolver to `dig www.example.com`: the owner is a pointer back to the question.
COMPRESSED = bytes.fromhex(
    "a1b28180000100010000000003777777076578616d706c6503636f6d0000010001"
    "c00c0001000100000e1000045db8d822"
)


def test_addresses_are_those_at_the_end_of_the_chain() -> None:
    assert read_answer(CHAIN) == Answer(
        name="upload.example.org",
        addresses=("203.0.113.10", "2001:db8:c::10"),
        canonical=("edge.example.net", "host.cdn.example"),
        lifetime_seconds=30,
    )


def test_compressed_names_are_read() -> None:
    answer = read_answer(COMPRESSED)

    assert answer == Answer("www.example.com", ("93.184.216.34",), (), 3600)


def test_the_address_of_another_name_proves_nothing() -> None:
    answer = read_answer(
        dns_answer(
            "a.example",
            ("a.example", "A", "203.0.113.10", 30),
            ("bank.example", "A", "198.51.100.66", 30),
        )
    )

    assert answer is not None
    assert answer.addresses == ("203.0.113.10",)


def test_a_chain_that_turns_back_on_itself_ends() -> None:
    looping = dns_answer(
        "a.example",
        ("a.example", "CNAME", "b.example", 1),
        ("b.example", "CNAME", "a.example", 1),
        ("b.example", "A", "203.0.113.10", 1),
    )

    answer = read_answer(looping)

    assert answer is not None
    assert answer.canonical == ("b.example",)


def test_a_name_that_is_a_pointer_to_itself_gives_nothing() -> None:
    header = bytes.fromhex("000181800001000100000000")

    assert read_answer(header + b"\xc0\x0c" + bytes.fromhex("00010001") * 3) is None


@pytest.mark.parametrize(
    "message",
    [
        pytest.param(CHAIN[:2] + b"\x01\x00" + CHAIN[4:], id="question"),
        pytest.param(CHAIN[:2] + b"\x81\x83" + CHAIN[4:], id="no such name"),
        pytest.param(dns_answer("a.example"), id="empty"),
        pytest.param(b"", id="nothing"),
    ],
)
def test_what_names_no_address_gives_nothing(message: bytes) -> None:
    assert read_answer(message) is None


def test_a_name_beyond_the_length_of_names_gives_nothing() -> None:
    name = ".".join(["x" * 60] * 6)

    assert read_answer(dns_answer(name, (name, "A", "203.0.113.10", 1))) is None


def test_names_are_lower_case() -> None:
    answer = read_answer(dns_answer("A.Example", ("a.eXample", "A", "203.0.113.10", 1)))

    assert answer is not None
    assert answer.name == "a.example"


@given(st.integers(0, len(CHAIN)))
def test_any_prefix_gives_an_answer_or_none(length: int) -> None:
    answer = read_answer(CHAIN[:length])

    assert answer is None or answer.name == "upload.example.org"


@given(st.integers(0, len(CHAIN)), st.binary(max_size=60))
def test_any_mutation_gives_an_answer_or_none(at: int, junk: bytes) -> None:
    for message in (CHAIN[:at] + junk + CHAIN[at + len(junk) :], CHAIN[:12] + junk, junk):
        answer = read_answer(message)
        assert answer is None or answer.addresses


@pytest.mark.parametrize("count", [64, 2_000])
def test_an_answer_of_many_records_is_bounded(count: int) -> None:
    records = [("a.example", "A", f"203.0.{i // 256}.{i % 256}", 1) for i in range(count)]

    answer = read_answer(dns_answer("a.example", *records))

    assert (len(answer.addresses) if answer else 0) == (count if count == 64 else 0)
