"""Coverage: how each way of sending shows, by process and by bytes, against the truth.

The truth comes from the generator (who sent how much payload) and from the counter of the sending
interface (what was on the wire, with segmentation done before the counter). The usual ways, psutil
and scapy, watch the same traffic in the same run. Root; needs gcc and ethtool.

    .venv/bin/python bench/coverage.py [--large-bytes N] [--only WAY ...] [--write README.md]
"""

import argparse
import json
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from strandwatch.domain.observation import (
    FlowClosed,
    FlowOpened,
    FlowProgressed,
    Observation,
    PacketCaptured,
    ProcessForked,
    ProcessStarted,
)
from strandwatch.domain.process import ProcessKey
from strandwatch.lab.namespaces import Namespace, run_ip
from strandwatch.lab.network import Network, lab_network
from strandwatch.sources.kernel.source import KernelSource, KernelSourceOptions
from strandwatch.sources.processes import ProcessReader

HERE = Path(__file__).parent
PORT = 9000
THERE = "203.0.113.10"
THERE6 = "2001:db8:c::10"
NOBODY = "203.0.113.77"
TUNNEL = ("198.51.100.241", "198.51.100.242")
TOLERANCE = 0.02
MARKS = ("<!-- coverage: bench/coverage.py --write README.md -->", "<!-- end of coverage -->")
SETTLE_SECONDS = 2.5
KILOBYTE, MEGABYTE = 1024, 1024 * 1024


class MachineClock:
    """The machine's clocks."""

    def now_ns(self) -> int:
        """Give nanoseconds since 1970, UTC."""
        return time.clock_gettime_ns(time.CLOCK_REALTIME)

    def monotonic_ns(self) -> int:
        """Give nanoseconds since boot."""
        return time.clock_gettime_ns(time.CLOCK_BOOTTIME)


@dataclass(frozen=True)
class Way:
    """One way of sending."""

    label: str
    mode: str
    size: int
    address: str = THERE
    port: int = PORT
    host: str = "sequencer"
    interface: str = "eth0"
    before_agent: bool = False


def ways(large: int) -> list[Way]:
    """List the ways; sizes are chosen so that headers matter."""
    return [
        Way("TCP over IPv4, 64 KiB", "tcp", 64 * KILOBYTE),
        Way("TCP over IPv6", "tcp", 2 * MEGABYTE, THERE6),
        Way("one process of a few milliseconds", "short", 8 * KILOBYTE),
        Way("2 000 connections one after the other", "rate", 2000 * 6 * KILOBYTE),
        Way("16 processes at once", "parallel", 32 * MEGABYTE),
        Way("10 000 idle connections and an active one", "idle", 20 * MEGABYTE),
        Way("writev", "writev", 2 * MEGABYTE),
        Way("sendfile", "sendfile", 20 * MEGABYTE),
        Way("splice", "splice", 20 * MEGABYTE),
        Way("MSG_ZEROCOPY", "zerocopy", 20 * MEGABYTE),
        Way("TCP Fast Open", "fast-open", 64 * KILOBYTE),
        Way("io_uring SEND", "uring", 20 * MEGABYTE),
        Way("io_uring SEND on a worker thread", "uring-worker", 20 * MEGABYTE),
        Way("io_uring SEND_ZC", "uring-zerocopy", 20 * MEGABYTE),
        Way("io_uring SQPOLL", "uring-thread", 20 * MEGABYTE),
        Way("UDP, connected", "udp-connected", 600_000),
        Way("UDP, unconnected, three destinations", "udp-unconnected", 600_000),
        Way("UDP over IPv6", "udp-connected", 600_000, THERE6),
        Way("sendmmsg", "udp-many", 640_000),
        Way("QUIC-like bulk (UDP GSO)", "udp-bulk", 20 * 1350 * 40),
        Way("UDP in fragments", "udp-fragments", 800_000),
        Way("ICMP echo with payload", "icmp", 100_000),
        Way("raw IP protocol", "raw", 100_000),
        Way("AF_PACKET", "frames", 200_000),
        Way("AF_PACKET past the queue", "frames-bypass", 200_000),
        Way("SCTP", "sctp", 200_000),
        Way("through a VXLAN tunnel", "tcp", 2 * MEGABYTE, TUNNEL[1], interface="vx0"),
        Way("fork after connect", "fork", 4 * MEGABYTE),
        Way("descriptor passed to another process", "hand-over", 4 * MEGABYTE),
        Way("served to a caller", "serve", 4 * MEGABYTE, "192.0.2.10", 8080),
        Way("from another network namespace", "tcp", 4 * MEGABYTE, host="de"),
        Way("socket older than the agent", "old", 4 * MEGABYTE, before_agent=True),
        Way("refused connection", "refused", 0, port=1),
        Way("connection that times out", "timed-out", 0, NOBODY),
        Way(f"TCP, {large // MEGABYTE} MiB", "tcp", large),
    ]


