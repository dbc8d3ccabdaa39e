"""What lands in the sequencers' output directories: watchdog's events, and whole looks.

inotify loses events when its queue is full, knows nothing of what other machines write to a network
file system, and watchdog tells its user of neither. So the trees are compared with what was told,
again and again: what no event announced is told then, and counted as lost.
"""

import os
import queue
from collections import OrderedDict
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from watchdog.events import (
    FileClosedEvent,
    FileCreatedEvent,
    FileModifiedEvent,
    FileMovedEvent,
    FileSystemEvent,
    FileSystemEventHandler,
)
from watchdog.observers import Observer
from watchdog.observers.api import BaseObserver, ObservedWatch

from strandwatch.domain.file import FileKey, FileVersion
from strandwatch.domain.observation import (
    FileLanded,
    LossReason,
    SourceReported,
)
from strandwatch.ports import Clock, Emit, Handles
from strandwatch.sources.life import Life
from strandwatch.sources.losses import Losses
from strandwatch.sources.notes import few
from strandwatch.sources.opened import remember
from strandwatch.sources.tree import Found, Unreadable, files_under, open_regular

_KINDS: list[type[FileSystemEvent]] = [
    FileClosedEvent,
    FileCreatedEvent,
    FileModifiedEvent,
    FileMovedEvent,
]
_WAITING = 16_384
_TOLD = 1_000_000
_STEP_SECONDS = 0.25
_REST = 20
"""A look at the trees is followed by at least this many times its own length of rest."""


@dataclass(frozen=True, slots=True)
class LandingTimes:
    """How patient the source is."""

    rescan_seconds: float = 10.0
    """Between two comparisons of the trees with what was told."""
    quiet_seconds: float = 2.0
    """A file that nobody closed is told after this long without a change."""
    recheck_seconds: float = 1.0
    """Between two looks whether the directories themselves are there."""


