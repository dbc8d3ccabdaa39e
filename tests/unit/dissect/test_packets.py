import pytest
from hypothesis import given
from hypothesis import strategies as st

from strandwatch.dissect.packets import read_packet
from strandwatch.domain.flow import Endpoint, FiveTuple, Protocol
from support.packets import CLIENT, CLIENT6, SERVER, SERVER6, ip, tcp, udp

PACKETS = [
    ip(tcp(b"hello"), 6),
    ip(udp(b"hello"), 17),
    ip(tcp(b"hello"), 6, CLIENT6, SERVER6),
    ip(udp(b"hello"), 17, CLIENT6, SERVER6),
]


@pytest.mark.parametrize("packet", PACKETS)
def test_payload_and_ends_are_found(packet: bytes) -> None:
    segment = read_packet(packet)

    assert segment is not None
    assert segment.payload == b"hello"
    assert (segment.source.port, segment.destination.port) == (40_000, 443)
    assert segment.source.address in (CLIENT, CLIENT6)
    assert segment.destination.address in (SERVER, SERVER6)


def test_the_source_of_a_flow_is_this_machines_end() -> None:
    segment = read_packet(ip(udp(b"x", 53, 9), 17, SERVER, CLIENT))

    assert segment is not None
    assert segment.flow(outbound=False) == FiveTuple(
        Protocol.UDP, Endpoint(CLIENT, 9), Endpoint(SERVER, 53)
    )


def test_padding_after_the_packet_is_left_out() -> None:
    segment = read_packet(ip(udp(b"x"), 17) + bytes(20))

    assert segment is not None
    assert segment.payload == b"x"


def test_a_length_that_the_card_fills_in_later_is_that_of_the_bytes() -> None:
    packet = bytearray(ip(tcp(b"hello"), 6))
    packet[2:4] = b"\0\0"

    segment = read_packet(bytes(packet))

    assert segment is not None
    assert segment.payload == b"hello"


def test_ipv6_options_are_stepped_over() -> None:
    options = bytes([6, 0]) + bytes(6)
    segment = read_packet(ip(options + tcp(b"hello"), 0, CLIENT6, SERVER6))

    assert segment is not None
    assert segment.payload == b"hello"


def test_an_ipv4_address_in_ipv6_is_unwrapped() -> None:
    segment = read_packet(ip(udp(b"x"), 17, f"::ffff:{CLIENT}", SERVER6))

    assert segment is not None
    assert segment.source.address == CLIENT


@pytest.mark.parametrize("flags", [b"\x20\x00", b"\x00\x10"])
def test_fragments_are_left_out(flags: bytes) -> None:
    packet = bytearray(ip(udp(b"x"), 17))
    packet[6:8] = flags

    assert read_packet(bytes(packet)) is None


@given(st.sampled_from(PACKETS), st.integers(0, 80), st.binary(max_size=40))
def test_any_bytes_give_a_segment_or_none(packet: bytes, at: int, junk: bytes) -> None:
    changed = packet[:at] + junk + packet[at + len(junk) :]
    for data in (changed, packet[:at], junk):
        segment = read_packet(data)
        assert segment is None or len(segment.payload) <= len(data)
