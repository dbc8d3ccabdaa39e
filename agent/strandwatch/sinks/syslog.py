"""Carrying syslog messages: local socket, UDP (RFC 5426), TCP (RFC 6587) and TLS (RFC 5425)."""

import select
import socket
import ssl
from dataclasses import dataclass
from pathlib import Path

from strandwatch.sinks.spool import Parcel
from strandwatch.sinks.spooled import NotNowError

LONGEST_DATAGRAM = 8_192
"""Bytes of a message over UDP; receivers have to take 2 048 only, most take this (RFC 5426)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SyslogTarget:
    """Where messages go."""

    transport: str
    """local, udp, tcp or tls."""
    host: str = ""
    port: int = 0
    path: str = "/dev/log"
    """The local socket."""
    authority: Path | None = None
    """Certificate of the authority that the receiver's is checked against; None: the system's."""
    certificate: Path | None = None
    key: Path | None = None
    """Our own certificate and its key, where the receiver asks for them."""
    timeout_seconds: float = 10.0


class SyslogCarrier:
    """Writes messages to a syslog receiver; passes `Carrier`.

    Syslog has no acknowledgement: what was written to a connection that breaks right afterwards is
    lost without a sign. A connection that the receiver has closed is noticed before writing.
    """

    def __init__(self, target: SyslogTarget) -> None:
        self._target = target
        self._socket: socket.socket | None = None

    def carry(self, parcel: Parcel) -> None:
        """Write one message, with octet counting on streams (RFC 6587 section 3.4.1)."""
        try:
            if self._target.transport in ("tcp", "tls"):
                message = b"%d %s" % (len(parcel.payload), parcel.payload)
                self._connected().sendall(message)
            else:
                self._connected().send(_datagram(parcel.payload))
        except (OSError, ValueError) as error:
            self.close()
            raise NotNowError(f"syslog: {error}") from error

    def close(self) -> None:
        """Close the connection."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _connected(self) -> socket.socket:
        if self._socket is not None and _has_ended(self._socket):
            self.close()
        if self._socket is None:
            self._socket = self._connect()
        return self._socket

    def _connect(self) -> socket.socket:
        target = self._target
        if target.transport == "local":
            return _local(target)
        if target.transport == "udp":
            return _datagram_socket(target)
        stream = socket.create_connection((target.host, target.port), target.timeout_seconds)
        if target.transport == "tcp":
            return stream
        try:
            return _context(target).wrap_socket(stream, server_hostname=target.host)
        except (OSError, ValueError):
            stream.close()
            raise


def _local(target: SyslogTarget) -> socket.socket:
    made = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    made.settimeout(target.timeout_seconds)
    try:
        made.connect(target.path)
    except OSError:
        made.close()
        raise
    return made


def _datagram_socket(target: SyslogTarget) -> socket.socket:
    family, kind, protocol, _, address = socket.getaddrinfo(
        target.host, target.port, type=socket.SOCK_DGRAM
    )[0]
    made = socket.socket(family, kind, protocol)
    made.settimeout(target.timeout_seconds)
    try:
        made.connect(address)
    except OSError:
        made.close()
        raise
    return made


def _context(target: SyslogTarget) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=target.authority)
    if target.certificate is not None:
        context.load_cert_chain(target.certificate, target.key)
    return context


def _has_ended(connection: socket.socket) -> bool:
    """Tell whether the receiver has closed: receivers of syslog never write anything else."""
    if connection.type != socket.SOCK_STREAM:
        return False
    readable, _, _ = select.select([connection], [], [], 0)
    return bool(readable)


def _datagram(payload: bytes) -> bytes:
    """Cut a message to what a datagram may hold, between two letters."""
    if len(payload) <= LONGEST_DATAGRAM:
        return payload
    return payload[:LONGEST_DATAGRAM].decode("utf-8", "ignore").encode()