class LandingSource:
    """Emits FileLanded for files that are closed, moved in, or left alone; existing ones first."""

    name = "landing"
    tier = "portable"

    def __init__(
        self,
        clock: Clock,
        handles: Handles,
        directories: Sequence[str],
        times: LandingTimes | None = None,
    ) -> None:
        self._clock = clock
        self._handles = handles
        self._directories = tuple(directories)
        self._times = times or LandingTimes()
        self._life = Life(self._release)
        self._events: queue.Queue[tuple[str, bool] | None] = queue.Queue(_WAITING)
        self._handler = _Handler(self._events)
        self._observer: BaseObserver | None = None
        self._watched: dict[str, _Watched] = {}
        self._told: OrderedDict[FileKey, tuple[FileVersion, str]] = OrderedDict()
        self._touched: dict[str, int] = {}
        """When a file was last written to that nobody closed yet, by path."""
        self._absent: dict[str, str] = {}
        self._unreadable: dict[str, str] = {}
        self._reported: dict[str, str] = {}
        self._refused = False
        self._lost = Losses(clock, self.name)

    def start(self) -> None:
        """Watch the directories that are there; the others are watched when they appear."""
        self._life.begin()
        self._observer = Observer()
        self._observer.start()
        self._watch_directories()

    def run(self, emit: Emit) -> None:
        """Tell of files until stopped."""
        with self._life.running():
            check_at = scan_at = self._clock.monotonic_ns()
            while not self._life.stopped:
                now_ns = self._clock.monotonic_ns()
                if now_ns >= check_at:
                    check_at = now_ns + int(self._times.recheck_seconds * 1e9)
                    if self._watch_directories():
                        scan_at = now_ns
                if now_ns >= scan_at:
                    self._scan(emit)
                    scan_at = self._clock.monotonic_ns() + self._rest_ns(now_ns)
                self._report(emit)
                self._lost.tell(emit)
                self._take_events(emit)
                self._tell_quiet(emit)

    def stop(self) -> None:
        """Stop watching."""
        self._life.stop()
        with suppress(queue.Full):
            # Whoever takes from a full queue is awake and sees that it is to stop.
            self._events.put_nowait(None)

    def _rest_ns(self, began_ns: int) -> int:
        cost_ns = self._clock.monotonic_ns() - began_ns
        pause = self._times.recheck_seconds if self._refused else self._times.rescan_seconds
        return max(int(pause * 1e9), cost_ns * _REST)

    def _watch_directories(self) -> bool:
        """Watch what appeared, drop what went; True when a directory appeared."""
        appeared = False
        self._absent = {}
        for directory in self._directories:
            try:
                status = os.stat(directory)  # noqa: PTH116 - as everywhere in this room
            except OSError as error:
                self._absent[directory] = error.strerror or "unknown"
                self._unwatch(directory)
                continue
            key = FileKey(status.st_dev, status.st_ino)
            watched = self._watched.get(directory)
            if watched is None or watched.key != key:
                self._unwatch(directory)
                appeared |= self._watch(directory, key)
        return appeared

    def _watch(self, directory: str, key: FileKey) -> bool:
        if self._observer is None:
            return False
        try:
            watch = self._observer.schedule(
                self._handler, directory, recursive=True, event_filter=_KINDS
            )
        except OSError as error:
            # Unreadable, or out of inotify watches: comparing still shows what lands.
            self._absent[directory] = f"no events: {error.strerror}"
            return False
        self._watched[directory] = _Watched(key, watch)
        return True

    def _unwatch(self, directory: str) -> None:
        watched = self._watched.pop(directory, None)
        if watched and self._observer:
            with suppress(KeyError, OSError):
                self._observer.unschedule(watched.watch)

    def _take_events(self, emit: Emit) -> None:
        """Wait a little for an event, then take all that wait."""
        try:
            item = self._events.get(timeout=_STEP_SECONDS)
            while not self._life.stopped:
                if item:
                    self._take(*item, emit)
                item = self._events.get_nowait()
        except queue.Empty:
            pass
        missed, self._handler.missed = self._handler.missed, 0
        self._lost.add(LossReason.QUEUE_FULL, missed)

    def _take(self, path: str, finished: bool, emit: Emit) -> None:
        if finished:
            self._touched.pop(path, None)
            self._tell(path, emit)
        elif len(self._touched) < _WAITING:
            self._touched[path] = self._clock.monotonic_ns()

    def _tell_quiet(self, emit: Emit) -> None:
        """Tell of files that nobody closed and nobody writes to any more."""
        before_ns = self._clock.monotonic_ns() - int(self._times.quiet_seconds * 1e9)
        for path in [path for path, at_ns in self._touched.items() if at_ns < before_ns]:
            del self._touched[path]
            self._tell(path, emit)

    def _tell(self, path: str, emit: Emit) -> bool:
        """Tell of a file if this version was not told; False when it has to be tried again."""
        found = open_regular(path)
        if found is None:
            return True
        descriptor, version = found
        told = self._told.get(version.key)
        if told == (version, path):
            os.close(descriptor)
            return True
        if told and told[0] == version:
            # Renamed: the content is known, the name is news.
            os.close(descriptor)
            return self._emit(version, path, None, emit)
        handle = self._handles.keep(descriptor)
        if handle is None:
            self._refused = True
            return False
        return self._emit(version, path, handle, emit)

    def _emit(self, version: FileVersion, path: str, handle: int | None, emit: Emit) -> bool:
        at_ns = self._clock.now_ns()
        taken = emit(FileLanded(at_ns=at_ns, file=version, path=path, handle=handle))
        if taken:
            remember(self._told, version.key, (version, path), _TOLD)
        else:
            self._refused = True
        return taken

    def _scan(self, emit: Emit) -> None:
        """Compare the trees with what was told."""
        self._refused = False
        self._unreadable = {}
        missed = 0
        for directory in self._directories:
            watched = self._watched.get(directory)
            is_first = watched is not None and not watched.compared
            for item in files_under(directory):
                if self._life.stopped:
                    return
                if isinstance(item, Unreadable):
                    self._unreadable[item.path] = item.reason
                elif self._is_untold(item, settled=not is_first):
                    missed += self._tell(item.path, emit) and not is_first
            if watched and not self._refused:
                watched.compared = True
        self._lost.add(LossReason.KERNEL_OVERFLOW, missed)

    def _is_untold(self, item: Found, *, settled: bool) -> bool:
        told = self._told.get(item.version.key)
        if (told and told[0] == item.version) or item.path in self._touched:
            return False
        age_ns = self._clock.now_ns() - item.changed_ns
        return not settled or age_ns > self._times.quiet_seconds * 1e9

    def _report(self, emit: Emit) -> None:
        problems = {**self._unreadable, **self._absent}
        if problems == self._reported:
            return
        note = few([f"{path}: {reason}" for path, reason in sorted(problems.items())])
        report = SourceReported(
            at_ns=self._clock.now_ns(),
            source=self.name,
            tier=self.tier,
            working=not problems,
            note=note,
        )
        if emit(report):
            self._reported = problems

    def _release(self) -> None:
        observer, self._observer = self._observer, None
        if observer is not None:
            observer.stop()
            observer.join()
        self._watched.clear()
        while not self._events.empty():
            self._events.get_nowait()


@dataclass(slots=True)
class _Watched:
    key: FileKey
    watch: ObservedWatch
    compared: bool = False
    """Whether the files that it held already have been told."""


class _Handler(FileSystemEventHandler):
    """Puts paths into the queue: whether a file is finished, or only touched."""

    def __init__(self, events: "queue.Queue[tuple[str, bool] | None]") -> None:
        self._events = events
        self.missed = 0

    def on_any_event(self, event: FileSystemEvent) -> None:
        """Queue one event; runs in watchdog's thread."""
        finished = isinstance(event, FileClosedEvent | FileMovedEvent)
        path = event.dest_path if isinstance(event, FileMovedEvent) else event.src_path
        try:
            self._events.put_nowait((os.fsdecode(path), finished))
        except queue.Full:
            self.missed += 1