@dataclass
class Truth:
    """What was really sent."""

    by_pid: dict[int, int]
    wire: int

    @property
    def payload(self) -> int:
        """All payload together."""
        return sum(self.by_pid.values())


@dataclass
class Row:
    """How one way came out."""

    label: str
    process: bool
    sent: float | None
    wire: float | None
    psutil_process: bool
    scapy_process: bool
    scapy_sent: float | None
    scapy_wire: float | None

    @property
    def ours(self) -> bool:
        """Right in all three."""
        return self.process and _near(self.sent) and _near(self.wire)

    @property
    def scapys(self) -> bool:
        """Right in all three."""
        return self.scapy_process and _near(self.scapy_sent) and _near(self.scapy_wire)


Flows = tuple[list[FlowProgressed | FlowClosed], list[FlowOpened]]


@dataclass
class Watched:
    """What the source told, by flow and process."""

    opened: dict[Any, FlowOpened] = field(default_factory=dict)
    last: dict[Any, FlowProgressed | FlowClosed] = field(default_factory=dict)
    programs: dict[int, str] = field(default_factory=dict)
    parents: dict[int, int] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def emit(self, told: Observation | PacketCaptured) -> bool:
        """Take one observation."""
        with self.lock:
            if isinstance(told, FlowOpened):
                self.opened[told.key] = told
                self.last[told.key] = FlowProgressed(
                    at_ns=told.at_ns, key=told.key, counters=told.counters
                )
            elif isinstance(told, FlowProgressed | FlowClosed):
                self.last[told.key] = told
            elif isinstance(told, ProcessStarted):
                self.programs[told.process.key.pid] = told.process.executable
            elif isinstance(told, ProcessForked):
                self.parents[told.child.pid] = told.parent.pid
                self.programs.pop(told.child.pid, None)
        return True

    def program(self, key: ProcessKey) -> str | None:
        """Give the executable of a process: its own, or that of the parent it came from."""
        pid: int | None = key.pid
        while pid is not None and pid not in self.programs:
            pid = self.parents.get(pid)
        return None if pid is None else self.programs[pid]


class Bench:
    """The lab, the watchers and the generator."""

    def __init__(self, network: Network, sender: Path, rivals: dict[Any, Any]) -> None:
        self._network = network
        self._sender = sender
        self._rivals = rivals

    def measure(self, way: Way) -> Row | None:
        """Run one way, with an agent of its own; None where this kernel does not know the way."""
        place = Namespace(_namespace(self._network, way.host).name)
        self._ask_rivals(way, "reset")
        watched = Watched()
        with ExitStack() as stack:
            if not way.before_agent:
                stack.enter_context(_agent(watched))
            wire_before = _transmitted(place, way.interface)
            process = stack.enter_context(_child(place, self._sender, way))
            if way.before_agent:
                _expect(process, "ready")
                wire_before = _transmitted(place, way.interface)
                stack.enter_context(_agent(watched))
                _tell(process)
            if way.mode == "serve":
                _expect(process, "ready")
                self._fetch(way)
            truth = self._truth(process, place, way, wire_before)
            # Before the generator ends: closing thousands of sockets is traffic, too.
            ours = self._ours(way, watched)
            reports = self._ask_rivals(way, "report")
        return None if truth is None else self._judge(way, truth, ours, watched, reports)

    def _ask_rivals(self, way: Way, word: str) -> dict[str, Any]:
        return {kind: self._rivals[way.host, kind](word) for kind in ("psutil", "scapy")}

    def _fetch(self, way: Way) -> None:
        caller = Namespace(self._network.hosts["cn"].name)
        command = [self._sender, "fetch", way.address, str(way.port), "0"]
        subprocess.run(caller.command(command), check=True, timeout=60)

    def _truth(
        self, process: "subprocess.Popen[str]", place: Namespace, way: Way, wire_before: int
    ) -> Truth | None:
        assert process.stdout is not None
        sent: Counter[int] = Counter()
        for line in process.stdout:
            words = line.split()
            if words[0] == "none":
                return None
            if words[0] == "ready":
                break
            sent[int(words[1])] += int(words[2])
        threading.Event().wait(SETTLE_SECONDS)
        return Truth(dict(sent), _transmitted(place, way.interface) - wire_before)

    def _judge(
        self, way: Way, truth: Truth, flows: Flows, watched: Watched, rivals: dict[str, Any]
    ) -> Row:
        ours, ends = flows
        by_pid: Counter[int] = Counter()
        programs = set()
        for told in ours:
            for sender in told.senders:
                by_pid[sender.process.pid] += sender.sent_bytes
                programs.add(watched.program(sender.process))
        holders = {key.pid for opened in ends for key in opened.holders}
        if truth.payload == 0:
            process = holders >= set(truth.by_pid)
        else:
            process = programs == {str(self._sender)} and all(
                _near(_ratio(by_pid[pid], sent)) for pid, sent in truth.by_pid.items()
            )
        sniffed = rivals["scapy"]
        return Row(
            way.label,
            process,
            _ratio(sum(told.counters.sent_bytes or 0 for told in ours), truth.payload),
            _ratio(sum(told.counters.wire_bytes or 0 for told in ours), truth.wire),
            set(rivals["psutil"]["pids"]) >= set(truth.by_pid),
            all(
                _near(_ratio(sniffed["by_pid"].get(str(pid), 0), sent))
                and str(pid) in sniffed["by_pid"]
                for pid, sent in truth.by_pid.items()
            ),
            _ratio(sniffed["payload"], truth.payload),
            _ratio(sniffed["wire"], truth.wire),
        )

    def _ours(self, way: Way, watched: Watched) -> Flows:
        inode = _namespace(self._network, way.host).path.stat().st_ino
        with watched.lock:
            keys = [key for key in watched.opened if key.network_namespace == inode]
            if way.interface != "eth0":
                keys = [
                    key
                    for key in keys
                    if watched.opened[key].flow.destination.address == way.address
                ]
            return (
                [watched.last[key] for key in keys if key in watched.last],
                [watched.opened[key] for key in keys],
            )


