"""From an open descriptor and a pid to an observation: the memory of what was told already.

A descriptor is handed on once per version of a file: the content of a version does not change, and
the engine remembers what it is. A process that opens the same version again within a second is
told once.
"""

import os
import stat
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import NamedTuple, TypeVar

from strandwatch.domain.file import FileKey, FileVersion
from strandwatch.domain.observation import (
    FileOpened,
    FileWritten,
    LossReason,
    OpenMode,
)
from strandwatch.domain.process import ProcessKey
from strandwatch.ports import Clock, Emit, Handles
from strandwatch.sources.descriptors import open_mode
from strandwatch.sources.losses import Losses
from strandwatch.sources.processes import ProcessReader, Stat

_REPEAT_NS = 1_000_000_000
_REMEMBERED = 65_536
_TRIES = 20
_OTHERS_MAY_WRITE = stat.S_IWGRP | stat.S_IWOTH

_Version = tuple[int, int, int, int]
"""Device, inode, size and time of change: a `FileVersion` that costs nothing to make and hash."""
_K = TypeVar("_K")
_V = TypeVar("_V")


def remember(memory: OrderedDict[_K, _V], key: _K, value: _V, most: int = _REMEMBERED) -> None:
    """Keep the newest `most` entries."""
    memory[key] = value
    memory.move_to_end(key)
    if len(memory) > most:
        memory.popitem(last=False)


def version_of(status: os.stat_result) -> FileVersion:
    """Give the version of a file from its status."""
    return FileVersion(FileKey(status.st_dev, status.st_ino), status.st_size, status.st_mtime_ns)


def path_of(descriptor: int, status: os.stat_result) -> str:
    """Give the path of an open file as the kernel has it, the mark of a deleted file taken off."""
    path = os.readlink(f"/proc/self/fd/{descriptor}")  # noqa: PTH115 - per event
    return path.removesuffix(" (deleted)") if status.st_nlink == 0 else path


class Access(NamedTuple):
    """An open file of ours that leads to what a process opened or wrote."""

    pid: int
    descriptor: int
    status: os.stat_result


def _leave(_descriptor: int) -> None:
    """Silence nothing: not every way of seeing openings can."""


class OpenedFiles:
    """Tells of openings and writings; each method gives True when it took the descriptor."""

    def __init__(
        self,
        clock: Clock,
        handles: Handles,
        processes: ProcessReader,
        ignored_prefixes: Sequence[str],
        source: str,
        silence: Callable[[int], object] = _leave,
    ) -> None:
        self._clock = clock
        self._handles = handles
        self._processes = processes
        self._ignored = tuple(ignored_prefixes)
        self.silence = silence
        self.lost = Losses(clock, source)
        self._handed: OrderedDict[_Version, None] = OrderedDict()
        self._recent: OrderedDict[tuple[int, _Version], int] = OrderedDict()
        self._executing: OrderedDict[int, tuple[Stat, int]] = OrderedDict()

    def executing(self, pid: int) -> None:
        """Take note that a process is about to run another program."""
        # The exec is not done yet: who it is now is kept in case that it ends before the next look.
        found = self._processes.stat(pid)
        if found:
            self._processes.learn(found.key)
            remember(self._executing, pid, (found, 0))

    def settle(self, emit: Emit) -> bool:
        """Tell of processes whose exec is done by now; True when some are to be looked at again."""
        for pid, (before, tries) in list(self._executing.items()):
            now = self._processes.stat(pid)
            if now is not None and now.program == before.program and tries < _TRIES:
                self._executing[pid] = (before, tries + 1)
                continue
            del self._executing[pid]
            self._identify(pid, emit)
        return bool(self._executing)

    def opened(self, access: Access, emit: Emit) -> bool:
        """Tell that a process opened a file; empty files and repetitions are left out."""
        status = access.status
        if not status.st_size or self._is_repetition(access):
            return False
        path = path_of(access.descriptor, status)
        if self.ignores(path, status):
            self.silence(access.descriptor)
            return False
        process = self._identify(access.pid, emit)
        if process is None:
            self.lost.add(LossReason.VANISHED)
            return False
        version = version_of(status)
        handle, taken = self._hand(access)
        told = emit(
            FileOpened(
                at_ns=self._clock.now_ns(),
                process=process,
                file=version,
                path=path,
                mode=self._mode(access.pid, version.key),
                handle=handle,
            )
        )
        self._told(told, handle, access)
        return taken

    def written(self, access: Access, emit: Emit) -> bool:
        """Tell that a file was closed which had been open for writing."""
        path = path_of(access.descriptor, access.status)
        if self.ignores(path, access.status):
            return False
        handle, taken = self._hand(access)
        told = emit(
            FileWritten(
                at_ns=self._clock.now_ns(),
                process=self._identify(access.pid, emit),
                file=version_of(access.status),
                path=path,
                handle=handle,
            )
        )
        self._told(told, handle, access)
        return taken

    def ignores(self, path: str, status: os.stat_result) -> bool:
        """Tell whether a file is a program's: in a place for those, and root's alone to write."""
        return (
            path.startswith(self._ignored)
            and status.st_uid == 0
            and not status.st_mode & _OTHERS_MAY_WRITE
        )

    def _is_repetition(self, access: Access) -> bool:
        now_ns = self._clock.monotonic_ns()
        key = (access.pid, _version(access.status))
        last_ns = self._recent.get(key)
        if last_ns is not None and now_ns - last_ns < _REPEAT_NS:
            return True
        remember(self._recent, key, now_ns)
        return False

    def _identify(self, pid: int, emit: Emit) -> ProcessKey | None:
        """Announce the process, or say who had the pid last when it is gone by now."""
        key = self._processes.announce(pid, self._clock.now_ns(), emit)
        return key or self._processes.last_key(pid)

    def _mode(self, pid: int, file: FileKey) -> OpenMode:
        return open_mode(self._processes.proc, pid, file)

    def _hand(self, access: Access) -> tuple[int | None, bool]:
        if not access.status.st_size or _version(access.status) in self._handed:
            return None, False
        return self._handles.keep(access.descriptor), True

    def _told(self, told: bool, handle: int | None, access: Access) -> None:
        if told and handle is not None:
            remember(self._handed, _version(access.status), None)


def _version(status: os.stat_result) -> _Version:
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns
