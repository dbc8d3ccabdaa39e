"""Who opens and writes which file: fanotify on whole file systems, with the pid.

Each event brings an open descriptor of the very file, so what is reported is the file that was
opened, not whatever has its path by now.
"""

import errno
import os
import stat
from collections.abc import Callable, Container, Sequence
from pathlib import Path

from strandwatch.domain.observation import LossReason, SourceReported
from strandwatch.ports import Clock, Emit, Handles
from strandwatch.sources import fanotify
from strandwatch.sources.descriptors import descriptor_numbers
from strandwatch.sources.fanotify import FanotifyGroup, FileEvent, parse_events
from strandwatch.sources.filesystems import WatchedFilesystems
from strandwatch.sources.life import Life
from strandwatch.sources.notes import few
from strandwatch.sources.opened import Access, OpenedFiles
from strandwatch.sources.processes import ProcessReader

DEFAULT_IGNORED_PREFIXES = (
    "/usr/",
    "/lib/",
    "/lib64/",
    "/bin/",
    "/sbin/",
    "/etc/",
    "/boot/",
    "/var/lib/dpkg/",
    "/var/cache/",
)
"""Where programs live and genomes do not; only believed of files that root alone can write."""

_WATCHED = fanotify.OPEN | fanotify.CLOSE_WRITE | fanotify.OPEN_EXEC
_RECHECK_SECONDS = 0.8
_RECHECK_NS = 800_000_000


class AccessSource:
    """Emits FileOpened and FileWritten, and ProcessStarted for the processes that do it.

    `own` gives the pids whose doings are left out (the agent's), `filesystems` paths whose file
    systems are watched; without it all are, those mounted later included.
    """

    name = "access"
    tier = "netlink"

    def __init__(
        self,
        clock: Clock,
        handles: Handles,
        processes: ProcessReader,
        own: Callable[[], Container[int]],
        *,
        filesystems: Sequence[str] = (),
        ignored_prefixes: Sequence[str] = DEFAULT_IGNORED_PREFIXES,
        proc: Path = Path("/proc"),
    ) -> None:
        self._clock = clock
        self._processes = processes
        self._own = own
        self._proc = proc
        self._group = FanotifyGroup()
        self._filesystems = WatchedFilesystems(
            self._group, _WATCHED, fanotify.OPEN_EXEC, proc=proc, only=filesystems
        )
        self._files = OpenedFiles(
            clock, handles, processes, ignored_prefixes, self.name, self._group.silence
        )
        self._life = Life(self._close)
        self._mounts = -1
        self._mounts_changed = False
        self._scan: list[int] = []
        """Processes whose open files are still to be looked at."""

    def start(self) -> None:
        """Watch all file systems; raises MissingCapabilityError without CAP_SYS_ADMIN."""
        self._group.open()
        self._life.begin()
        self._mounts = os.open(self._proc / "self" / "mountinfo", os.O_RDONLY | os.O_CLOEXEC)
        self._filesystems.refresh(self._processes.pids())

    def run(self, emit: Emit) -> None:
        """Tell of every opening and writing, and of files that were open already."""
        with self._life.running():
            self._report(emit)
            self._scan = self._processes.pids()
            checked_ns = self._clock.monotonic_ns()
            while not self._life.stopped:
                self._step(emit)
                self._files.lost.tell(emit)
                now_ns = self._clock.monotonic_ns()
                if self._mounts_changed or now_ns - checked_ns > _RECHECK_NS:
                    checked_ns = now_ns
                    self._mounts_changed = False
                    if self._filesystems.refresh(self._processes.pids()):
                        self._report(emit)

    def stop(self) -> None:
        """Stop watching."""
        self._life.stop()

    def _step(self, emit: Emit) -> None:
        """Take waiting events; when there are none, look at one more process's open files."""
        patience = 0.001 if self._files.settle(emit) else _RECHECK_SECONDS
        patience = 0.0 if self._scan else patience
        ready = self._life.wait(patience, self._group.descriptor, urgent=self._mounts)
        self._mounts_changed |= self._mounts in ready
        if self._group.descriptor in ready:
            self._drain(emit)
        elif self._scan:
            self._tell_held(self._scan.pop(), emit)

    def _drain(self, emit: Emit) -> None:
        own = self._own()
        try:
            raw = self._group.read()
        except OSError as error:
            # EMFILE, or the file of an event could not be opened for us (ETXTBSY, ENXIO, ...).
            limit = error.errno in (errno.EMFILE, errno.ENFILE)
            self._files.lost.add(LossReason.LIMIT if limit else LossReason.UNREADABLE)
            return
        for event in parse_events(raw):
            if event.mask & fanotify.OVERFLOW:
                self._files.lost.add(LossReason.KERNEL_OVERFLOW)
                self._scan = self._processes.pids()
            elif event.descriptor >= 0:
                # Once stopped, what is left is only closed.
                taken = not self._life.stopped and self._take(event, own, emit)
                if not taken:
                    os.close(event.descriptor)

    def _take(self, event: FileEvent, own: Container[int], emit: Emit) -> bool:
        """Tell of one event; True when its descriptor was handed on."""
        if event.pid in own:
            return False
        if event.mask & fanotify.OPEN_EXEC:
            self._files.executing(event.pid)
            return False
        status = os.fstat(event.descriptor)
        if not (stat.S_ISREG(status.st_mode) and self._filesystems.covers(status.st_dev)):
            return False
        access = Access(event.pid, event.descriptor, status)
        if event.mask & fanotify.CLOSE_WRITE:
            self._group.hear(event.descriptor)
            return self._files.written(access, emit)
        return self._files.opened(access, emit)

    def _tell_held(self, pid: int, emit: Emit) -> None:
        """Tell of the regular files that a process holds open now."""
        if pid in self._own():
            return
        for number in descriptor_numbers(self._proc, pid):
            self._tell_one_held(pid, number, emit)

    def _tell_one_held(self, pid: int, number: int, emit: Emit) -> None:
        path = f"{self._proc}/{pid}/fd/{number}"
        try:
            held = os.stat(path)  # noqa: PTH116 - thousands of descriptors
            if not stat.S_ISREG(held.st_mode) or not self._filesystems.covers(held.st_dev):
                return
            # O_NONBLOCK: what the number leads to may have changed since, to a FIFO for example.
            descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOATIME)
        except OSError:
            return
        status = os.fstat(descriptor)
        regular = stat.S_ISREG(status.st_mode)
        if not (regular and self._files.opened(Access(pid, descriptor, status), emit)):
            os.close(descriptor)

    def _report(self, emit: Emit) -> None:
        blind = self._filesystems.blind
        note = f"{len(self._filesystems)} file systems watched"
        if blind:
            reasons = [f"{where}: {reason}" for where, reason in sorted(blind.items())]
            note = f"{note}; not seen: {few(reasons)}"
        emit(
            SourceReported(
                at_ns=self._clock.now_ns(),
                source=self.name,
                tier=self.tier,
                working=len(self._filesystems) > 0,
                note=note,
            )
        )

    def _close(self) -> None:
        self._group.close()
        if self._mounts >= 0:
            os.close(self._mounts)
            self._mounts = -1
