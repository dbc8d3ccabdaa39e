"""Running a source in a test: a clock, handles, and a recorder of what it emits."""

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from strandwatch.domain.observation import Observation, PacketCaptured
from strandwatch.ports import Source

PATIENCE_SECONDS = 20.0


class SystemClock:
    """The real time, for sources that watch the real kernel."""

    def now_ns(self) -> int:
        """Nanoseconds since 1970."""
        return time.clock_gettime_ns(time.CLOCK_REALTIME)

    def monotonic_ns(self) -> int:
        """Nanoseconds that never go back."""
        return time.monotonic_ns()


class KeptHandles:
    """Handles of one process: the number is the descriptor; refuses beyond `most`."""

    def __init__(self, most: int = 1_000) -> None:
        self._most = most
        self._kept: set[int] = set()

    def keep(self, descriptor: int) -> int | None:
        """Own the descriptor."""
        if len(self._kept) >= self._most:
            os.close(descriptor)
            return None
        self._kept.add(descriptor)
        return descriptor

    def close(self) -> None:
        """Close all."""
        while self._kept:
            os.close(self._kept.pop())


class Recorder:
    """Keeps what a source emits, and lets a test wait for it."""

    def __init__(self) -> None:
        self.seen: list[Observation | PacketCaptured] = []
        self._changed = threading.Condition()

    def emit(self, observation: Observation | PacketCaptured) -> bool:
        """Keep it."""
        with self._changed:
            self.seen.append(observation)
            self._changed.notify_all()
        return True

    def wait_for(
        self, found: Callable[[list[Observation | PacketCaptured]], object], what: str = "it"
    ) -> None:
        """Wait until `found` holds of everything emitted; fails the test when it never does."""
        with self._changed:
            arrived = self._changed.wait_for(lambda: found(self.seen), timeout=PATIENCE_SECONDS)
        assert arrived, f"waited in vain for {what}; saw {self.seen[-20:]}"


@contextmanager
def running(source: Source) -> Iterator[Recorder]:
    """Start a source, run it in a thread, and stop it at the end."""
    recorder = Recorder()
    source.start()
    thread = threading.Thread(target=source.run, args=(recorder.emit,), name=source.name)
    thread.start()
    try:
        yield recorder
    finally:
        source.stop()
        thread.join(timeout=PATIENCE_SECONDS)
    assert not thread.is_alive(), "run did not return after stop"


def open_descriptors() -> int:
    """Count this process's open descriptors."""
    return len(os.listdir("/proc/self/fd"))  # noqa: PTH208