def _ratio(measured: int, truth: int) -> float | None:
    """Give measured over truth; None when nothing was seen of something."""
    if truth == 0:
        return 1.0 if measured == 0 else None
    return measured / truth if measured else None


def _near(ratio: float | None) -> bool:
    return ratio is not None and abs(ratio - 1) <= TOLERANCE


@contextmanager
def _agent(watched: Watched) -> Iterator[None]:
    clock = MachineClock()
    source = KernelSource(clock, KernelSourceOptions(), ProcessReader(clock))
    source.start()
    thread = threading.Thread(target=source.run, args=(watched.emit,))
    thread.start()
    try:
        yield
    finally:
        source.stop()
        thread.join()


@contextmanager
def _child(place: Namespace, sender: Path, way: Way) -> Iterator["subprocess.Popen[str]"]:
    command = [sender, way.mode, way.address, str(way.port), str(way.size)]
    with subprocess.Popen(
        place.command(command), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def _expect(process: "subprocess.Popen[str]", word: str) -> None:
    assert process.stdout is not None
    line = process.stdout.readline().strip()
    assert line == word, f"the generator said {line!r}"


def _tell(process: "subprocess.Popen[str]") -> None:
    assert process.stdin is not None
    process.stdin.write("go\n")
    process.stdin.flush()


def _namespace(network: Network, host: str) -> Namespace:
    return network.sequencer if host == "sequencer" else network.hosts[host]


def _transmitted(place: Namespace, interface: str) -> int:
    answer = json.loads(run_ip("-n", place.name, "-s", "-j", "link", "show", interface))
    return int(answer[0]["stats64"]["tx"]["bytes"])


@contextmanager
def _rival(place: Namespace, kind: str) -> Iterator[Any]:
    command = [sys.executable, HERE / "rivals.py", kind]
    with subprocess.Popen(
        Namespace(place.name).command(command),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        _expect(process, "ready")

        def ask(word: str) -> dict[str, Any]:
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdin.write(word + "\n")
            process.stdin.flush()
            answer: dict[str, Any] = json.loads(process.stdout.readline())
            return answer

        try:
            yield ask
        finally:
            process.kill()


def _prepare(network: Network) -> None:
    """Make the interface's counter tell the wire, and keep other talk off it."""
    for place in (network.sequencer, *network.hosts.values()):
        plain = Namespace(place.name)
        subprocess.run(
            plain.command(["ethtool", "-K", "eth0", "tso", "off", "tx-udp-segmentation", "off"]),
            check=False,
            capture_output=True,
        )
        _set(plain, "net.ipv6.conf.eth0.router_solicitations", "0")
        _set(plain, "net.ipv4.tcp_fastopen", "3")
        _set(plain, "net.core.somaxconn", "4096")
        _set(plain, "net.ipv4.tcp_max_syn_backlog", "8192")
    for place in (network.sequencer, network.hosts["de"]):
        for address in (THERE, THERE6):
            _neighbour(place, address, _hardware(network.hosts["cn"]))
    _neighbour(network.sequencer, NOBODY, "02:00:00:00:00:99")
    for address, place in (
        ("192.0.2.10", network.sequencer),
        ("2001:db8:5::10", network.sequencer),
        ("198.51.100.200", network.hosts["de"]),
    ):
        _neighbour(network.hosts["cn"], address, _hardware(place))
    for own, other, place in (
        (TUNNEL[0], THERE, network.sequencer),
        (TUNNEL[1], "192.0.2.10", network.hosts["cn"]),
    ):
        add = f"link add vx0 type vxlan id 7 remote {other} dstport 4789 dev eth0"
        script = f"{add}\naddr add {own}/30 dev vx0\n"
        script += "link set vx0 addrgenmode none\nlink set vx0 up\n"
        run_ip("-n", place.name, "-batch", "-", script=script)
        subprocess.run(
            Namespace(place.name).command(["ethtool", "-K", "vx0", "tso", "off", "gso", "off"]),
            check=False,
            capture_output=True,
        )


def _set(place: Namespace, name: str, value: str) -> None:
    subprocess.run(place.command(["sysctl", "-qw", f"{name}={value}"]), check=False)


def _hardware(place: Namespace) -> str:
    answer = json.loads(run_ip("-n", place.name, "-j", "link", "show", "eth0"))
    return str(answer[0]["address"])


def _neighbour(place: Namespace, address: str, hardware: str) -> None:
    entry = ["neigh", "replace", address, "lladdr", hardware, "dev", "eth0", "nud", "permanent"]
    run_ip("-n", place.name, *entry)


def _shown(ratio: float | None) -> str:
    return "—" if ratio is None else f"{ratio:.3f}"


def _table(rows: list[tuple[Way, Row | None]]) -> Iterator[str]:
    yield "| way | process | sent | wire | psutil: process | scapy: process | sent | wire |"
    yield "|---|---|---|---|---|---|---|---|"
    for way, row in rows:
        if row is None:
            yield f"| {way.label} | not in this kernel | | | | | | |"
            continue
        yield (
            f"| {row.label} | {_yes(row.process)} | {_shown(row.sent)} | {_shown(row.wire)} "
            f"| {_yes(row.psutil_process)} | {_yes(row.scapy_process)} "
            f"| {_shown(row.scapy_sent)} | {_shown(row.scapy_wire)} |"
        )
    told = [row for _, row in rows if row is not None]
    yield ""
    yield (
        f"Right in all: strandwatch {sum(row.ours for row in told)} of {len(told)}, "
        f"psutil (process only) {sum(row.psutil_process for row in told)} of {len(told)}, "
        f"scapy with psutil {sum(row.scapys for row in told)} of {len(told)}."
    )


def write_between_marks(path: Path, table: str) -> None:
    """Replace what an earlier run wrote."""
    before, begin, rest = path.read_text().partition(MARKS[0])
    _, end, after = rest.partition(MARKS[1])
    assert begin, f"{path} has no {MARKS[0]}"
    assert end, f"{path} has no {MARKS[1]}"
    path.write_text(f"{before}{begin}\n{table}\n{end}{after}")


def _yes(right: bool) -> str:
    return "yes" if right else "no"


def main() -> int:
    """Print the table; exit 1 when a way was not seen right."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--large-bytes", type=int, default=4 * 1024 * MEGABYTE)
    parser.add_argument("--only", nargs="*", default=[])
    parser.add_argument("--write", type=Path, help="put the table between the marks of this file")
    options = parser.parse_args()
    chosen = [
        way for way in ways(options.large_bytes) if not options.only or way.mode in options.only
    ]
    with ExitStack() as stack:
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        sender = directory / "sender"
        subprocess.run(["cc", "-O2", "-o", sender, HERE / "sender.c"], check=True)
        network = stack.enter_context(lab_network(("cn", "de")))
        _prepare(network)
        sink = Way("sink", "take", 0, THERE)
        _expect(stack.enter_context(_child(network.hosts["cn"], sender, sink)), "ready")
        rivals = {
            (host, kind): stack.enter_context(_rival(_namespace(network, host), kind))
            for host in ("sequencer", "de")
            for kind in ("psutil", "scapy")
        }
        threading.Event().wait(2)
        bench = Bench(network, sender, rivals)
        rows = []
        for way in chosen:
            row = bench.measure(way)
            rows.append((way, row))
            print(row or f"{way.label}: not in this kernel", file=sys.stderr, flush=True)
    table = "\n".join(_table(rows))
    print(table)
    if options.write:
        write_between_marks(options.write, table)
    return 0 if all(row is None or row.ours for _, row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
