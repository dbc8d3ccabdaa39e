"""Runs a source in a thread and collects what it emits, with waiting instead of sleeping."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from strandwatch.domain.observation import Observation, PacketCaptured
from strandwatch.ports import Source

Told = Observation | PacketCaptured
_Kind = TypeVar("_Kind")


class MachineClock:
    """The machine's clocks, for sources whose time stamps come from the kernel."""

    def now_ns(self) -> int:
        return time.clock_gettime_ns(time.CLOCK_REALTIME)

    def monotonic_ns(self) -> int:
        return time.clock_gettime_ns(time.CLOCK_BOOTTIME)


class Collected:
    """Everything that was emitted so far."""

    def __init__(self) -> None:
        self._told: list[Told] = []
        self._more = threading.Condition()

    def emit(self, observation: Told) -> bool:
        with self._more:
            self._told.append(observation)
            self._more.notify_all()
        return True

    def of(self, kind: type[_Kind]) -> list[_Kind]:
        """Give what was emitted of one kind."""
        with self._more:
            return [told for told in self._told if isinstance(told, kind)]

    def wait_for(
        self, kind: type[_Kind], wanted: Callable[[_Kind], bool], seconds: float = 10
    ) -> _Kind:
        """Give the first of this kind that fits, waiting for it; fails when none comes."""

        def first() -> _Kind | None:
            return next((told for told in self._of(kind) if wanted(told)), None)

        with self._more:
            found = self._more.wait_for(first, seconds)
            assert found is not None, f"no such {kind.__name__} in {len(self._told)} observations"
            return found

    def wait_until(self, holds: Callable[[], bool], seconds: float = 10) -> None:
        """Wait until something is true of what was emitted."""
        with self._more:
            assert self._more.wait_for(holds, seconds), f"not after {len(self._told)} observations"

    def _of(self, kind: type[_Kind]) -> list[_Kind]:
        return [told for told in self._told if isinstance(told, kind)]


@contextmanager
def watching(source: Source) -> Iterator[Collected]:
    """Start the source, run it in a thread, and stop it at the end."""
    collected = Collected()
    source.start()
    thread = threading.Thread(target=source.run, args=(collected.emit,), name=source.name)
    thread.start()
    try:
        yield collected
    finally:
        source.stop()
        thread.join(timeout=10)
