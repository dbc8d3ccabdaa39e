"""Flows and processes as the kernel itself counts them: the kernel tier."""

import os
import select
import struct
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import structlog

from strandwatch.domain.observation import (
    LossReason,
    Observation,
    ObservationsLost,
    SourceReported,
)
from strandwatch.errors import MissingCapabilityError, SourceError
from strandwatch.ports import Clock, Emit
from strandwatch.sources.kernel import programs
from strandwatch.sources.kernel.datagrams import DatagramFlows
from strandwatch.sources.kernel.libbpf import BpfMap, Ring, processors, read_iterator
from strandwatch.sources.kernel.processes import Processes
from strandwatch.sources.kernel.programs import LoadedPrograms, LoadOptions, ProgramReport
from strandwatch.sources.kernel.records import (
    DESTINATION,
    DESTINATION_KEY,
    FLOW,
    LOST_KINDS,
    MARKS,
    RELEASED,
    Actor,
    Kind,
    read_destination,
    read_flow,
    read_marks,
)
from strandwatch.sources.kernel.tcp_flows import ProcessKeys, TcpFlows
from strandwatch.sources.processes import ProcessReader

log = structlog.get_logger()

_BATCH = 4096
_DESTINATION_RECORD = DESTINATION_KEY.size + DESTINATION.size


@dataclass(frozen=True, slots=True, kw_only=True)
class KernelSourceOptions:
    """How the kernel source looks."""

    poll_seconds: float = 0.2
    """How often totals are read; openings, ends and processes are events and wait no longer."""
    sweep_seconds: float = 5.0
    """How often all sockets are compared with what is known, to find ends that were lost."""
    idle_seconds: float = 60.0
    """A datagram flow without a packet for this long has ended."""
    flows: int = 65536
    """Flows that are followed at the same time; more are counted as lost."""
    load: LoadOptions = field(default_factory=LoadOptions)
    proc: Path = Path("/proc")


