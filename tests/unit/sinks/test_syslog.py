"""Carrying syslog messages over each transport."""

import contextlib
import socket
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path
from queue import Queue

import pytest

from strandwatch.sinks.spool import Parcel
from strandwatch.sinks.spooled import NotNowError
from strandwatch.sinks.syslog import LONGEST_DATAGRAM, SyslogCarrier, SyslogTarget
from support.certificates import Certificates, make_certificates
from support.receivers import keeping, keeping_once, receiving

PARCEL = Parcel("k", "<83>1 - - strandwatch - - - é".encode())


@contextlib.contextmanager
def carrying(**target: object) -> Iterator[SyslogCarrier]:
    carrier = SyslogCarrier(SyslogTarget(**{"timeout_seconds": 5, **target}))  # type: ignore[arg-type]
    try:
        yield carrier
    finally:
        carrier.close()
        carrier.close()


def test_over_tcp_messages_are_counted_octet_by_octet() -> None:
    with receiving(keeping) as receiver:
        with carrying(transport="tcp", host="127.0.0.1", port=receiver.port) as carrier:
            carrier.carry(PARCEL)
            carrier.carry(PARCEL)
        framed = b"%d %s" % (len(PARCEL.payload), PARCEL.payload)
        got = b""
        while len(got) < 2 * len(framed):
            got += receiver.got.get(timeout=10)

    assert got == framed + framed


def test_a_connection_that_the_receiver_closed_is_made_anew() -> None:
    with (
        receiving(keeping_once) as receiver,
        carrying(transport="tcp", host="127.0.0.1", port=receiver.port) as carrier,
    ):
        carrier.carry(PARCEL)
        first = receiver.got.get(timeout=10)
        assert carrier._socket is not None
        assert carrier._socket.recv(1) == b""
        carrier.carry(PARCEL)
        second = receiver.got.get(timeout=10)

    assert first == second


def test_over_udp_a_message_is_a_datagram_cut_between_letters() -> None:
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server,
    ):
        server.bind(("127.0.0.1", 0))
        server.settimeout(10)
        port = server.getsockname()[1]
        with carrying(transport="udp", host="127.0.0.1", port=port) as carrier:
            carrier.carry(PARCEL)
            carrier.carry(Parcel("k", b"x" + "é".encode() * LONGEST_DATAGRAM))
        whole, cut = server.recv(65_536), server.recv(65_536)

    assert whole == PARCEL.payload
    assert len(cut) == LONGEST_DATAGRAM - 1
    assert cut.decode().endswith("é")


def test_the_local_socket_takes_datagrams(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as server:
        server.bind(str(tmp_path / "log"))
        server.settimeout(10)
        with carrying(transport="local", path=str(tmp_path / "log")) as carrier:
            carrier.carry(PARCEL)

        assert server.recv(65_536) == PARCEL.payload


@pytest.mark.parametrize("transport", ["tcp", "local"])
def test_nobody_there_is_tried_again(transport: str, tmp_path: Path) -> None:
    with receiving(keeping) as receiver:
        port = receiver.port

    with (
        carrying(
            transport=transport, host="127.0.0.1", port=port, path=str(tmp_path / "none")
        ) as carrier,
        pytest.raises(NotNowError, match="syslog"),
    ):
        carrier.carry(PARCEL)


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return make_certificates(tmp_path_factory.mktemp("certificates"))


@contextlib.contextmanager
def tls_server(certificates: Certificates, *, ask: bool) -> Iterator[tuple[int, "Queue[bytes]"]]:
    """Receive one connection over TLS; `ask` for the sender's certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificates.certificate, certificates.key)
    if ask:
        context.load_verify_locations(certificates.authority)
        context.verify_mode = ssl.CERT_REQUIRED
    got: Queue[bytes] = Queue()

    def serve(server: socket.socket) -> None:
        with contextlib.suppress(OSError):
            connection, _ = server.accept()
            connection.settimeout(10)
            with connection, context.wrap_socket(connection, server_side=True) as secure:
                got.put(secure.recv(65_536))

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=serve, args=(server,))
        thread.start()
        try:
            yield server.getsockname()[1], got
        finally:
            with contextlib.suppress(OSError):
                server.shutdown(socket.SHUT_RDWR)
            thread.join()


def test_over_tls_both_sides_show_who_they_are(certificates: Certificates) -> None:
    with (
        tls_server(certificates, ask=True) as (port, got),
        carrying(
            transport="tls",
            host="127.0.0.1",
            port=port,
            authority=certificates.authority,
            certificate=certificates.certificate,
            key=certificates.key,
        ) as carrier,
    ):
        carrier.carry(PARCEL)

        assert got.get(timeout=10) == b"%d %s" % (len(PARCEL.payload), PARCEL.payload)


def test_a_receiver_that_nobody_vouches_for_gets_nothing(certificates: Certificates) -> None:
    with (
        tls_server(certificates, ask=False) as (port, got),
        carrying(transport="tls", host="127.0.0.1", port=port) as carrier,
        pytest.raises(NotNowError, match="certificate"),
    ):
        carrier.carry(PARCEL)

    assert got.empty()
