import pytest
from hypothesis import given
from hypothesis import strategies as st

from strandwatch.dissect.quic import read_initials
from support.packets import client_hello_message, crypto_frame, quic_initial

DESTINATION = bytes.fromhex("8394c8f03e515708")
# The CRYPTO frame of RFC 9001 A.2, which RFC 9369 A.2 uses as well.
FRAME = bytes.fromhex(
    "060040f1010000ed0303ebf8fa56f12939b9584a3896472ec40bb863cfd3e868"
    "04fe3a47f06a2b69484c00000413011302010000c000000010000e00000b6578"
    "616d706c652e636f6dff01000100000a00080006001d00170018001000070005"
    "04616c706e000500050100000000003300260024001d00209370b2c9caa47fba"
    "baf4559fedba753de171fa71f50f1ce15d43e994ec74d748002b000302030400"
    "0d0010000e0403050306030203080408050806002d00020101001c0002400100"
    "3900320408ffffffffffffffff05048000ffff07048000ffff08011001048000"
    "75300901100f088394c8f03e51570806048000ffff"
)
VERSION_1, VERSION_2 = 0x00000001, 0x6B3343CF
# The beginning and the authentication tag of the protected packets in both documents: a packet that
# has both is that packet.
PROTECTED = {
    VERSION_1: (
        "c000000001088394c8f03e5157080000449e7b9aec34d1b1c98dd7689fb8ec11",
        "e221af44860018ab0856972e194cd934",
    ),
    VERSION_2: (
        "d76b3343cf088394c8f03e5157080000449ea0c95e82ffe67b6abcdb4298b485",
        "a18b2faa745b6fe189cf772a9f84cbfc",
    ),
}
HELLO = client_hello_message()


@pytest.mark.parametrize("version", [VERSION_1, VERSION_2])
def test_the_published_packets_are_opened(version: int) -> None:
    packet = quic_initial(FRAME, version=version, destination_id=DESTINATION)
    start, tag = PROTECTED[version]
    assert packet.hex().startswith(start)
    assert packet.hex().endswith(tag)

    (initial,) = read_initials(packet)

    assert initial.destination_id == DESTINATION
    assert initial.crypto == ((0, FRAME[4:]),)


def test_pieces_keep_their_places_between_other_frames() -> None:
    acknowledged = bytes([2, 5, 0, 1, 0, 0, 0])
    frames = b"\x01" + crypto_frame(100, HELLO[100:]) + acknowledged + crypto_frame(0, HELLO[:100])

    (initial,) = read_initials(quic_initial(frames))

    assert initial.crypto == ((100, HELLO[100:]), (0, HELLO[:100]))


def test_packets_in_one_datagram_are_all_read() -> None:
    first, second = (quic_initial(crypto_frame(at, HELLO[at:50])) for at in (0, 20))

    assert [each.crypto[0][0] for each in read_initials(first + second)] == [0, 20]


def test_a_packet_that_was_tampered_with_is_left_out() -> None:
    packet = bytearray(quic_initial(crypto_frame(0, HELLO)))
    packet[-1] ^= 1

    assert read_initials(bytes(packet)) == []


PACKET = quic_initial(crypto_frame(0, HELLO))


@given(st.integers(0, len(PACKET) - 1))
def test_a_cut_off_packet_gives_nothing(length: int) -> None:
    assert read_initials(PACKET[:length]) == []


@given(st.integers(0, 60), st.binary(max_size=40))
def test_any_mutation_ends_without_an_exception(at: int, junk: bytes) -> None:
    for datagram in (PACKET[:at] + junk + PACKET[at + len(junk) :], PACKET[:5] + junk, junk):
        for initial in read_initials(datagram):
            assert len(initial.destination_id) <= 20


@given(st.binary(max_size=200))
def test_any_frames_end_without_an_exception(frames: bytes) -> None:
    for initial in read_initials(quic_initial(frames)):
        assert sum(len(piece) for _, piece in initial.crypto) <= 1162
