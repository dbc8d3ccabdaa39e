"""What the lab's servers are made of."""

import os
import socket
import ssl
import threading
from pathlib import Path

import pytest

from strandwatch.lab.servers import HttpSink, listening_ports, self_made_certificate


def _shake_hands(context: ssl.SSLContext, end: socket.socket) -> None:
    context.wrap_socket(end, server_side=True).close()


def test_a_client_that_trusts_the_certificate_accepts_its_names(tmp_path: Path) -> None:
    certificate = tmp_path / "certificate.pem"
    certificate.write_bytes(self_made_certificate(["upload.example.test", "203.0.113.10"]))
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(certificate)
    client = ssl.create_default_context(cafile=str(certificate))

    for name in ("upload.example.test", "203.0.113.10"):
        ours, theirs = socket.socketpair()
        thread = threading.Thread(
            target=lambda end: server.wrap_socket(end, True).close(), args=(theirs,)
        )
        thread.start()
        with client.wrap_socket(ours, server_hostname=name) as wrapped:
            assert wrapped.getpeercert() is not None
        thread.join(5)


def test_a_name_that_is_not_in_the_certificate_is_refused(tmp_path: Path) -> None:
    certificate = tmp_path / "certificate.pem"
    certificate.write_bytes(self_made_certificate(["upload.example.test"]))
    client = ssl.create_default_context(cafile=str(certificate))
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    session = client.wrap_bio(incoming, outgoing, server_hostname="other.example.test")
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(certificate)
    far = server.wrap_bio(outgoing, incoming, server_side=True)

    for end in (session, far):
        with pytest.raises(ssl.SSLWantReadError):
            end.do_handshake()
    with pytest.raises(ssl.SSLCertVerificationError):
        session.do_handshake()


@pytest.mark.parametrize("family", [socket.AF_INET, socket.AF_INET6])
def test_a_port_that_somebody_listens_on_is_found(family: socket.AddressFamily) -> None:
    with socket.socket(family, socket.SOCK_STREAM) as server:
        server.bind(("127.0.0.1" if family is socket.AF_INET else "::1", 0))
        port = server.getsockname()[1]
        before = listening_ports(os.getpid())
        server.listen()

        after = listening_ports(os.getpid())

    assert port not in before
    assert port in after


def test_a_process_that_is_gone_listens_on_nothing() -> None:
    assert listening_ports(0) == set()


def test_no_receipts_are_no_uploads(tmp_path: Path) -> None:
    assert HttpSink(tmp_path / "c", tmp_path / "none").receipts() == []
