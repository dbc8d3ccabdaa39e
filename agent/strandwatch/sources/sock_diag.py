"""The kernel's list of sockets over netlink: sock_diag(7), as bytes and back, and its socket.

Layouts: linux/inet_diag.h, linux/netlink.h, linux/sock_diag.h and struct tcp_info of linux/tcp.h,
which only ever grows at its end.
"""

import errno
import ipaddress
import socket
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum
from typing import NamedTuple

from strandwatch.domain.flow import Endpoint, FiveTuple, Protocol
from strandwatch.domain.observation import FlowCounters
from strandwatch.errors import MissingCapabilityError, SourceError

NETLINK_SOCK_DIAG = 4
_BY_FAMILY, _ERROR, _DONE = 20, 2, 3
_REQUEST, _DUMP, _INTERRUPTED = 0x1, 0x300, 0x10
_INFO, _PROTOCOL = 2, 10
_HEADER = struct.Struct("=IHHII")
_QUERY = struct.Struct("=BBBBI48x")
_MESSAGE = struct.Struct("=BBBB36s4xIIIIIII")
_ATTRIBUTE = struct.Struct("=HH")
_TCP_ACKED = struct.Struct("=QQ")
_TCP_SENT = struct.Struct("=QQ")
_ACKED_OFFSET, _SENT_OFFSET = 120, 200
_SO_RCVBUFFORCE = 33
_BUFFER = 1 << 18
DESTROY_GROUPS = (1, 2, 3, 4)
"""SKNLGRP_INET_TCP_DESTROY, _INET_UDP_DESTROY, _INET6_TCP_DESTROY, _INET6_UDP_DESTROY."""


class State(IntEnum):
    """States of net/tcp_states.h; UDP sockets are ESTABLISHED when connected, else CLOSE."""

    ESTABLISHED = 1
    SYN_SENT = 2
    SYN_RECEIVED = 3
    FIN_WAIT1 = 4
    FIN_WAIT2 = 5
    TIME_WAIT = 6
    CLOSE = 7
    CLOSE_WAIT = 8
    LAST_ACK = 9
    LISTEN = 10
    CLOSING = 11
    NEW_SYN_RECEIVED = 12


_WITHOUT_SOCKET = {State.SYN_RECEIVED, State.TIME_WAIT, State.NEW_SYN_RECEIVED}
FLOW_STATES = sum(1 << state for state in State if state not in _WITHOUT_SOCKET)
"""All states but those of sockets that no process has yet, or any more."""


class SocketState(NamedTuple):
    """One socket as the kernel lists it; a tuple, because thousands are read every second."""

    family: int
    protocol: int
    state: int
    cookie: int
    ends: bytes
    """Ports in network order, then both addresses in 16 bytes each."""
    user_id: int
    inode: int
    waiting: int
    """Bytes in the send queue."""
    acknowledged: int | None
    received: int | None
    transmitted: int | None
    """Payload bytes sent, again or for the first time; None before Linux 4.19."""
    repeated: int

    @property
    def ports(self) -> tuple[int, int]:
        """Own and other port."""
        own, other = struct.unpack_from("!HH", self.ends)
        return own, other

    def flow(self) -> FiveTuple:
        """Give both ends in canonical form."""
        own, other = self.ports
        protocol = Protocol.TCP if self.protocol == socket.IPPROTO_TCP else Protocol.UDP
        return FiveTuple(
            protocol,
            Endpoint(_address(self.family, self.ends[4:20]), own),
            Endpoint(_address(self.family, self.ends[20:36]), other),
        )

    def counters(self) -> FlowCounters:
        """Give payload totals; unknown for UDP, of which the kernel keeps none."""
        if self.acknowledged is None:
            return FlowCounters()
        sent = self.acknowledged
        if self.transmitted is not None:
            # Acknowledged bytes count SYN and FIN (RFC 4898 counts sequence space): never more
            # than the payload that was sent.
            sent = min(sent, self.transmitted - self.repeated)
        queued = 0 if self.state == State.CLOSE else self.waiting
        return FlowCounters(sent_bytes=sent, queued_bytes=queued, received_bytes=self.received)


@dataclass(frozen=True, slots=True)
class DumpEnd:
    """A dump is over, or was refused with an errno; `interrupted` when it may have gaps."""

    error: int = 0
    interrupted: bool = False


def dump_request(family: int, protocol: int, states: int = FLOW_STATES) -> bytes:
    """Ask for all sockets of a family and protocol in these states, with TCP's own counters."""
    body = _QUERY.pack(family, protocol, 1 << (_INFO - 1), 0, states)
    header = _HEADER.pack(_HEADER.size + len(body), _BY_FAMILY, _REQUEST | _DUMP, 1, 0)
    return header + body


def parse_messages(raw: bytes, protocol: int | None = None) -> Iterator[SocketState | DumpEnd]:
    """Split what the kernel sent; a cut-off or foreign part is left out.

    `protocol` is the one that was asked for; without it the message itself must say (as those of
    the destroy groups do).
    """
    offset = 0
    interrupted = False
    while offset + _HEADER.size <= len(raw):
        length, kind, flags, _, _ = _HEADER.unpack_from(raw, offset)
        if length < _HEADER.size or offset + length > len(raw):
            return
        interrupted |= bool(flags & _INTERRUPTED)
        body = offset + _HEADER.size
        if kind == _BY_FAMILY:
            found = _parse_socket(raw, body, offset + length, protocol)
            if found:
                yield found
        elif kind == _DONE:
            yield DumpEnd(interrupted=interrupted)
        elif kind == _ERROR and length >= _HEADER.size + 4:
            yield DumpEnd(error=-struct.unpack_from("=i", raw, body)[0])
        offset += (length + 3) & ~3


