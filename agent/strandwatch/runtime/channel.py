"""Messages between processes: JSON lines, and open descriptors beside them, over a socket pair.

A `SOCK_SEQPACKET` pair keeps message borders and carries descriptors (unix(7), SCM_RIGHTS).
"""

import array
import os
import socket
from collections.abc import Sequence
from dataclasses import dataclass

MESSAGE_BYTES = 128 * 1024
"""The largest message; below the kernel's default send buffer of 208 KiB."""
DESCRIPTORS = 200
"""The most descriptors in one message; the kernel's limit is 253."""


@dataclass(frozen=True, slots=True)
class Message:
    """Bytes and the descriptors that came with them; the receiver owns the descriptors."""

    data: bytes
    descriptors: tuple[int, ...] = ()


def pair() -> tuple[socket.socket, socket.socket]:
    """Give both ends of a new channel."""
    ends = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    for end in ends:
        end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4 * MESSAGE_BYTES)
    return ends


def send(channel: socket.socket, data: bytes, descriptors: Sequence[int] = ()) -> None:
    """Send one message; raises OSError when the other end is gone or a time-out is set and over."""
    rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", descriptors))]
    channel.sendmsg([data], rights if descriptors else [])


def receive(channel: socket.socket) -> Message | None:
    """Wait for one message; None when the other end is closed."""
    room = socket.CMSG_SPACE(DESCRIPTORS * array.array("i").itemsize)
    data, ancillary, _, _ = channel.recvmsg(MESSAGE_BYTES, room, socket.MSG_CMSG_CLOEXEC)
    descriptors = array.array("i")
    for level, kind, payload in ancillary:
        if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
            descriptors.frombytes(payload[: len(payload) - len(payload) % descriptors.itemsize])
    if not data:
        close_all(descriptors)
        return None
    return Message(data, tuple(descriptors))


def close_all(descriptors: Sequence[int]) -> None:
    """Close descriptors that nobody wants."""
    for descriptor in descriptors:
        os.close(descriptor)
