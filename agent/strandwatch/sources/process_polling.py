"""Processes that start and end, by looking at all of them again and again: the portable tier."""

from strandwatch.domain.observation import ProcessExited
from strandwatch.domain.process import ProcessKey
from strandwatch.ports import Clock, Emit
from strandwatch.sources.life import Life
from strandwatch.sources.processes import ProcessReader


class ProcessPollingSource:
    """Emits ProcessStarted and ProcessExited; what lives shorter than a look is not seen.

    Ends are told of every process that any source announced. The bytes that a process has read are
    remembered from the last look, and unknown where /proc does not show them.
    """

    name = "processes.portable"
    tier = "portable"

    def __init__(
        self, clock: Clock, processes: ProcessReader, *, poll_seconds: float = 1.0
    ) -> None:
        self._clock = clock
        self._processes = processes
        self._poll_seconds = poll_seconds
        self._life = Life()
        self._read_bytes: dict[ProcessKey, int | None] = {}

    def start(self) -> None:
        """Be ready; there is nothing to acquire."""
        self._life.begin()

    def run(self, emit: Emit) -> None:
        """Look until stopped."""
        with self._life.running():
            while not self._life.stopped:
                self._look(emit)
                self._life.wait(self._poll_seconds)

    def stop(self) -> None:
        """Stop looking."""
        self._life.stop()

    def _look(self, emit: Emit) -> None:
        at_ns = self._clock.now_ns()
        alive = set()
        for pid in self._processes.pids():
            key = self._processes.announce(pid, at_ns, emit)
            if key:
                alive.add(key)
                self._read_bytes[key] = self._processes.read_bytes(pid)
        for key in set(self._processes.announced()) - alive:
            # One that another source met during this look is not gone but new.
            if self._processes.key(key.pid) != key:
                self._tell_end(key, at_ns, emit)

    def _tell_end(self, key: ProcessKey, at_ns: int, emit: Emit) -> None:
        read = self._read_bytes.pop(key, None)
        if emit(ProcessExited(at_ns=at_ns, process=key, read_bytes=read)):
            self._processes.forget(key)
