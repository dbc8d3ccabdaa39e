"""Packets that carry a name, picked in the kernel and handed on as bytes that nobody here reads."""

import errno
import os
import socket
import struct
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from strandwatch.domain.observation import (
    LossReason,
    PacketCaptured,
    SourceReported,
)
from strandwatch.errors import MissingCapabilityError
from strandwatch.ports import Clock, Emit
from strandwatch.sources import packet_filter
from strandwatch.sources.life import Life
from strandwatch.sources.losses import Losses
from strandwatch.sources.namespaces import call_inside, find_namespaces, own_namespace
from strandwatch.sources.notes import few
from strandwatch.sources.processes import ProcessReader

_ALL_PROTOCOLS = 0x0003
_SOL_PACKET, _STATISTICS, _PACKET_OUTGOING = 263, 6, 4
_SO_RCVBUFFORCE = 33
_BUFFER = 4 << 20
_LONGEST = 65_536
_BURST = 256
_RECHECK_NS = 1_000_000_000


@dataclass(slots=True)
class _Tap:
    """A packet socket in one network namespace, on one interface or on all."""

    network_namespace: int
    interface: str
    packets: socket.socket


class NameSource:
    """Emits PacketCaptured from all network namespaces, or from the interfaces named (in ours)."""

    name = "names"
    tier = "netlink"

    def __init__(
        self,
        clock: Clock,
        processes: ProcessReader,
        *,
        interfaces: Sequence[str] = (),
        most_per_second: int = 5_000,
    ) -> None:
        self._clock = clock
        self._processes = processes
        self._interfaces = tuple(interfaces)
        self._most_per_second = most_per_second
        self._life = Life(self._release)
        self._taps: dict[tuple[int, str], _Tap] = {}
        self._problems: dict[str, str] = {}
        self._unreadable = 0
        self._reported = ""
        self._taken = 0
        self._lost = Losses(clock, self.name)

    def start(self) -> None:
        """Listen; raises MissingCapabilityError without CAP_NET_RAW."""
        self._life.begin()
        self._open_taps()
        if not self._taps and not self._interfaces:
            self._life.stop()
            raise MissingCapabilityError(self._note() or "no packet socket")

    def run(self, emit: Emit) -> None:
        """Hand packets on until stopped."""
        with self._life.running():
            recheck_at = self._clock.monotonic_ns()
            while not self._life.stopped:
                now_ns = self._clock.monotonic_ns()
                if now_ns >= recheck_at:
                    recheck_at = now_ns + _RECHECK_NS
                    self._open_taps()
                    self._report(emit)
                    self._tell_losses(emit)
                    self._taken = 0
                wait_seconds = (recheck_at - now_ns) / 1e9
                by_descriptor = {tap.packets.fileno(): tap for tap in self._taps.values()}
                for descriptor in self._life.wait(wait_seconds, *by_descriptor):
                    self._take(by_descriptor[descriptor], emit)

    def stop(self) -> None:
        """Stop listening."""
        self._life.stop()

    def _take(self, tap: _Tap, emit: Emit) -> None:
        for _ in range(_BURST):
            try:
                data, sender = tap.packets.recvfrom(_LONGEST)
            except BlockingIOError:
                return
            except OSError as error:
                self._close_tap(tap, error)
                return
            if self._taken >= self._most_per_second:
                self._lost.add(LossReason.LIMIT)
                continue
            self._taken += 1
            emit(
                PacketCaptured(
                    at_ns=self._clock.now_ns(),
                    network_namespace=tap.network_namespace,
                    outbound=sender[2] == _PACKET_OUTGOING,
                    data=data,
                )
            )

    def _open_taps(self) -> None:
        """Listen where nobody listened yet; drop what is gone."""
        if self._interfaces:
            own = own_namespace(self._processes.proc)
            wanted = {(own, interface): "" for interface in self._interfaces}
        else:
            wanted = {(inode, ""): path for inode, path in self._namespaces().items()}
        for place in set(self._taps) - set(wanted):
            self._taps.pop(place).packets.close()
        self._problems = {}
        self._unreadable = 0
        for (namespace, interface), path in wanted.items():
            if (namespace, interface) not in self._taps:
                self._open_tap(namespace, interface, path)

    def _namespaces(self) -> dict[int, str]:
        return find_namespaces(self._processes)

    def _open_tap(self, namespace: int, interface: str, path: str) -> None:
        where = interface or f"network namespace {namespace}"
        is_own = namespace == own_namespace(self._processes.proc)
        try:
            packets = (
                open_packets(interface) if is_own else call_inside(path, namespace, open_packets)
            )
        except (OSError, MissingCapabilityError) as error:
            # A namespace may have ended, or its process left it, between finding and entering it.
            if not interface and not is_own:
                self._unreadable += _inode(path) == namespace
            else:
                self._problems[where] = f"{where}: {getattr(error, 'strerror', None) or error}"
            return
        self._taps[namespace, interface] = _Tap(namespace, interface, packets)

    def _close_tap(self, tap: _Tap, error: OSError) -> None:
        """Give an interface up; a socket on all interfaces is told of one and goes on."""
        if not tap.interface and error.errno == errno.ENETDOWN:
            return
        del self._taps[tap.network_namespace, tap.interface]
        tap.packets.close()
        where = tap.interface or f"network namespace {tap.network_namespace}"
        self._problems[where] = f"{where}: {error.strerror}"

    def _report(self, emit: Emit) -> None:
        note = self._note()
        if note == self._reported:
            return
        report = SourceReported(
            at_ns=self._clock.now_ns(),
            source=self.name,
            tier=self.tier,
            working=not note,
            note=note,
        )
        if emit(report):
            self._reported = note

    def _note(self) -> str:
        problems = [self._problems[where] for where in sorted(self._problems)]
        if self._unreadable:
            plural = "s" if self._unreadable > 1 else ""
            problems.append(
                f"{self._unreadable} other network namespace{plural} cannot be read: run as root"
            )
        return few(problems)

    def _tell_losses(self, emit: Emit) -> None:
        dropped = sum(_dropped(tap.packets) for tap in self._taps.values())
        self._lost.add(LossReason.KERNEL_OVERFLOW, dropped)
        self._lost.tell(emit)

    def _release(self) -> None:
        for tap in self._taps.values():
            tap.packets.close()
        self._taps.clear()


