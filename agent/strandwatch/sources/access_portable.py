"""Who holds which file open, by looking again and again: the portable tier of file accesses.

It sees the processes whose descriptors this user may read (its own; all of them as root), and only
files that stay open through a look: an opening between two looks is missed, and the tier says so.
"""

import os
import stat
from collections.abc import Callable, Container, Sequence
from pathlib import Path

from strandwatch.domain.file import FileKey
from strandwatch.ports import Clock, Emit, Handles
from strandwatch.sources.access import DEFAULT_IGNORED_PREFIXES
from strandwatch.sources.descriptors import descriptor_numbers
from strandwatch.sources.life import Life
from strandwatch.sources.opened import Access, OpenedFiles
from strandwatch.sources.processes import ProcessReader


class HeldFilesSource:
    """Emits FileOpened for files that processes hold, once per process and version of a file."""

    name = "access.portable"
    tier = "portable"

    def __init__(
        self,
        clock: Clock,
        handles: Handles,
        processes: ProcessReader,
        own: Callable[[], Container[int]],
        *,
        poll_seconds: float = 0.2,
        ignored_prefixes: Sequence[str] = DEFAULT_IGNORED_PREFIXES,
        proc: Path = Path("/proc"),
    ) -> None:
        self._processes = processes
        self._own = own
        self._poll_seconds = poll_seconds
        self._proc = proc
        self._files = OpenedFiles(clock, handles, processes, ignored_prefixes, self.name)
        self._life = Life()
        self._held: set[tuple[int, FileKey]] = set()

    def start(self) -> None:
        """Be ready; there is nothing to acquire."""
        self._life.begin()

    def run(self, emit: Emit) -> None:
        """Look until stopped."""
        with self._life.running():
            while not self._life.stopped:
                self._look(emit)
                self._files.lost.tell(emit)
                self._life.wait(self._poll_seconds)

    def stop(self) -> None:
        """Stop looking."""
        self._life.stop()

    def _look(self, emit: Emit) -> None:
        own = self._own()
        held: set[tuple[int, FileKey]] = set()
        for pid in self._processes.pids():
            if pid not in own:
                for number in descriptor_numbers(self._proc, pid):
                    self._look_at(pid, number, held, emit)
        self._held = held

    def _look_at(self, pid: int, number: int, held: set[tuple[int, FileKey]], emit: Emit) -> None:
        path = f"{self._proc}/{pid}/fd/{number}"
        try:
            status = os.stat(path)  # noqa: PTH116 - every descriptor of every look
        except OSError:
            # It was closed, or its process ended, since it was listed.
            return
        known = (pid, FileKey(status.st_dev, status.st_ino))
        if not stat.S_ISREG(status.st_mode) or known in held:
            return
        held.add(known)
        if known not in self._held:
            self._tell(pid, path, emit)

    def _tell(self, pid: int, path: str, emit: Emit) -> None:
        try:
            # O_NONBLOCK: what the number leads to may have changed since, to a FIFO for example.
            descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
        except OSError:
            return
        status = os.fstat(descriptor)
        regular = stat.S_ISREG(status.st_mode)
        if not (regular and self._files.opened(Access(pid, descriptor, status), emit)):
            os.close(descriptor)
