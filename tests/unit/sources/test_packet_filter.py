import socket
from collections.abc import Iterator

import pytest

from strandwatch.sources.packet_filter import assemble, attach
from support.packets import CLIENT6, SERVER6, client_hello, dns_answer, ip, tcp, udp

ANSWER = dns_answer("a.example", ("a.example", "A", "203.0.113.10", 60))
UDP, TCP = socket.IPPROTO_UDP, socket.IPPROTO_TCP


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    attach(theirs)
    theirs.setblocking(False)
    with ours, theirs:
        yield ours, theirs


def passes(pair: tuple[socket.socket, socket.socket], packet: bytes) -> bool:
    """Send bytes through the kernel's filter; to it they look like a packet that comes in."""
    ours, theirs = pair
    ours.send(packet)
    try:
        return theirs.recv(65_536) == packet
    except BlockingIOError:
        return False


@pytest.mark.parametrize(
    "packet",
    [
        pytest.param(ip(udp(ANSWER, 53), UDP), id="udp"),
        pytest.param(ip(udp(ANSWER, 5353), UDP), id="udp on another port"),
        pytest.param(ip(udp(ANSWER, 53), UDP, SERVER6, CLIENT6), id="ipv6"),
        pytest.param(ip(tcp(len(ANSWER).to_bytes(2, "big") + ANSWER), TCP), id="tcp"),
    ],
)
def test_answers_that_come_in_pass(
    pair: tuple[socket.socket, socket.socket], packet: bytes
) -> None:
    assert passes(pair, packet)


@pytest.mark.parametrize(
    "packet",
    [
        pytest.param(ip(udp(ANSWER[:2] + b"\x01" + ANSWER[3:]), UDP), id="question"),
        pytest.param(ip(udp(ANSWER[:3] + b"\x83" + ANSWER[4:]), UDP), id="no such name"),
        pytest.param(ip(udp(ANSWER[:6] + b"\x00\x00" + ANSWER[8:]), UDP), id="no answers"),
        pytest.param(ip(udp(ANSWER[:6] + b"\xff\xff" + ANSWER[8:]), UDP), id="65535 answers"),
        pytest.param(ip(udp(bytes(1000)), UDP), id="zeros"),
        pytest.param(ip(tcp(client_hello()), TCP), id="hello that comes in"),
        pytest.param(ip(tcp(b"GET / HTTP/1.1\r\n\r\n"), TCP), id="request that comes in"),
        pytest.param(ip(tcp(b""), TCP), id="acknowledgement"),
        pytest.param(ip(bytes(40), 1), id="icmp"),
        pytest.param(b"\x20" + bytes(60), id="no ip"),
        pytest.param(b"", id="nothing"),
    ],
)
def test_everything_else_that_comes_in_is_dropped_in_the_kernel(
    pair: tuple[socket.socket, socket.socket], packet: bytes
) -> None:
    assert not passes(pair, packet)


def test_a_later_fragment_is_dropped(pair: tuple[socket.socket, socket.socket]) -> None:
    packet = bytearray(ip(udp(ANSWER, 53), UDP))
    packet[6:8] = b"\x00\x64"

    assert not passes(pair, bytes(packet))


def test_every_cut_off_answer_is_decided_without_harm(
    pair: tuple[socket.socket, socket.socket],
) -> None:
    packet = ip(udp(ANSWER, 53), UDP)
    decided = [passes(pair, packet[:length]) for length in range(len(packet) + 1)]

    assert decided == sorted(decided)
    assert decided[-1]


def test_the_program_is_short() -> None:
    assert len(assemble()) % 8 == 0
    assert len(assemble()) // 8 < 128
