"""What the eBPF programs hand over, byte for byte as `records.h` lays it out."""

import socket
import struct
from dataclasses import dataclass
from functools import lru_cache

from strandwatch.domain.flow import Protocol


class Kind:
    """First byte of every record in the ring and from the socket iterators."""

    CLOSED = 2
    PROGRESSED = 3
    HELD = 4
    RELEASED = 5
    EXECUTED = 6
    FORKED = 7
    EXITED = 8


class FlowFlag:
    """What the kernel side knows of a flow: plain bits, because they are tested per record."""

    OUTBOUND = 1
    INBOUND = 2
    ESTABLISHED = 4
    FOUND = 8
    DATAGRAM = 16
    CLOSED = 32
    FRAMES = 64
    SETTLED = 128


LISTENING = 10
FAMILY_INET = 2
FAMILY_INET6 = 10
FAMILY_PACKET = 17
_UNKNOWN_BYTES = 2**64 - 1
_NO_LOGIN = 2**32 - 1

FLOW_HEAD = struct.Struct("=BBHHHHHIQQ16s16sQQII")
FLOW = struct.Struct(FLOW_HEAD.format + "QQQQQQ" + "QII" + "QIIQ" * 4 + "II")
DESTINATION_KEY = struct.Struct("=Q16sIHBB")
DESTINATION = struct.Struct("=QQQQQQ16sIIHHI")
MARKS = struct.Struct("=" + "QIIQ" * 4 + "II")
DEVICE = struct.Struct("=QIIII")
COUNTS = struct.Struct("=6Q")
"""Four kinds of loss, then how often TCP and datagram totals moved."""
RELEASED = struct.Struct("=B7xQQ")
FORKED = struct.Struct("=B7xQQI4xQI4x")
EXITED = struct.Struct("=B7xQQI4xQ")
EXECUTED = struct.Struct("=BBHHHQQI4xQI4xIIIIIIQ16s" + "QQIIH6x" * 3)
_SENDERS = 4


@dataclass(slots=True)
class Actor:
    """A process as the kernel names it; pid 0 is nobody."""

    pid: int
    started: int
    """Nanoseconds since boot."""


@dataclass(slots=True)
class FlowRecord:
    """Ends and totals of one TCP or packet socket."""

    kind: int
    state: int
    family: int
    protocol: int
    network_namespace: int
    cookie: int
    at: int
    source: tuple[str, int]
    destination: tuple[str, int]
    acked: int
    received: int
    queued: int
    user_id: int
    opened_at: int
    handed: int
    wire: int
    opener: Actor
    senders: list[tuple[Actor, int]]
    flags: int


@dataclass(slots=True)
class DestinationRecord:
    """Totals of what one process sent from one socket to one destination."""

    key: bytes
    cookie: int
    family: int
    protocol: int
    destination: tuple[str, int]
    pid: int
    started: int
    payload: int
    wire: int
    first_at: int
    last_at: int
    source: tuple[str, int]
    network_namespace: int
    user_id: int
    flags: int


@dataclass(slots=True)
class StandardDescriptor:
    """Descriptor 0, 1 or 2 at exec; inode 0 is a closed one."""

    inode: int
    offset: int
    device: int
    flags: int
    mode: int


@dataclass(slots=True)
class ExecRecord:
    """A program that a process began to run."""

    at: int
    process: Actor
    parent: Actor
    user_id: int
    login_user_id: int | None
    session: int
    group: int
    network_namespace: int
    cgroups: int
    comm: str
    standard: list[StandardDescriptor]
    path: str
    command: tuple[str, ...]


def read_flow(data: bytes, offset: int = 0) -> FlowRecord:
    """Read a `struct flow_record`."""
    fields = FLOW.unpack_from(data, offset)
    (kind, state, family, protocol, source_port, destination_port, _, namespace, cookie, at) = (
        fields[:10]
    )
    source, destination, acked, received, queued, user_id = fields[10:16]
    opened_at, handed, wire, _, _, _, opener_started, opener_pid, _ = fields[16:25]
    senders = [
        (Actor(fields[at + 1], fields[at]), fields[at + 3])
        for at in range(25, 25 + 4 * _SENDERS, 4)
        if fields[at + 1]
    ]
    return FlowRecord(
        kind, state, family, protocol, namespace, cookie, at,
        (_address(family, source), source_port),
        (_address(family, destination), destination_port),
        acked, received, queued, user_id, opened_at, handed, wire,
        Actor(opener_pid, opener_started), senders, fields[-2],
    )  # fmt: skip


