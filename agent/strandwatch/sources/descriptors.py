"""Open descriptors of processes, from /proc/PID/fd and fdinfo."""

import os
import stat
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from strandwatch.domain.file import FileKey
from strandwatch.domain.observation import OpenMode
from strandwatch.domain.process import Descriptor, DescriptorKind

_MOST_DESCRIPTORS = 65_536
_MOST_LOOKED_AT = 128
"""A program that holds thousands of files must not slow the watching of all others."""


def descriptor_numbers(proc: Path, pid: int) -> list[int]:
    """Give the numbers of a process's open descriptors; none when it is gone or out of reach."""
    try:
        with os.scandir(proc / str(pid) / "fd") as entries:
            return [int(entry.name) for entry in islice(entries, _MOST_DESCRIPTORS)]
    except (OSError, ValueError):
        return []


def socket_inodes(proc: Path, pid: int) -> Iterator[int]:
    """Give the inode numbers of the sockets that a process holds."""
    folder = f"{proc}/{pid}/fd"
    for number in descriptor_numbers(proc, pid):
        try:
            target = os.readlink(f"{folder}/{number}")  # noqa: PTH115 - per descriptor
        except OSError:
            continue
        if target.startswith("socket:["):
            yield int(target[8:-1])


def describe(proc: Path, pid: int, number: int) -> Descriptor | None:
    """Say what one descriptor leads to and how far it was read; None when it is gone."""
    try:
        found = os.stat(f"{proc}/{pid}/fd/{number}")  # noqa: PTH116 - per event
    except OSError:
        return None
    offset, flags = _position(proc, pid, number)
    kind = _kind(found.st_mode)
    return Descriptor(
        number=number,
        kind=kind,
        target=FileKey(found.st_dev, found.st_ino),
        offset=offset if kind is DescriptorKind.FILE else None,
        writable=None if flags is None else flags & os.O_ACCMODE != os.O_RDONLY,
    )


def open_mode(proc: Path, pid: int, file: FileKey) -> OpenMode:
    """Say how a process holds a file; UNKNOWN when it does not (any more), or holds too many."""
    for number in descriptor_numbers(proc, pid)[:_MOST_LOOKED_AT]:
        try:
            found = os.stat(f"{proc}/{pid}/fd/{number}")  # noqa: PTH116 - per descriptor and event
        except OSError:
            continue
        if (found.st_dev, found.st_ino) != (file.device, file.inode):
            continue
        _, flags = _position(proc, pid, number)
        if flags is not None:
            writable = flags & os.O_ACCMODE != os.O_RDONLY
            return OpenMode.WRITE if writable else OpenMode.READ
    return OpenMode.UNKNOWN


def _kind(mode: int) -> DescriptorKind:
    if stat.S_ISREG(mode):
        return DescriptorKind.FILE
    if stat.S_ISFIFO(mode):
        return DescriptorKind.PIPE
    if stat.S_ISSOCK(mode):
        return DescriptorKind.SOCKET
    return DescriptorKind.OTHER


def _position(proc: Path, pid: int, number: int) -> tuple[int | None, int | None]:
    """Read offset and open flags from fdinfo: `pos:` is decimal, `flags:` octal (proc(5))."""
    try:
        with open(f"{proc}/{pid}/fdinfo/{number}", "rb") as lines:  # noqa: PTH123 - per event
            fields = dict(line.split(b":", 1) for line in lines if b":" in line)
        return int(fields[b"pos"]), int(fields[b"flags"], 8)
    except (OSError, KeyError, ValueError):
        return None, None
