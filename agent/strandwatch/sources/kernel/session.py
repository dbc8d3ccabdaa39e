"""One stay of the programs in the kernel: their ring, maps and iterators, from attach to detach."""

import os
import select
import struct
import threading
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from strandwatch.errors import MissingCapabilityError, SourceError
from strandwatch.sources.kernel import programs
from strandwatch.sources.kernel.libbpf import BpfMap, Ring, processors, read_iterator
from strandwatch.sources.kernel.programs import LoadOptions, ProgramReport
from strandwatch.sources.kernel.records import (
    COUNTS,
    DESTINATION,
    DESTINATION_KEY,
    DEVICE,
    MARKS,
    Actor,
    read_marks,
)

_BATCH = 4096
_DEVICES = 1024


class Counts(NamedTuple):
    """Totals of the programs about themselves."""

    lost: int
    tcp_moved: int
    datagrams_moved: int


class KernelSession:
    """Loaded and attached programs; everything is given back by `close`."""

    def __init__(self, options: LoadOptions, proc: Path) -> None:
        self._lock = threading.Lock()
        self._wake = -1
        self._events: list[bytes] = []
        self._ring: Ring | None = None
        root = cgroup_root(proc)
        self._loaded = programs.load(options, root)
        try:
            self._open(root)
        except (SourceError, MissingCapabilityError):
            self.close()
            raise
        except OSError as error:
            self.close()
            raise SourceError(f"the kernel tier cannot start: {error}") from error

    def _open(self, root: Path | None) -> None:
        bpf = self._loaded.bpf
        self._ring = Ring(bpf.map_descriptor("events"), self._events.append, _BATCH)
        self._destinations = BpfMap(
            bpf.map_descriptor("destinations"), DESTINATION_KEY.size, DESTINATION.size
        )
        self._marks = BpfMap(bpf.map_descriptor("marks"), 8, MARKS.size)
        self._counts = BpfMap(bpf.map_descriptor("counts"), 4, COUNTS.size * processors())
        self._devices = BpfMap(bpf.map_descriptor("devices"), 8, DEVICE.size * processors())
        self._wake = os.eventfd(0, os.EFD_CLOEXEC | os.EFD_NONBLOCK)
        self._loaded.attach(root)

    def reports(self) -> tuple[ProgramReport, ...]:
        """Say of each program whether it is at work."""
        return self._loaded.reports

    def waiter(self) -> select.epoll:
        """Give what is ready when events wait or `wake` was called; the caller closes it."""
        waiting = select.epoll()
        if self._ring is not None:
            waiting.register(self._ring.descriptor(), select.EPOLLIN)
        waiting.register(self._wake, select.EPOLLIN)
        return waiting

    def wake(self) -> None:
        """End a wait; from any thread, also when closed."""
        with self._lock:
            if self._wake >= 0:
                os.eventfd_write(self._wake, 1)

    def events(self) -> tuple[list[bytes], bool]:
        """Give the events that wait, and whether there are more than fit in one batch."""
        more = self._ring is not None and self._ring.consume()
        taken = self._events[:]
        self._events.clear()
        return taken, more

    def held(self) -> bytes:
        """Give the sockets that processes hold now, as flow records; marks them as found."""
        return self._iterate("sockets_held")

    def changed_flows(self) -> bytes:
        """Give the records of sockets whose totals moved since the last call."""
        return self._iterate("flows_changed")

    def changed_destinations(self) -> bytes:
        """Give the records of datagram destinations whose totals moved since the last call."""
        return self._iterate("destinations_changed")

    def alive(self) -> set[int] | None:
        """Give the names of all sockets that are followed, None when that cannot be asked."""
        if self._loaded.iterator("sockets_alive") is None:
            return None
        found = self._iterate("sockets_alive")
        return {name for (name,) in struct.iter_unpack("=Q", found)}

    def forget_destination(self, key: bytes) -> None:
        """Remove the totals of a destination that ended."""
        self._destinations.delete(key)

    def marked(self) -> Callable[[int], list[tuple[Actor, int]]] | None:
        """Give who sent on a socket by its cookie; None when that comes with the flows."""
        if "bytes_handed" in self._loaded.names:
            return None

        def senders(cookie: int) -> list[tuple[Actor, int]]:
            value = self._marks.get(struct.pack("=Q", cookie))
            return [] if value is None else read_marks(value)

        return senders

    def counts(self) -> Counts:
        """Give how much was lost and how often totals moved, since the attach."""
        values = self._counts.get(bytes(4)) or bytes(COUNTS.size)
        sums = [sum(parts) for parts in zip(*COUNTS.iter_unpack(values), strict=True)]
        return Counts(sum(sums[:-2]), sums[-2], sums[-1])

    def wire_by_interface(self) -> dict[tuple[int, int], int]:
        """Give the bytes of packets that left, by network namespace and interface number."""
        totals: dict[tuple[int, int], int] = {}
        for key in self._devices.all_keys(_DEVICES):
            values = self._devices.get(key) or b""
            for wire, interface, namespace, _, _ in DEVICE.iter_unpack(values):
                if interface:
                    place = (namespace, interface)
                    totals[place] = totals.get(place, 0) + wire
        return totals

    def close(self) -> None:
        """Detach and free everything; safe twice."""
        with self._lock:
            if self._wake >= 0:
                os.close(self._wake)
                self._wake = -1
        if self._ring is not None:
            self._ring.close()
            self._ring = None
        self._loaded.close()

    def _iterate(self, name: str) -> bytes:
        link = self._loaded.iterator(name)
        return b"" if link is None else read_iterator(link)


def cgroup_root(proc: Path) -> Path | None:
    """Give where this machine mounts the unified cgroup hierarchy."""
    try:
        mountinfo = (proc / "self/mountinfo").read_text(errors="replace")
    except OSError as error:
        raise SourceError(f"the mounts of this machine cannot be read: {error}") from error
    return programs.find_cgroup_root(mountinfo)
