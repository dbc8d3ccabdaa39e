"""Which packets the kernel hands to us: those that carry a name, told by content on any port.

The filter is a classic BPF program (linux/filter.h) for packets that begin with the IP header. It
takes DNS answers that come in, and of what goes out ClientHellos (RFC 8446), QUIC Initial packets
(RFC 9000 and 9369), HTTP requests and SOCKS requests. A load beyond the packet's end drops it.
"""

import ctypes
import socket
import struct
from typing import NamedTuple

_SO_ATTACH_FILTER = 26
_PACKET_TYPE = -0x1000 + 4
"""SKF_AD_OFF + SKF_AD_PKTTYPE."""
_OUTGOING = 4
_WHOLE = 0x40000

_LOAD_WORD, _LOAD_HALF, _LOAD_BYTE = 0x20, 0x28, 0x30
_AT_WORD, _AT_HALF, _AT_BYTE = 0x40, 0x48, 0x50
_HEADER_LENGTH, _SET_INDEX = 0xB1, 0x01
_AND, _SHIFT_RIGHT, _ADD_INDEX, _TO_INDEX = 0x54, 0x74, 0x0C, 0x07
_JUMP, _EQUAL, _GREATER, _ANY_SET, _RETURN = 0x05, 0x15, 0x25, 0x45, 0x06

_HTTP_METHODS = (b"GET ", b"POST", b"PUT ", b"HEAD", b"CONN", b"PATC", b"DELE", b"OPTI")
_QUIC_1, _QUIC_2 = 0x00000001, 0x6B3343CF


class _Step(NamedTuple):
    code: int
    value: int
    if_true: str = ""
    if_false: str = ""


_Program = list[_Step | str]


def _dns_at(offset: int, found: str) -> _Program:
    """Take an answer (RFC 1035 4.1.1): no error, one question, 1 to 64 records."""
    return [
        _Step(_AT_HALF, offset + 2),
        _Step(_AND, 0xF80F),
        _Step(_EQUAL, 0x8000, "", "drop"),
        _Step(_AT_HALF, offset + 4),
        _Step(_EQUAL, 1, "", "drop"),
        _Step(_AT_HALF, offset + 6),
        _Step(_EQUAL, 0, "drop"),
        _Step(_GREATER, 64, "drop"),
        _Step(_AT_HALF, offset + 8),
        _Step(_GREATER, 64, "drop", found),
    ]


_NETWORK_LAYER: _Program = [
    _Step(_LOAD_BYTE, 0),
    _Step(_AND, 0xF0),
    _Step(_EQUAL, 0x40, "ipv4"),
    _Step(_EQUAL, 0x60, "", "drop"),
    _Step(_SET_INDEX, 40),
    _Step(_LOAD_BYTE, 6),
    _Step(_JUMP, 0, "transport"),
    "ipv4",
    _Step(_LOAD_HALF, 6),
    _Step(_ANY_SET, 0x1FFF, "drop"),
    _Step(_HEADER_LENGTH, 0),
    _Step(_LOAD_BYTE, 9),
    "transport",
    _Step(_EQUAL, socket.IPPROTO_TCP, "tcp"),
    _Step(_EQUAL, socket.IPPROTO_UDP, "", "drop"),
    _Step(_LOAD_BYTE, _PACKET_TYPE),
    _Step(_EQUAL, _OUTGOING, "quic"),
]

_QUIC: _Program = [
    "quic",
    # Long header, fixed bit, and the packet type Initial: 0 in version 1, 1 in version 2.
    _Step(_AT_WORD, 9),
    _Step(_EQUAL, _QUIC_1, "quic 1"),
    _Step(_EQUAL, _QUIC_2, "", "drop"),
    _Step(_AT_BYTE, 8),
    _Step(_AND, 0xF0),
    _Step(_EQUAL, 0xD0, "take", "drop"),
    "quic 1",
    _Step(_AT_BYTE, 8),
    _Step(_AND, 0xF0),
    _Step(_EQUAL, 0xC0, "take", "drop"),
]

_TCP: _Program = [
    "tcp",
    _Step(_AT_BYTE, 12),
    _Step(_AND, 0xF0),
    _Step(_SHIFT_RIGHT, 2),
    _Step(_ADD_INDEX, 0),
    _Step(_TO_INDEX, 0),
    _Step(_LOAD_BYTE, _PACKET_TYPE),
    _Step(_EQUAL, _OUTGOING, "request"),
    *_dns_at(2, "take"),
    "request",
    _Step(_AT_WORD, 0),
    *(_Step(_EQUAL, int.from_bytes(method, "big"), "take") for method in _HTTP_METHODS),
    *(_Step(_EQUAL, 0x05010000 | kind, "take") for kind in (1, 3, 4)),
    _Step(_AND, 0xFFFF0000),
    # SOCKS 4: CONNECT; then two bytes of port and four of address, the name after the user.
    _Step(_EQUAL, 0x04010000, "take"),
    _Step(_AT_HALF, 0),
    _Step(_EQUAL, 0x1603, "", "drop"),
    _Step(_AT_BYTE, 5),
    _Step(_EQUAL, 1, "take", "drop"),
]

_END: _Program = ["take", _Step(_RETURN, _WHOLE), "drop", _Step(_RETURN, 0)]


def assemble() -> bytes:
    """Give the filter as an array of struct sock_filter."""
    program = [*_NETWORK_LAYER, *_dns_at(8, "take"), *_QUIC, *_TCP, *_END]
    places: dict[str, int] = {}
    steps: list[_Step] = []
    for item in program:
        if isinstance(item, str):
            places[item] = len(steps)
        else:
            steps.append(item)
    return b"".join(_encode(step, place, places) for place, step in enumerate(steps))


def _encode(step: _Step, place: int, places: dict[str, int]) -> bytes:
    value = step.value & 0xFFFFFFFF
    jumps = [places[label] - place - 1 if label else 0 for label in (step.if_true, step.if_false)]
    if step.code == _JUMP:
        return struct.pack("=HBBI", step.code, 0, 0, jumps[0])
    return struct.pack("=HBBI", step.code, jumps[0], jumps[1], value)


def attach(to: socket.socket) -> None:
    """Let only packets with names through to a socket."""
    program = assemble()
    kept = ctypes.create_string_buffer(program, len(program))
    description = struct.pack("HL", len(program) // 8, ctypes.addressof(kept))
    to.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_FILTER, description)