class KernelSource:
    """The source of flows and processes with eBPF; needs CAP_BPF, CAP_PERFMON and CAP_NET_ADMIN."""

    name = "flows.kernel"
    tier = "kernel"

    def __init__(
        self,
        clock: Clock,
        options: KernelSourceOptions | None = None,
        processes: ProcessReader | None = None,
    ) -> None:
        self._clock = clock
        self._reader = processes
        self._options = options or KernelSourceOptions()
        self._stopping = threading.Event()
        self._offset_ns = 0
        keys = ProcessKeys(os.sysconf("SC_CLK_TCK"))
        limit = self._options.flows
        self._keys = keys
        self._tcp = TcpFlows(keys, self._utc, limit=limit)
        self._datagrams = DatagramFlows(keys, self._utc, limit=limit)
        self._processes = Processes(
            keys,
            self._utc,
            proc=self._options.proc,
            learn=processes.learn if processes else None,
        )
        self._loaded: LoadedPrograms | None = None
        self._ring: Ring | None = None
        self._destinations: BpfMap | None = None
        self._lost_map: BpfMap | None = None
        self._lost: Counter[LossReason] = Counter()
        self._lost_before = [0] * len(LOST_KINDS)
        self._shed_before = 0
        self._pending: list[bytes] = []
        self._released: list[tuple[int, int]] = []
        self._held: bytes = b""
        self._wake = -1

    def probe(self) -> tuple[ProgramReport, ...]:
        """Say of each program whether this kernel takes it, and why not; nothing stays loaded."""
        return programs.probe(self._options.load, self._cgroup_root())

    def reports(self) -> tuple[ProgramReport, ...]:
        """Say of each program whether it is at work; empty before `start`."""
        return self._loaded.reports if self._loaded else ()

    def start(self) -> None:
        """Load, attach, and list the sockets that are open already."""
        self._stopping.clear()
        try:
            self._loaded = programs.load(self._options.load, self._cgroup_root())
            bpf = self._loaded.bpf
            self._ring = Ring(bpf.map_descriptor("events"), self._pending.append, _BATCH)
            self._destinations = BpfMap(
                bpf.map_descriptor("destinations"), DESTINATION_KEY.size, DESTINATION.size
            )
            self._lost_map = BpfMap(bpf.map_descriptor("lost"), 4, 8 * processors())
            self._tcp = self._tcp_flows(self._loaded)
            self._wake = os.eventfd(0, os.EFD_CLOEXEC | os.EFD_NONBLOCK)
            self._loaded.attach(self._cgroup_root())
            self._held = self._iterate("sockets_held")
        except (SourceError, MissingCapabilityError):
            self._release()
            raise
        except OSError as error:
            self._release()
            raise SourceError(f"the kernel tier cannot start: {error}") from error

    def run(self, emit: Emit) -> None:
        """Emit observations until `stop`."""
        if self._loaded is None or self._ring is None:
            raise SourceError("the kernel source was not started")
        try:
            self._report(emit)
            self._tell_running(emit)
            self._tell_held(emit)
            self._watch(emit, self._ring)
        finally:
            self._release()

    def stop(self) -> None:
        """Make `run` return soon; what is still in the kernel is read first."""
        self._stopping.set()
        if self._wake >= 0:
            with suppress(OSError):
                os.eventfd_write(self._wake, 1)

    def _tcp_flows(self, loaded: LoadedPrograms) -> TcpFlows:
        limit = self._options.flows
        if "bytes_handed" in loaded.names:
            return TcpFlows(self._keys, self._utc, limit=limit)
        marks = BpfMap(loaded.bpf.map_descriptor("marks"), 8, MARKS.size)

        def marked(cookie: int) -> list[tuple[Actor, int]]:
            value = marks.get(struct.pack("=Q", cookie))
            return [] if value is None else read_marks(value)

        return TcpFlows(self._keys, self._utc, limit=limit, marked=marked)

    def _watch(self, emit: Emit, ring: Ring) -> None:
        look_ns = int(self._options.poll_seconds * 1e9)
        sweep_ns = int(self._options.sweep_seconds * 1e9)
        look_at = sweep_at = self._clock.monotonic_ns()
        with select.epoll() as waiting:
            waiting.register(ring.descriptor(), select.EPOLLIN)
            waiting.register(self._wake, select.EPOLLIN)
            while not self._stopping.is_set():
                now = self._clock.monotonic_ns()
                waiting.poll(max(look_at - now, 0) / 1e9)
                now = self._clock.monotonic_ns()
                self._set_time()
                self._drain(emit, ring)
                if now >= look_at:
                    look_at = now + look_ns
                    self._look(emit)
                if now >= sweep_at:
                    sweep_at = now + sweep_ns
                    self._sweep(emit)
        self._set_time()
        self._drain(emit, ring)
        self._look(emit)

    def _drain(self, emit: Emit, ring: Ring) -> None:
        full = True
        while full:
            full = ring.consume() and not self._stopping.is_set()
            records, self._pending[:] = self._pending[:], []
            for record in records:
                self._event(emit, record)

    def _event(self, emit: Emit, record: bytes) -> None:
        kind = record[0]
        if kind in (Kind.OPENED, Kind.CLOSED):
            for observation in self._tcp.take(read_flow(record)):
                self._hand_on(emit, observation)
        elif kind == Kind.RELEASED:
            _, cookie, at = RELEASED.unpack(record)
            self._released.append((cookie, at))
        elif kind == Kind.EXECUTED:
            self._hand_on(emit, self._processes.executed(record))
        elif kind == Kind.FORKED:
            self._hand_on(emit, self._processes.forked(record))
        elif kind == Kind.EXITED:
            self._hand_on(emit, self._processes.exited(record))

    def _look(self, emit: Emit) -> None:
        """Read the totals that moved."""
        changed = self._iterate("flows_changed")
        for offset in range(0, len(changed), FLOW.size):
            for observation in self._tcp.take(read_flow(changed, offset)):
                self._hand_on(emit, observation)
        changed = self._iterate("destinations_changed")
        for offset in range(0, len(changed), _DESTINATION_RECORD):
            for observation in self._datagrams.take(read_destination(changed, offset)):
                self._hand_on(emit, observation)
        released, self._released = self._released, []
        for cookie, at in released:
            self._end_datagrams(emit, self._datagrams.released(cookie, at))
        self._tell_losses(emit)

    def _sweep(self, emit: Emit) -> None:
        """End what has gone quiet, and what is gone without an event."""
        now = self._clock.monotonic_ns()
        idle_ns = int(self._options.idle_seconds * 1e9)
        self._end_datagrams(emit, self._datagrams.quiet_since(now - idle_ns))
        if self._loaded is None or self._loaded.iterator("sockets_alive") is None:
            return
        known = self._tcp.known()
        found = self._iterate("sockets_alive")
        alive = {cookie for (cookie,) in struct.iter_unpack("=Q", found)}
        for observation in self._tcp.vanish(known - alive, self._clock.now_ns()):
            self._hand_on(emit, observation)
        self._end_datagrams(emit, self._datagrams.sweep(alive, now))

    def _end_datagrams(self, emit: Emit, ended: Iterator[Observation | bytes]) -> None:
        for item in ended:
            if not isinstance(item, bytes):
                self._hand_on(emit, item)
            elif self._destinations is not None:
                self._destinations.delete(item)

    def _tell_running(self, emit: Emit) -> None:
        """Tell of the processes that run already; those of after the start tell themselves."""
        if self._reader is None:
            return
        now = self._clock.now_ns()
        for pid in self._reader.pids():
            self._reader.announce(pid, now, emit)

    def _tell_held(self, emit: Emit) -> None:
        held, self._held = self._held, b""
        self._set_time()
        records = (read_flow(held, offset) for offset in range(0, len(held), FLOW.size))
        for observation in self._tcp.take_held(records):
            self._hand_on(emit, observation)

    def _tell_losses(self, emit: Emit) -> None:
        """Report what the kernel side had no room for, and what this side shed."""
        if self._lost_map is not None:
            for kind in range(len(LOST_KINDS)):
                values = self._lost_map.get(struct.pack("=I", kind)) or b""
                total = sum(value for (value,) in struct.iter_unpack("=Q", values))
                self._lost[LossReason.KERNEL_OVERFLOW] += total - self._lost_before[kind]
                self._lost_before[kind] = total
        shed = self._tcp.shed + self._datagrams.shed
        self._lost[LossReason.LIMIT] += shed - self._shed_before
        self._shed_before = shed
        for reason, count in self._lost.items():
            if count and emit(
                ObservationsLost(
                    at_ns=self._clock.now_ns(), source=self.name, count=count, reason=reason
                )
            ):
                self._lost[reason] = 0

    def _report(self, emit: Emit) -> None:
        missing = [report for report in self.reports() if not report.works]
        note = "; ".join(
            f"{report.program.hook} missing ({report.reason}): not seen: {report.program.misses}"
            for report in missing
        )
        log.info("kernel_source_started", missing=[report.program.name for report in missing])
        emit(
            SourceReported(
                at_ns=self._clock.now_ns(),
                source=self.name,
                tier=self.tier,
                working=True,
                note=note,
            )
        )

    def _hand_on(self, emit: Emit, observation: Observation) -> None:
        # A full queue counts its losses itself.
        emit(observation)

    def _iterate(self, name: str) -> bytes:
        link = self._loaded.iterator(name) if self._loaded else None
        return b"" if link is None else read_iterator(link)

    def _set_time(self) -> None:
        """Take again how far the kernel's clock is from the time of day."""
        self._offset_ns = self._clock.now_ns() - self._clock.monotonic_ns()

    def _utc(self, kernel_ns: int) -> int:
        return kernel_ns + self._offset_ns

    def _cgroup_root(self) -> Path | None:
        mountinfo = (self._options.proc / "self/mountinfo").read_text(errors="replace")
        return programs.find_cgroup_root(mountinfo)

    def _release(self) -> None:
        if self._ring is not None:
            self._ring.close()
            self._ring = None
        if self._loaded is not None:
            self._loaded.close()
            self._loaded = None
        if self._wake >= 0:
            os.close(self._wake)
            self._wake = -1
