"""Start, run and stop of a source: what was acquired is released once, by whoever comes last."""

import os
import select
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class Life:
    """Keeps a source's state; every method is safe from any thread and more than once."""

    def __init__(self, release: Callable[[], None] = lambda: None) -> None:
        self._release = release
        self._lock = threading.Lock()
        self._wake = -1
        self._running = False
        self._stopped = threading.Event()

    @property
    def stopped(self) -> bool:
        """Tell whether `run` should return."""
        return self._stopped.is_set()

    def begin(self) -> None:
        """Be ready to run; called first in `start`."""
        with self._lock:
            self._stopped.clear()
            if self._wake < 0:
                self._wake = os.eventfd(0, os.EFD_CLOEXEC | os.EFD_NONBLOCK)

    @contextmanager
    def running(self) -> Iterator[None]:
        """Hold what was acquired until the block ends, then release it."""
        with self._lock:
            self._running = True
        try:
            yield
        finally:
            with self._lock:
                self._running = False
                self._let_go()

    def stop(self) -> None:
        """Wake `run`, which releases everything; or release it here when nothing runs."""
        with self._lock:
            self._stopped.set()
            if self._wake >= 0:
                os.eventfd_write(self._wake, 1)
            if not self._running:
                self._let_go()

    def wait(self, seconds: float, *descriptors: int, urgent: int | None = None) -> set[int]:
        """Give the descriptors that are readable, none after `seconds` or when stopped."""
        if self.stopped or self._wake < 0:
            return set()
        poll = select.poll()
        for descriptor in (self._wake, *descriptors):
            poll.register(descriptor, select.POLLIN)
        if urgent is not None:
            poll.register(urgent, select.POLLPRI)
        ready = {descriptor for descriptor, _ in poll.poll(seconds * 1000)}
        return ready - {self._wake}

    def _let_go(self) -> None:
        if self._wake >= 0:
            os.close(self._wake)
            self._wake = -1
            self._release()
