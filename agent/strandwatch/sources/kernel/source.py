"""Flows and processes as the kernel itself counts them: the kernel tier."""

import select
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from os import sysconf
from pathlib import Path
from time import thread_time_ns

import structlog

from strandwatch.domain.observation import (
    LossReason,
    Observation,
    ObservationsLost,
    PacketCaptured,
    ProcessStarted,
    SourceReported,
)
from strandwatch.errors import SourceError
from strandwatch.ports import Clock, Emit
from strandwatch.sources.kernel import programs
from strandwatch.sources.kernel.datagrams import DatagramFlows
from strandwatch.sources.kernel.interfaces import Interfaces
from strandwatch.sources.kernel.processes import Processes
from strandwatch.sources.kernel.programs import LoadOptions, ProgramReport
from strandwatch.sources.kernel.records import (
    DESTINATION,
    DESTINATION_KEY,
    FLOW,
    RELEASED,
    Kind,
    read_destination,
    read_flow,
)
from strandwatch.sources.kernel.session import Counts, KernelSession, cgroup_root
from strandwatch.sources.kernel.tcp_flows import ProcessKeys, TcpFlows
from strandwatch.sources.namespaces import own_namespace
from strandwatch.sources.processes import ProcessReader

log = structlog.get_logger()

_DESTINATION_RECORD = DESTINATION_KEY.size + DESTINATION.size
_SECOND = 1_000_000_000
_SETTLING_NS = 5 * _SECOND
"""How long after the last byte acknowledgements may still come; later ones follow a resending."""
_LOOK_PART = 200
"""Looking at very many sockets takes one part in this many of a processor ..."""
_LONGEST_POLL_NS = _SECOND // 2
"""... as long as it does not come too late for an alert."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KernelSourceOptions:
    """How the kernel source looks."""

    poll_seconds: float = 0.2
    """How often events and totals are read; a new program or a filling ring wakes it at once."""
    sweep_seconds: float = 5.0
    """How often all sockets are compared with what is known, to find ends that were lost."""
    idle_seconds: float = 60.0
    """A datagram flow without a packet for this long has ended."""
    flows: int = 65536
    """Flows that are followed at the same time; more are counted as lost."""
    interfaces: tuple[str, ...] = ()
    """Interfaces whose bytes are compared with those of sockets; empty is all with hardware."""
    load: LoadOptions = field(default_factory=LoadOptions)
    proc: Path = Path("/proc")


class KernelSource:
    """The source of flows and processes with eBPF; needs CAP_BPF, CAP_PERFMON and CAP_NET_ADMIN.

    The clock's monotonic time has to be that of the kernel's boot clock.
    """

    name = "flows.kernel"
    tier = "kernel"

    def __init__(
        self,
        clock: Clock,
        options: KernelSourceOptions | None = None,
        processes: ProcessReader | None = None,
    ) -> None:
        self._clock = clock
        self._options = options or KernelSourceOptions()
        self._reader = processes
        self._stopping = threading.Event()
        self._lock = threading.Lock()
        self._session: KernelSession | None = None
        self._running = False
        self._held = b""
        self._present: list[Observation] = []
        self._reset(None)

    def probe(self) -> tuple[ProgramReport, ...]:
        """Say of each program whether this kernel takes it, and why not; nothing stays loaded."""
        return programs.probe(self._options.load, cgroup_root(self._options.proc))

    def reports(self) -> tuple[ProgramReport, ...]:
        """Say of each program whether it is at work; empty before `start`."""
        return self._session.reports() if self._session else ()

    def start(self) -> None:
        """Load, attach, and list the processes and sockets that are there already."""
        self._stopping.clear()
        session = KernelSession(self._options.load, self._options.proc)
        with self._lock:
            self._session = session
        self._reset(session)
        self._held = session.held()
        self._present = self._list_processes()

    def run(self, emit: Emit) -> None:
        """Emit observations until `stop`."""
        with self._lock:
            session, self._running = self._session, not self._stopping.is_set()
        if session is None:
            raise SourceError("the kernel source was not started")
        try:
            self._begin(emit, session)
            self._watch(emit, session)
        finally:
            with self._lock:
                self._running, self._session = False, None
            session.close()

    def stop(self) -> None:
        """Make `run` return soon; what is still in the kernel is read first."""
        self._stopping.set()
        with self._lock:
            session = self._session
            if session is not None and not self._running:
                self._session = None
                session.close()
        if session is not None:
            session.wake()

    def _reset(self, session: KernelSession | None) -> None:
        keys, limit = ProcessKeys(sysconf("SC_CLK_TCK")), self._options.flows
        marked = session.marked() if session else None
        self._set_time()
        self._tcp = TcpFlows(keys, self._utc, limit=limit, marked=marked)
        self._datagrams = DatagramFlows(keys, self._utc, limit=limit)
        self._processes = Processes(
            keys,
            self._utc,
            proc=self._options.proc,
            reader=self._reader,
        )
        self._interfaces = Interfaces(
            own_namespace(self._options.proc),
            named=self._options.interfaces,
            proc=self._options.proc,
        )
        self._lost: Counter[LossReason] = Counter()
        self._shed_before = 0
        self._counts = Counts(0, 0, 0)
        self._settled_ns = 0
        self._released: list[tuple[int, int]] = []

    def _begin(self, emit: Emit, session: KernelSession) -> None:
        """Tell how well this kernel can be watched, who runs, and which sockets are open."""
        missing = [report for report in session.reports() if not report.works]
        log.info("kernel_source_started", missing=[report.program.name for report in missing])
        if missing:
            note = "; ".join(
                f"without {report.program.hook} ({report.reason}), so without "
                f"{report.program.misses}"
                for report in missing
            )
            emit(
                SourceReported(
                    at_ns=self._clock.now_ns(),
                    source=self.name,
                    tier=self.tier,
                    working=True,
                    note=note,
                )
            )
        present, self._present = self._present, []
        for started in present:
            emit(started)
        held, self._held = self._held, b""
        records = (read_flow(held, offset) for offset in range(0, len(held), FLOW.size))
        for observation in self._tcp.take_held(records):
            emit(observation)

    def _list_processes(self) -> list[Observation]:
        """Read who runs, before any of them can end; later ones tell themselves."""
        present: list[Observation] = []

        def keep(told: Observation | PacketCaptured) -> bool:
            if isinstance(told, ProcessStarted):
                present.append(told)
            return True

        if self._reader is not None:
            for pid in self._reader.pids():
                self._reader.announce(pid, self._clock.now_ns(), keep)
        return present

    def _watch(self, emit: Emit, session: KernelSession) -> None:
        poll_ns = int(self._options.poll_seconds * _SECOND)
        sweep_ns = int(self._options.sweep_seconds * _SECOND)
        look_at = sweep_at = self._clock.monotonic_ns()
        with closing(session.waiter()) as waiting:
            while not self._stopping.is_set():
                self._wait(waiting, look_at)
                now = self._clock.monotonic_ns()
                self._set_time()
                self._drain(emit, session)
                if now >= look_at:
                    began = thread_time_ns()
                    self._look(emit, session)
                    spent = (thread_time_ns() - began) * _LOOK_PART
                    look_at = now + max(poll_ns, min(spent, _LONGEST_POLL_NS))
                if now >= sweep_at:
                    sweep_at = now + sweep_ns
                    self._sweep(emit, session)
        self._drain(emit, session)
        self._look(emit, session)

    def _wait(self, waiting: select.epoll, until_ns: int) -> None:
        waiting.poll(max(until_ns - self._clock.monotonic_ns(), 0) / _SECOND)

    def _drain(self, emit: Emit, session: KernelSession) -> None:
        more = True
        while more:
            events, more = session.events()
            for record in events:
                self._take(emit, record)

    def _take(self, emit: Emit, record: bytes) -> None:
        kind = record[0]
        if kind == Kind.CLOSED:
            for observation in self._tcp.take(read_flow(record)):
                emit(observation)
        elif kind == Kind.RELEASED:
            _, cookie, at = RELEASED.unpack(record)
            self._released.append((cookie, at))
        elif kind == Kind.EXECUTED:
            emit(self._processes.executed(record))
        elif kind == Kind.FORKED:
            emit(self._processes.forked(record))
        elif kind == Kind.EXITED:
            emit(self._processes.exited(record))

    def _look(self, emit: Emit, session: KernelSession) -> None:
        """Read the totals that moved, if any did."""
        counts, before = session.counts(), self._counts
        self._counts = counts
        now = self._clock.monotonic_ns()
        if counts.tcp_moved != before.tcp_moved:
            self._settled_ns = now + _SETTLING_NS
        if now <= self._settled_ns:
            self._look_at_tcp(emit, session)
        if counts.datagrams_moved != before.datagrams_moved:
            self._look_at_datagrams(emit, session)
        released, self._released = self._released, []
        for cookie, at in released:
            self._hand_on(emit, session, self._datagrams.released(cookie, at))
        self._lost[LossReason.KERNEL_OVERFLOW] += counts.lost - before.lost
        self._tell_losses(emit)

    def _look_at_tcp(self, emit: Emit, session: KernelSession) -> None:
        changed = session.changed_flows()
        for offset in range(0, len(changed), FLOW.size):
            for observation in self._tcp.take(read_flow(changed, offset)):
                emit(observation)

    def _look_at_datagrams(self, emit: Emit, session: KernelSession) -> None:
        changed = session.changed_destinations()
        for offset in range(0, len(changed), _DESTINATION_RECORD):
            record = read_destination(changed, offset)
            self._hand_on(emit, session, self._datagrams.take(record))

    def _sweep(self, emit: Emit, session: KernelSession) -> None:
        """End what has gone quiet or without an event, and compare with the interfaces."""
        for counted in self._interfaces.count(session.wire_by_interface(), self._clock.now_ns()):
            emit(counted)
        now = self._clock.monotonic_ns()
        idle = self._options.idle_seconds
        if self._datagrams.is_crowded():
            idle = min(idle, self._options.sweep_seconds)
        idle_ns = int(idle * _SECOND)
        self._hand_on(emit, session, self._datagrams.quiet_since(now - idle_ns))
        known = self._tcp.known()
        alive = session.alive()
        if alive is None:
            return
        for observation in self._tcp.vanish(known - alive, self._clock.now_ns()):
            emit(observation)
        self._hand_on(emit, session, self._datagrams.sweep(alive, now))

    def _hand_on(
        self, emit: Emit, session: KernelSession, told: Iterator[Observation | bytes]
    ) -> None:
        for item in told:
            if isinstance(item, bytes):
                session.forget_destination(item)
            else:
                emit(item)

    def _tell_losses(self, emit: Emit) -> None:
        """Report what the kernel side had no room for, and what this side shed."""
        shed = self._tcp.shed + self._datagrams.shed
        self._lost[LossReason.LIMIT] += shed - self._shed_before
        self._shed_before = shed
        for reason, count in self._lost.items():
            lost = ObservationsLost(
                at_ns=self._clock.now_ns(), source=self.name, count=count, reason=reason
            )
            if count and emit(lost):
                self._lost[reason] = 0

    def _set_time(self) -> None:
        """Take again how far the kernel's boot clock is from the time of day."""
        self._offset_ns = self._clock.now_ns() - self._clock.monotonic_ns()

    def _utc(self, kernel_ns: int) -> int:
        return kernel_ns + self._offset_ns