def read_destination(data: bytes, offset: int = 0) -> DestinationRecord:
    """Read a `struct destination_record`."""
    key = data[offset : offset + DESTINATION_KEY.size]
    cookie, address, pid, port, protocol, family = DESTINATION_KEY.unpack(key)
    fields = DESTINATION.unpack_from(data, offset + DESTINATION_KEY.size)
    payload, wire, _, first_at, last_at, started, source, namespace, user_id = fields[:9]
    return DestinationRecord(
        key, cookie, family, protocol, (_address(family, address), port), pid, started,
        payload, wire, first_at, last_at, (_address(family, source), fields[9]),
        namespace, user_id, fields[11],
    )  # fmt: skip


def read_marks(data: bytes) -> list[tuple[Actor, int]]:
    """Read a `struct marks`: who sent how much, the last sender first."""
    fields = MARKS.unpack(data)
    last = fields[-1]
    senders = [
        (Actor(fields[at + 1], fields[at]), fields[at + 3])
        for at in range(0, 4 * _SENDERS, 4)
        if fields[at + 1]
    ]
    return [*senders[last : last + 1], *senders[:last], *senders[last + 1 :]]


def read_executed(data: bytes) -> ExecRecord:
    """Read a `struct exec_record` with the path and the arguments behind it."""
    fields = EXECUTED.unpack_from(data)
    _, _, path_length, arguments_length, _, at, started, pid, parent_started, parent = fields[:10]
    user_id, login, session, group, namespace, _, cgroups, comm = fields[10:18]
    standard = [StandardDescriptor(*fields[at : at + 5]) for at in range(18, 33, 5)]
    text = data[EXECUTED.size :]
    arguments = text[path_length : path_length + arguments_length]
    return ExecRecord(
        at=at,
        process=Actor(pid, started),
        parent=Actor(parent, parent_started),
        user_id=user_id,
        login_user_id=None if login == _NO_LOGIN else login,
        session=session,
        group=group,
        network_namespace=namespace,
        cgroups=cgroups,
        comm=_text(comm.split(b"\0", 1)[0]),
        standard=standard,
        path=_text(text[:path_length].split(b"\0", 1)[0]),
        command=tuple(_text(part) for part in arguments.removesuffix(b"\0").split(b"\0")),
    )


def read_exited(data: bytes) -> tuple[int, Actor, int | None]:
    """Read a `struct exit_record`: when, who, and the bytes it read."""
    _, at, started, pid, read = EXITED.unpack_from(data)
    return at, Actor(pid, started), None if read == _UNKNOWN_BYTES else read


def read_forked(data: bytes) -> tuple[int, Actor, Actor]:
    """Read a `struct fork_record`: when, parent and child."""
    _, at, parent_started, parent, child_started, child = FORKED.unpack_from(data)
    return at, Actor(parent, parent_started), Actor(child, child_started)


_PROTOCOLS = {
    1: Protocol.ICMP,
    6: Protocol.TCP,
    17: Protocol.UDP,
    58: Protocol.ICMPV6,
    132: Protocol.SCTP,
    136: Protocol.UDP,
    255: Protocol.RAW,
    262: Protocol.TCP,
}


def protocol_name(family: int, number: int, flags: int = 0) -> Protocol:
    """Give the word for an IP protocol number, or for a socket that sends whole frames."""
    if family == FAMILY_PACKET or flags & FlowFlag.FRAMES:
        return Protocol.PACKET
    return _PROTOCOLS.get(number, Protocol.OTHER)


def _text(data: bytes) -> str:
    return data.decode("utf-8", "backslashreplace")


@lru_cache(maxsize=8192)
def _address(family: int, data: bytes) -> str:
    if family == FAMILY_INET:
        return socket.inet_ntop(socket.AF_INET, data[:4])
    if family == FAMILY_PACKET:
        return data[:6].hex(":") if any(data[:6]) else ""
    if data.startswith(b"\0" * 10 + b"\xff\xff"):
        return socket.inet_ntop(socket.AF_INET, data[12:])
    return socket.inet_ntop(socket.AF_INET6, data)
