"""The kernel's process events over netlink (linux/cn_proc.h): fork, exec and exit, as bytes."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum

NETLINK_CONNECTOR = 11
PROCESS_GROUP = 1
_DONE, _ERROR = 3, 2
_HEADER = struct.Struct("=IHHII")
_CONNECTOR = struct.Struct("=IIIIHH")
_EVENT = struct.Struct("=IIQ")
_FOUR = struct.Struct("=iiii")
_TWO = struct.Struct("=ii")
_LISTEN, _IGNORE = 1, 2


class What(IntEnum):
    """The kinds of events that are used."""

    FORK = 0x00000001
    EXEC = 0x00000002
    EXIT = 0x80000000


@dataclass(frozen=True, slots=True)
class ProcessEvent:
    """What a process (never a mere thread) did; `child` only for FORK."""

    what: What
    pid: int
    child: int = 0


def listen_request(*, listen: bool = True) -> bytes:
    """Ask for events, or for no more of them."""
    operation = struct.pack("=I", _LISTEN if listen else _IGNORE)
    connector = _CONNECTOR.pack(1, 1, 0, 0, len(operation), 0)
    length = _HEADER.size + len(connector) + len(operation)
    return _HEADER.pack(length, _DONE, 0, 0, 0) + connector + operation


def parse_events(raw: bytes) -> Iterator[ProcessEvent]:
    """Give the events of processes; threads, other kinds and cut-off parts are left out."""
    offset = 0
    while offset + _HEADER.size <= len(raw):
        length, kind, _, _, _ = _HEADER.unpack_from(raw, offset)
        end = offset + length
        if length < _HEADER.size or end > len(raw):
            return
        body = offset + _HEADER.size + _CONNECTOR.size
        if kind != _ERROR and body + _EVENT.size + _FOUR.size <= end:
            event = _parse_event(raw, body)
            if event:
                yield event
        offset += (length + 3) & ~3


def _parse_event(raw: bytes, offset: int) -> ProcessEvent | None:
    what, _, _ = _EVENT.unpack_from(raw, offset)
    offset += _EVENT.size
    if what == What.FORK:
        _, parent, thread, child = _FOUR.unpack_from(raw, offset)
        return ProcessEvent(What.FORK, parent, child) if thread == child else None
    thread, process = _TWO.unpack_from(raw, offset)
    if what == What.EXEC:
        return ProcessEvent(What.EXEC, process)
    if what == What.EXIT and thread == process:
        return ProcessEvent(What.EXIT, process)
    return None
