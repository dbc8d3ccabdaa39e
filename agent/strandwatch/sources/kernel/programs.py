"""Which eBPF programs there are, which of them this kernel takes, and what is missed without."""

import os
import platform
import struct
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from strandwatch.errors import MissingCapabilityError, SourceError
from strandwatch.sources.kernel.libbpf import BpfObject

_OPTIONS = struct.Struct("=B7x512s")
_SENDING_CALLS = {
    # write, writev, sendfile, sendto, sendmsg, splice, sendmmsg
    "x86_64": {1: 1, 20: 1, 40: 1, 44: 1, 46: 1, 275: 3, 307: 1},
    "aarch64": {64: 1, 66: 1, 71: 1, 206: 1, 211: 1, 76: 3, 269: 1},
}
"""Which argument, counted from one, is the socket; numbers from the kernel's own tables."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """One program of the object: where it attaches and what would be missed without it."""

    name: str
    hook: str
    misses: str
    essential: bool = False
    at_cgroup: bool = False
    iterates: str | None = None
    """The map that an iterator walks; empty for one that walks the tasks."""
    instead_of: str | None = None
    """Loaded only when this better one is refused."""


PROGRAMS = (
    Program(
        name="state_changed",
        hook="tp_btf/inet_sock_set_state",
        misses="TCP connections",
        essential=True,
    ),
    Program(
        name="flows_changed",
        hook="iter/bpf_sk_storage_map",
        misses="byte counts of open connections",
        essential=True,
        iterates="flows",
    ),
    Program(
        name="bytes_handed",
        hook="tp_btf/sock_send_length",
        misses="io_uring on accepted sockets, packet sockets that bypass the queue",
    ),
    Program(
        name="send_entered",
        hook="tp_btf/sys_enter",
        misses="which process sent on a shared or accepted socket",
        instead_of="bytes_handed",
    ),
    Program(
        name="packet_leaves",
        hook="cgroup_skb/egress",
        misses="bytes on the wire; UDP, ICMP and raw traffic",
        at_cgroup=True,
    ),
    Program(
        name="frame_queued",
        hook="tp_btf/net_dev_queue",
        misses="destinations of packet sockets",
    ),
    Program(
        name="socket_released",
        hook="cgroup/sock_release",
        misses="the moment when a datagram socket is closed",
        at_cgroup=True,
    ),
    Program(
        name="sockets_alive",
        hook="iter/bpf_sk_storage_map",
        misses="the end of a flow whose event was lost",
        iterates="flows",
    ),
    Program(
        name="destinations_changed",
        hook="iter/bpf_map_elem",
        misses="UDP, ICMP and raw traffic",
        iterates="destinations",
    ),
    Program(
        name="sockets_held",
        hook="iter/task_file",
        misses="sockets opened before the agent",
        iterates="",
    ),
    Program(
        name="process_executed",
        hook="tp_btf/sched_process_exec",
        misses="programs that processes run",
    ),
    Program(
        name="process_forked",
        hook="tp_btf/sched_process_fork",
        misses="children that run no program of their own",
    ),
    Program(
        name="process_exited",
        hook="tp_btf/sched_process_exit",
        misses="ends of processes and the bytes they read",
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgramReport:
    """Whether one program can be used here, and why not."""

    program: Program
    works: bool
    reason: str = ""


class LoadedPrograms:
    """The programs of this kernel, loaded and attached."""

    def __init__(self, bpf: BpfObject, reports: tuple[ProgramReport, ...]) -> None:
        self.bpf = bpf
        self.reports = reports
        self.names = frozenset(report.program.name for report in reports if report.works)
        self._iterators: dict[str, int] = {}

    def attach(self, cgroup_root: Path | None) -> None:
        """Attach all; what happens from now on is seen."""
        for report in self.reports:
            if report.works and report.program.iterates is not None:
                self._iterators[report.program.name] = self.bpf.attach_iterator(
                    report.program.name, report.program.iterates or None
                )
            elif report.works:
                self._attach(report.program, cgroup_root)

    def iterator(self, name: str) -> int | None:
        """Give the link of an iterator, None when it is not to be had."""
        return self._iterators.get(name)

    def close(self) -> None:
        """Detach and free; safe twice."""
        self._iterators.clear()
        self.bpf.close()

    def _attach(self, program: Program, cgroup_root: Path | None) -> None:
        if not program.at_cgroup:
            self.bpf.attach(program.name)
            return
        if cgroup_root is None:
            raise SourceError(f"{program.name}: no cgroup2 hierarchy is mounted")
        descriptor = os.open(cgroup_root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            self.bpf.attach(program.name, descriptor)
        finally:
            os.close(descriptor)


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadOptions:
    """What the programs are told when they are loaded."""

    include_loopback: bool = False
    destinations: int = 65536
    """Destinations of datagrams that are counted at the same time."""
    ring_bytes: int = 2 * 1024 * 1024
    """Room for events that were not read yet; a power of two and of whole pages."""
    without: frozenset[str] = frozenset()
    """Programs not to use."""


def probe(options: LoadOptions, cgroup_root: Path | None) -> tuple[ProgramReport, ...]:
    """Say for each program whether this kernel takes it, by loading it alone; nothing is kept."""
    reports = []
    for program in PROGRAMS:
        reason = _refusal(program, options, cgroup_root)
        reports.append(ProgramReport(program=program, works=not reason, reason=reason))
    return tuple(reports)


def load(options: LoadOptions, cgroup_root: Path | None) -> LoadedPrograms:
    """Load what this kernel takes; raises SourceError when an essential program is refused."""
    reports = _hoped(options, cgroup_root)
    try:
        bpf = _load_together(_working(reports), options)
    except SourceError:
        # One refusal fails the whole object: find out which, and do without.
        reports = chosen(probe(options, cgroup_root))
        bpf = _load_together(_working(reports), options)
    refused = [report for report in reports if report.program.essential and not report.works]
    if refused:
        bpf.close()
        reasons = "; ".join(f"{report.program.hook}: {report.reason}" for report in refused)
        raise SourceError(f"the kernel tier cannot be used here: {reasons}")
    return LoadedPrograms(bpf, reports)


def chosen(reports: Iterable[ProgramReport]) -> tuple[ProgramReport, ...]:
    """Leave out the substitutes whose better program works."""
    reports = tuple(reports)
    working = {report.program.name for report in reports if report.works}
    return tuple(report for report in reports if report.program.instead_of not in working)


def find_cgroup_root(mountinfo: str) -> Path | None:
    """Give where the cgroup2 hierarchy is mounted: hybrid hosts mount it aside."""
    for line in mountinfo.splitlines():
        before, separator, after = line.partition(" - ")
        fields = before.split()
        unified = separator and after.split(" ", 1)[0] == "cgroup2"
        if unified and len(fields) > 4 and fields[3] == "/":
            return Path(fields[4].encode().decode("unicode_escape"))
    return None


def _hoped(options: LoadOptions, cgroup_root: Path | None) -> tuple[ProgramReport, ...]:
    reasons = [(program, _unwanted(program, options, cgroup_root)) for program in PROGRAMS]
    return chosen(
        ProgramReport(program=program, works=not reason, reason=reason)
        for program, reason in reasons
    )


def _working(reports: Iterable[ProgramReport]) -> list[str]:
    return [report.program.name for report in reports if report.works]


def _unwanted(program: Program, options: LoadOptions, cgroup_root: Path | None) -> str:
    if program.name in options.without:
        return "switched off"
    if program.at_cgroup and cgroup_root is None:
        return "no cgroup2 hierarchy is mounted"
    return ""


def _refusal(program: Program, options: LoadOptions, cgroup_root: Path | None) -> str:
    if reason := _unwanted(program, options, cgroup_root):
        return reason
    try:
        _load_together([program.name], options).close()
    except SourceError as error:
        return str(error)
    return ""


def _load_together(names: Collection[str], options: LoadOptions) -> BpfObject:
    bpf = BpfObject(image())
    try:
        bpf.set_constants(_OPTIONS.pack(options.include_loopback, _sending_calls()))
        bpf.limit("destinations", options.destinations)
        bpf.limit("events", options.ring_bytes)
        bpf.choose(names)
        bpf.load()
    except SourceError:
        bpf.close()
        raise
    return bpf


def _sending_calls() -> bytes:
    """Give by number which argument of a system call is the descriptor that it sends on."""
    table = bytearray(512)
    for number, argument in _SENDING_CALLS.get(platform.machine(), {}).items():
        table[number] = argument
    return bytes(table)


def image() -> bytes:
    """Give the compiled object as it is shipped."""
    try:
        return files(__package__).joinpath("strandwatch.bpf.o").read_bytes()
    except OSError as error:
        raise MissingCapabilityError(f"the eBPF object is missing: {error}") from error
