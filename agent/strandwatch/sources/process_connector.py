"""Processes that fork, execute and end, told by the kernel as it happens: the netlink tier."""

import errno
import socket
from contextlib import suppress

from strandwatch.domain.observation import LossReason, ProcessExited, ProcessForked
from strandwatch.domain.process import ProcessKey
from strandwatch.errors import MissingCapabilityError
from strandwatch.ports import Clock, Emit
from strandwatch.sources.life import Life
from strandwatch.sources.losses import Losses
from strandwatch.sources.proc_events import (
    NETLINK_CONNECTOR,
    PROCESS_GROUP,
    ProcessEvent,
    What,
    listen_request,
    parse_events,
)
from strandwatch.sources.processes import ProcessReader

_SO_RCVBUFFORCE = 33
_BUFFER = 8 << 20
_MESSAGE = 64 * 1024
_BURST = 512
_COMPARE_NS = 10_000_000_000


class ProcessConnectorSource:
    """Emits ProcessStarted, ProcessForked and ProcessExited; needs CAP_NET_ADMIN.

    The kernel tells only programs in its first network and process namespaces. What a process runs
    is read from /proc when it executes: one that ends at once may be known by its key alone.
    """

    name = "processes.netlink"
    tier = "netlink"

    def __init__(self, clock: Clock, processes: ProcessReader) -> None:
        self._clock = clock
        self._processes = processes
        self._lost = Losses(clock, self.name)
        self._life = Life(self._release)
        self._events: socket.socket | None = None

    def start(self) -> None:
        """Ask the kernel for events; raises MissingCapabilityError where it does not answer."""
        try:
            self._events = open_events()
        except OSError as error:
            raise MissingCapabilityError(f"no process events: {error.strerror}") from error
        self._life.begin()

    def run(self, emit: Emit) -> None:
        """Tell of all processes that run, then of what happens."""
        with self._life.running():
            self._tell_running(emit)
            compare_at = self._clock.monotonic_ns() + _COMPARE_NS
            while not self._life.stopped and self._events is not None:
                if self._life.wait(1.0, self._events.fileno()):
                    self._drain(self._events, emit)
                self._lost.tell(emit)
                if self._clock.monotonic_ns() >= compare_at:
                    compare_at = self._clock.monotonic_ns() + _COMPARE_NS
                    self._tell_gone(emit)

    def stop(self) -> None:
        """Stop listening."""
        self._life.stop()

    def _drain(self, events: socket.socket, emit: Emit) -> None:
        for _ in range(_BURST):
            try:
                raw = events.recv(_MESSAGE)
            except BlockingIOError:
                return
            except OSError as error:
                if error.errno != errno.ENOBUFS:
                    raise
                self._lost.add(LossReason.KERNEL_OVERFLOW)
                self._tell_running(emit)
                return
            for event in parse_events(raw):
                self._take(event, emit)

    def _take(self, event: ProcessEvent, emit: Emit) -> None:
        at_ns = self._clock.now_ns()
        if event.what is What.FORK:
            parent = self._processes.last_key(event.pid) or self._processes.key(event.pid)
            child = self._processes.key(event.child)
            if parent and child:
                emit(ProcessForked(at_ns=at_ns, parent=parent, child=child))
        elif event.what is What.EXEC:
            if self._processes.announce(event.pid, at_ns, emit) is None:
                self._lost.add(LossReason.VANISHED)
        else:
            self._tell_end(event.pid, at_ns, emit)

    def _tell_end(self, pid: int, at_ns: int, emit: Emit) -> None:
        read = self._processes.read_bytes(pid)
        key = self._processes.key(pid) or self._processes.last_key(pid)
        if key is not None:
            self._emit_end(key, read, at_ns, emit)

    def _emit_end(self, key: ProcessKey, read: int | None, at_ns: int, emit: Emit) -> None:
        if emit(ProcessExited(at_ns=at_ns, process=key, read_bytes=read)):
            self._processes.forget(key)

    def _tell_running(self, emit: Emit) -> None:
        for pid in self._processes.pids():
            self._processes.announce(pid, self._clock.now_ns(), emit)

    def _tell_gone(self, emit: Emit) -> None:
        """Tell of ends whose event was lost or not taken."""
        for key in self._processes.announced():
            found = self._processes.stat(key.pid)
            if found is None or found.key != key:
                self._emit_end(key, None, self._clock.now_ns(), emit)

    def _release(self) -> None:
        if self._events is not None:
            with suppress(OSError):
                self._events.send(listen_request(listen=False))
            self._events.close()
            self._events = None


def open_events() -> socket.socket:
    """Open a socket on which the kernel tells process events."""
    kind = socket.SOCK_DGRAM | socket.SOCK_CLOEXEC | socket.SOCK_NONBLOCK
    events = socket.socket(socket.AF_NETLINK, kind, NETLINK_CONNECTOR)
    try:
        with suppress(OSError):
            events.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, _BUFFER)
        events.bind((0, PROCESS_GROUP))
        events.send(listen_request())
    except OSError:
        events.close()
        raise
    return events
