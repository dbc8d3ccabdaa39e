from hypothesis import given
from hypothesis import strategies as st

from strandwatch.dissect.worker import Dissector, open_worker
from strandwatch.domain.destination import NameEvidence
from strandwatch.domain.encoding import decode, to_plain
from strandwatch.domain.observation import NameLearned, PacketCaptured
from support.packets import (
    CLIENT,
    SERVER,
    client_hello,
    client_hello_message,
    crypto_frame,
    dns_answer,
    ip,
    quic_initial,
    tcp,
    tls_record,
    udp,
)

HANDLE = open_worker({})
ANSWER = dns_answer(
    "a.example", ("a.example", "CNAME", "b.example", 9), ("b.example", "A", SERVER, 7)
)


def a_packet(data: bytes, *, outbound: bool = True) -> PacketCaptured:
    return PacketCaptured(at_ns=5, network_namespace=4, outbound=outbound, data=data)


def names(*packets: PacketCaptured) -> list[NameLearned]:
    dissector = Dissector()
    return [learned for packet in packets for learned in dissector.learn(packet)]


def test_a_packet_travels_as_plain_data_and_comes_back_as_lines() -> None:
    (line,) = HANDLE(to_plain(a_packet(ip(udp(ANSWER, 53), 17), outbound=False)), None)

    assert decode(line) == NameLearned(
        at_ns=5,
        name="a.example",
        evidence=NameEvidence.DNS,
        addresses=(SERVER,),
        canonical=("b.example",),
        network_namespace=4,
        lifetime_seconds=7,
    )


def test_an_answer_over_tcp_is_read() -> None:
    message = len(ANSWER).to_bytes(2, "big") + ANSWER

    (learned,) = names(a_packet(ip(tcp(message, 53, 9), 6), outbound=False))

    assert learned.addresses == (SERVER,)


def test_a_hello_names_its_flow() -> None:
    (learned,) = names(a_packet(ip(tcp(client_hello("up.example")), 6)))

    assert (learned.name, learned.evidence) == ("up.example", NameEvidence.SNI)
    assert learned.flow is not None
    assert learned.flow.source.address == CLIENT
    assert learned.flow.destination.address == SERVER


def segments(stream: bytes, size: int) -> list[PacketCaptured]:
    return [
        a_packet(ip(tcp(stream[at : at + size], sequence=(2**32 - 700 + at) % 2**32), 6))
        for at in range(0, len(stream), size)
    ]


def test_a_hello_over_many_segments_is_put_together_in_any_order() -> None:
    message = client_hello_message(None, padding=3_800)
    named = client_hello_message("late.example", ech=True)
    # The name comes after the padding: its extension lies in the last segment.
    extensions = message[47:] + named[47:]
    body = message[4:45] + len(extensions).to_bytes(2, "big") + extensions
    stream = tls_record(b"\x01" + len(body).to_bytes(3, "big") + body)
    first, *rest = segments(stream, 900)

    learned = names(first, *reversed(rest))

    assert len(rest) >= 3
    assert [(each.name, each.encrypted_hello) for each in learned] == [("late.example", True)]


def test_a_retransmitted_hello_is_told_once_while_it_is_incomplete() -> None:
    packets = segments(client_hello("up.example", padding=2_000), 900)

    learned = names(packets[0], packets[1], packets[1], packets[2])

    assert [each.name for each in learned] == ["up.example"]


def test_a_quic_hello_in_two_packets_is_put_together() -> None:
    message = client_hello_message("quic.example", padding=1_500)
    first = quic_initial(crypto_frame(0, message[:30]))
    second = quic_initial(crypto_frame(30, message[30:1_000]), number=3)

    learned = names(a_packet(ip(udp(first), 17)), a_packet(ip(udp(second), 17)))

    assert [(each.name, each.evidence) for each in learned] == [("quic.example", NameEvidence.QUIC)]


def test_a_request_names_its_flow() -> None:
    payload = b"PUT /x HTTP/1.1\r\nHost: up.example\r\n\r\n"

    (learned,) = names(a_packet(ip(tcp(payload, port=8080), 6)))

    assert (learned.name, learned.evidence) == ("up.example", NameEvidence.HTTP_HOST)


def test_a_hello_that_comes_in_is_not_where_we_go() -> None:
    assert names(a_packet(ip(tcp(client_hello()), 6), outbound=False)) == []


def test_a_segment_of_a_stream_that_did_not_begin_with_a_hello_says_nothing() -> None:
    assert names(a_packet(ip(tcp(b"data"), 6))) == []


def test_what_is_no_packet_gives_no_names() -> None:
    assert HANDLE({"at_ns": "x"}, None) == []
    assert HANDLE(None, None) == []


REAL = [
    ip(udp(ANSWER, 53), 17),
    ip(tcp(client_hello(padding=50)), 6),
    ip(udp(quic_initial(crypto_frame(0, client_hello_message()))), 17),
    ip(tcp(b"GET / HTTP/1.1\r\nHost: a.example\r\n\r\n"), 6),
]


@given(st.sampled_from(REAL), st.integers(0, 200), st.binary(max_size=60), st.booleans())
def test_any_mutation_gives_names_or_nothing(
    data: bytes, at: int, junk: bytes, outbound: bool
) -> None:
    for changed in (data[:at] + junk + data[at + len(junk) :], data[:at], junk):
        for line in HANDLE(to_plain(a_packet(changed, outbound=outbound)), None):
            assert isinstance(decode(line), NameLearned)
