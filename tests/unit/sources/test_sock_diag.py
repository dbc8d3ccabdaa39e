import socket
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strandwatch.domain.flow import Endpoint, FiveTuple, Protocol
from strandwatch.errors import SourceError
from strandwatch.sources.sock_diag import (
    DiagSocket,
    DumpEnd,
    SocketState,
    State,
    dump_request,
    parse_messages,
)

DATA = Path(__file__).parents[2] / "data" / "sources"


def golden(name: str) -> bytes:
    return bytes.fromhex((DATA / f"sock_diag_{name}.hex").read_text())


# Listed by Linux 6.18 on x86_64: 70 000 bytes sent over loopback to a dual-stack server; the third
# is the client's socket as the destroy group told of it after both sides closed.
CLIENT, SERVER, DESTROYED = golden("client"), golden("server"), golden("destroyed")
DONE = bytes.fromhex("14000000030002000100000007ffb19700000000")
STREAM = CLIENT + SERVER + DONE


def sockets(raw: bytes, protocol: int | None = socket.IPPROTO_TCP) -> list[SocketState]:
    return [each for each in parse_messages(raw, protocol) if isinstance(each, SocketState)]


def test_a_listed_socket_has_its_ends_its_bytes_and_its_identity() -> None:
    (client,) = sockets(CLIENT)

    assert client.flow() == FiveTuple(
        Protocol.TCP, Endpoint("127.0.0.1", 39536), Endpoint("127.0.0.1", 44055)
    )
    assert (client.state, client.cookie, client.inode) == (State.ESTABLISHED, 53363, 182224)


def test_syn_and_fin_are_not_counted_as_payload() -> None:
    (client,), (ended,) = sockets(CLIENT), sockets(DESTROYED, None)

    assert (client.acknowledged, ended.acknowledged) == (70_001, 70_002)
    assert client.counters().sent_bytes == ended.counters().sent_bytes == 70_000


def test_an_ipv4_address_in_an_ipv6_socket_is_unwrapped() -> None:
    (server,) = sockets(SERVER)

    assert server.flow().source == Endpoint("127.0.0.1", 44055)
    assert server.counters().received_bytes == 70_000


def test_a_destroyed_socket_names_its_protocol_itself() -> None:
    (ended,) = sockets(DESTROYED, None)

    assert (ended.cookie, ended.protocol) == (53363, socket.IPPROTO_TCP)


def test_kernels_before_4_19_tell_acknowledged_bytes_only() -> None:
    # The information attribute ends before bytes_sent (offset 200): lengths are set to say so.
    start = CLIENT.index(bytes.fromhex("1c010200"))
    shorter = CLIENT[:start] + bytes.fromhex("c0000200") + CLIENT[start + 4 : start + 0xC0]
    shorter = len(shorter).to_bytes(4, "little") + shorter[4:]

    (client,) = sockets(shorter)

    assert client.transmitted is None
    assert client.counters().sent_bytes == 70_001


def test_the_bytes_of_a_udp_socket_are_unknown() -> None:
    start = CLIENT.index(bytes.fromhex("1c010200"))
    without = start.to_bytes(4, "little") + CLIENT[4:start]

    (datagrams,) = sockets(without, socket.IPPROTO_UDP)

    assert datagrams.counters().sent_bytes is None
    assert datagrams.flow().protocol is Protocol.UDP


def test_the_end_of_a_list_is_told() -> None:
    assert list(parse_messages(STREAM, socket.IPPROTO_TCP))[-1] == DumpEnd()


def test_a_refusal_gives_its_error_number() -> None:
    refusal = (
        bytes.fromhex("24000000020000000100000007ffb197")
        + (-1).to_bytes(4, "little", signed=True)
        + bytes(16)
    )

    assert list(parse_messages(refusal)) == [DumpEnd(error=1)]


@given(st.integers(0, len(STREAM)))
def test_a_cut_off_stream_gives_its_whole_messages(length: int) -> None:
    found, whole = sockets(STREAM[:length]), sockets(STREAM)

    assert found == whole[: len(found)]


@given(st.binary(max_size=600), st.integers(0, len(STREAM)))
def test_any_bytes_end_without_an_exception(junk: bytes, at: int) -> None:
    for found in sockets(STREAM[:at] + junk + STREAM[at:]):
        assert found.flow().source.port == found.ports[0]
        assert found.counters() is not None


@given(st.integers(0, len(STREAM) - 1), st.integers(0, 255))
def test_any_changed_byte_ends_without_an_exception(at: int, value: int) -> None:
    for found in sockets(STREAM[:at] + bytes([value]) + STREAM[at + 1 :]):
        assert found.flow().destination.port == found.ports[1]


def test_a_request_asks_for_a_family_and_protocol() -> None:
    request = dump_request(socket.AF_INET6, socket.IPPROTO_UDP, 1 << State.ESTABLISHED)

    assert len(request) == 72
    assert request[16:18] == bytes([socket.AF_INET6, socket.IPPROTO_UDP])


def test_a_closed_socket_cannot_be_asked_and_closes_twice() -> None:
    diag = DiagSocket()
    diag.close()
    diag.close()

    with pytest.raises(SourceError, match="not open"):
        diag.dump(socket.AF_INET, socket.IPPROTO_TCP)


def test_our_own_connection_is_listed() -> None:
    diag = DiagSocket()
    diag.open()
    with (
        socket.create_server(("127.0.0.1", 0)) as server,
        socket.create_connection(server.getsockname()) as client,
    ):
        listed = diag.dump(socket.AF_INET, socket.IPPROTO_TCP)
        port, server_port = client.getsockname()[1], server.getsockname()[1]
    diag.close()

    assert (port, server_port) in [each.ports for each in listed]