def open_packets(interface: str = "") -> socket.socket:
    """Open a packet socket in the calling thread's network namespace, with the filter on it."""
    kind = socket.SOCK_DGRAM | socket.SOCK_CLOEXEC | socket.SOCK_NONBLOCK
    # Protocol 0 takes no packet until the socket is bound (packet(7)); Python binds to a named
    # interface only.
    protocol = 0 if interface else socket.htons(_ALL_PROTOCOLS)
    packets = socket.socket(socket.AF_PACKET, kind, protocol)
    try:
        packet_filter.attach(packets)
        with suppress(OSError):
            packets.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, _BUFFER)
        if interface:
            packets.bind((interface, _ALL_PROTOCOLS))
        _forget_waiting(packets)
    except OSError:
        packets.close()
        raise
    return packets


def _forget_waiting(packets: socket.socket) -> None:
    """Throw away what came before the filter was on."""
    with suppress(BlockingIOError):
        while packets.recv(1):
            continue
    _dropped(packets)


def _inode(path: str) -> int | None:
    try:
        return os.stat(path).st_ino  # noqa: PTH116 - as everywhere in this room
    except OSError:
        return None


def _dropped(packets: socket.socket) -> int:
    """Give the packets dropped since the last call; the kernel's counter starts anew each time."""
    try:
        statistics = packets.getsockopt(_SOL_PACKET, _STATISTICS, 8)
    except OSError:
        return 0
    return int(struct.unpack("=II", statistics)[1])
