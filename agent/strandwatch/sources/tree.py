"""The regular files under a directory, and what of it cannot be read. Links are not followed."""

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass

from strandwatch.domain.file import FileVersion
from strandwatch.sources.opened import version_of


@dataclass(frozen=True, slots=True)
class Found:
    """A file, its version, and when it last changed in any way (a copy may bring an old mtime)."""

    path: str
    version: FileVersion
    changed_ns: int


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A directory that could not be listed, and why."""

    path: str
    reason: str


def files_under(directory: str) -> Iterator[Found | Unreadable]:
    """Give every regular file that has content, with its version."""
    open_directories = [directory]
    while open_directories:
        path = open_directories.pop()
        try:
            with os.scandir(path) as entries:
                for entry in entries:
                    if entry.is_dir(follow_symlinks=False):
                        open_directories.append(entry.path)
                        continue
                    found = _file(entry)
                    if found:
                        yield found
        except FileNotFoundError:
            if path == directory:
                yield Unreadable(path, "it is not there")
        except OSError as error:
            yield Unreadable(path, error.strerror or "unknown")


def _file(entry: "os.DirEntry[str]") -> Found | None:
    try:
        status = entry.stat(follow_symlinks=False)
    except OSError:
        return None
    if not stat.S_ISREG(status.st_mode) or not status.st_size:
        return None
    changed_ns = max(status.st_mtime_ns, status.st_ctime_ns)
    return Found(entry.path, version_of(status), changed_ns)


def open_regular(path: str) -> tuple[int, FileVersion] | None:
    """Open a regular file that has content for reading; None for anything else."""
    flags = os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOFOLLOW
    try:
        descriptor = os.open(path, flags)
    except OSError:
        return None
    status = os.fstat(descriptor)
    if stat.S_ISREG(status.st_mode) and status.st_size:
        return descriptor, version_of(status)
    os.close(descriptor)
    return None