def _parse_socket(raw: bytes, start: int, end: int, protocol: int | None) -> SocketState | None:
    if end - start < _MESSAGE.size:
        return None
    (family, state, _, _, ends, low, high, _, _, waiting, user_id, inode) = _MESSAGE.unpack_from(
        raw, start
    )
    info: tuple[int, int] | None = None
    for kind, first, last in _attributes(raw, start + _MESSAGE.size, end):
        if kind == _INFO:
            info = (first, last)
        elif kind == _PROTOCOL and last > first:
            protocol = raw[first]
    if protocol is None or family not in (socket.AF_INET, socket.AF_INET6):
        return None
    acknowledged = received = transmitted = None
    repeated = 0
    if info and info[1] - info[0] >= _ACKED_OFFSET + _TCP_ACKED.size:
        acknowledged, received = _TCP_ACKED.unpack_from(raw, info[0] + _ACKED_OFFSET)
        if info[1] - info[0] >= _SENT_OFFSET + _TCP_SENT.size:
            transmitted, repeated = _TCP_SENT.unpack_from(raw, info[0] + _SENT_OFFSET)
    return SocketState(
        family,
        protocol,
        state,
        high << 32 | low,
        ends,
        user_id,
        inode,
        waiting,
        acknowledged,
        received,
        transmitted,
        repeated,
    )


def _attributes(raw: bytes, offset: int, end: int) -> Iterator[tuple[int, int, int]]:
    """Give kind, first and last offset of each attribute."""
    while offset + _ATTRIBUTE.size <= end:
        length, kind = _ATTRIBUTE.unpack_from(raw, offset)
        if length < _ATTRIBUTE.size or offset + length > end:
            return
        yield kind, offset + _ATTRIBUTE.size, offset + length
        offset += (length + 3) & ~3


def _address(family: int, raw: bytes) -> str:
    if family == socket.AF_INET:
        return socket.inet_ntop(socket.AF_INET, raw[:4])
    address = ipaddress.IPv6Address(raw)
    return str(address.ipv4_mapped or address)


class DiagSocket:
    """Asks the kernel about the sockets of the network namespace in which it was opened."""

    def __init__(self) -> None:
        self._queries: socket.socket | None = None
        self._ends: socket.socket | None = None

    def open(self) -> None:
        """Open in the calling thread's network namespace; the destroy groups where allowed."""
        try:
            self._queries = socket.socket(
                socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC, NETLINK_SOCK_DIAG
            )
        except OSError as error:
            raise MissingCapabilityError(f"sock_diag is not available: {error}") from error
        self._queries.settimeout(5)
        self._ends = _open_destroy_groups()

    @property
    def descriptor(self) -> int:
        """Readable when sockets were destroyed; -1 where the kernel does not tell."""
        return self._ends.fileno() if self._ends else -1

    def dump(self, family: int, protocol: int, states: int = FLOW_STATES) -> list[SocketState]:
        """List all sockets; raises SourceError when the kernel refuses."""
        if self._queries is None:
            raise SourceError("sock_diag is not open")
        found: list[SocketState] = []
        try:
            self._queries.send(dump_request(family, protocol, states))
            while True:
                for item in parse_messages(self._queries.recv(_BUFFER), protocol):
                    if isinstance(item, SocketState):
                        found.append(item)
                    elif item.error not in (0, errno.ENOENT):
                        raise SourceError(f"sock_diag: {errno.errorcode.get(item.error)}")
                    else:
                        return found
        except OSError as error:
            raise SourceError(f"sock_diag: {error}") from error

    def destroyed(self) -> tuple[list[SocketState], bool]:
        """Give the last state of sockets that ended, and whether some were missed."""
        found: list[SocketState] = []
        while self._ends:
            try:
                raw = self._ends.recv(_BUFFER)
            except BlockingIOError:
                break
            except OSError as error:
                if error.errno == errno.ENOBUFS:
                    return found, True
                raise SourceError(f"sock_diag: {error}") from error
            found.extend(item for item in parse_messages(raw) if isinstance(item, SocketState))
        return found, False

    def close(self) -> None:
        """Close; safe twice."""
        for each in (self._queries, self._ends):
            if each:
                each.close()
        self._queries = self._ends = None


def _open_destroy_groups() -> socket.socket | None:
    ends = socket.socket(
        socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC, NETLINK_SOCK_DIAG
    )
    try:
        ends.bind((0, sum(1 << (group - 1) for group in DESTROY_GROUPS)))
    except OSError:
        ends.close()
        return None
    for option in (_SO_RCVBUFFORCE, socket.SO_RCVBUF):
        try:
            ends.setsockopt(socket.SOL_SOCKET, option, 1 << 23)
            break
        except OSError:
            continue
    ends.setblocking(False)
    return ends
