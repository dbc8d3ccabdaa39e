"""The kernel's fanotify interface: one group of marks, and its events as values (fanotify(7))."""

import ctypes
import os
import struct
from typing import NamedTuple

from strandwatch.errors import MissingCapabilityError, SourceError

OPEN = 0x20
CLOSE_WRITE = 0x08
OPEN_EXEC = 0x1000
OVERFLOW = 0x4000
NO_DESCRIPTOR = -1

_CLOEXEC, _NONBLOCK, _CLASS_NOTIF = 0x1, 0x2, 0x0
_MARK_ADD, _MARK_REMOVE, _MARK_FILESYSTEM = 0x1, 0x2, 0x100
_MARK_IGNORED, _MARK_EVICTABLE = 0x20, 0x200
_AT_FDCWD = -100
_METADATA = struct.Struct("=IBBHQii")
_VERSION = 3
_LARGEFILE = 0o100000
# O_NONBLOCK: the kernel opens each event's file for us, and opening a FIFO would wait for a writer.
_EVENT_FLAGS = os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOATIME | _LARGEFILE


class FileEvent(NamedTuple):
    """One event: what happened, by whom, and an open descriptor that the reader must close.

    A tuple, because there are tens of thousands a second.
    """

    mask: int
    pid: int
    descriptor: int


def parse_events(raw: bytes) -> list[FileEvent]:
    """Split what the kernel wrote into events; a cut-off or foreign tail is left out."""
    events: list[FileEvent] = []
    offset = 0
    while offset + _METADATA.size <= len(raw):
        length, version, _, _, mask, descriptor, pid = _METADATA.unpack_from(raw, offset)
        if version != _VERSION or length < _METADATA.size:
            break
        events.append(FileEvent(mask, pid, descriptor))
        offset += length
    return events


class FanotifyGroup:
    """A notification group; `descriptor` becomes readable when there are events."""

    def __init__(self) -> None:
        self._libc = ctypes.CDLL(None, use_errno=True)
        self._libc.fanotify_mark.argtypes = [
            ctypes.c_int,
            ctypes.c_uint,
            ctypes.c_uint64,
            ctypes.c_int,
            ctypes.c_char_p,
        ]
        self.descriptor = -1

    def open(self) -> None:
        """Make the group; raises MissingCapabilityError without CAP_SYS_ADMIN."""
        flags = _CLASS_NOTIF | _CLOEXEC | _NONBLOCK
        descriptor = self._libc.fanotify_init(flags, _EVENT_FLAGS)
        if descriptor < 0:
            error = ctypes.get_errno()
            message = f"fanotify is not available: {os.strerror(error)}"
            if error in (1, 13):
                raise MissingCapabilityError(message)
            raise SourceError(message)
        self.descriptor = descriptor

    def mark_filesystem(self, path: str, mask: int) -> None:
        """Watch the whole file system that `path` is on."""
        flags = _MARK_ADD | _MARK_FILESYSTEM
        self._mark(flags, mask, _AT_FDCWD, path.encode("utf-8", "surrogateescape"))

    def silence(self, descriptor: int) -> bool:
        """Stop telling of openings of one file until it is written; False where that fails.

        The mark is evictable (Linux 5.19): it goes with the inode when memory is short, so it keeps
        none. Writing clears it, except through a shared mapping: hence `hear`.
        """
        return self._try(_MARK_ADD | _MARK_IGNORED | _MARK_EVICTABLE, descriptor)

    def hear(self, descriptor: int) -> bool:
        """Tell of openings of one file again; False when it was not silenced."""
        return self._try(_MARK_REMOVE | _MARK_IGNORED, descriptor)

    def read(self, size: int = 8192) -> bytes:
        """Take waiting events, nothing when there are none; at most one descriptor per 24 bytes."""
        try:
            return os.read(self.descriptor, size)
        except BlockingIOError:
            return b""

    def close(self) -> None:
        """Let go of the group and its marks; safe twice."""
        if self.descriptor >= 0:
            os.close(self.descriptor)
            self.descriptor = -1

    def _mark(self, flags: int, mask: int, directory: int, path: bytes | None) -> None:
        if self._libc.fanotify_mark(self.descriptor, flags, mask, directory, path) < 0:
            raise SourceError(os.strerror(ctypes.get_errno()))

    def _try(self, flags: int, descriptor: int) -> bool:
        try:
            self._mark(flags, OPEN, descriptor, None)
        except SourceError:
            return False
        return True
