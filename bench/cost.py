"""Cost: what watching takes from the machine, as ratios to the same machine unwatched.

Bulk throughput and connection rate are measured in turns without a watcher, with strandwatch, with
psutil polling and with scapy sniffing, and the best turn of each counts (other load on the machine
only ever slows). Then what strandwatch itself uses: processor when idle, processor per thousand
connections, memory, and how these grow with open flows. Root; needs a C compiler.

    .venv/bin/python bench/cost.py [--turns N] [--bulk-bytes N] [--daemon]
"""

import argparse
import contextlib
import os
import resource
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from strandwatch.lab.daemon import configuration_text, daemon_running
from strandwatch.lab.namespaces import Namespace
from strandwatch.lab.network import Network, lab_network

HERE = Path(__file__).parent
THERE, PORT = "203.0.113.10", 9000
CONNECTIONS = 2000
SETTLE_SECONDS = 15.0
TICK = os.sysconf("SC_CLK_TCK")
_KERNEL_SETTINGS = (
    "net.core.somaxconn=4096",
    "net.ipv4.tcp_max_syn_backlog=8192",
    "net.ipv4.ip_local_port_range=1025 65000",
    "net.ipv4.tcp_tw_reuse=1",
)
"""Ports enough for tens of thousands of connections to one host."""
Pids = tuple[int, ...]


@dataclass
class Place:
    """The lab with the compiled generator."""

    network: Network
    sender: Path
    directory: Path

    def send(self, mode: str, size: int) -> tuple[float, float]:
        """Run one way of sending; give the seconds it took, and those of processor it used.

        The latter hold what programs in the kernel add to sending, whatever else runs meanwhile.
        """
        command = [self.sender, mode, THERE, str(PORT), str(size)]
        inside = Namespace(self.network.sequencer.name).command(command)
        began, used = time.perf_counter(), _children_seconds()
        subprocess.run(inside, check=True, stdout=subprocess.DEVNULL)
        return time.perf_counter() - began, _children_seconds() - used


def _children_seconds() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


Watcher = Callable[[Place], contextlib.AbstractContextManager[Pids]]


@contextlib.contextmanager
def nobody(_place: Place) -> Iterator[Pids]:
    """Watch nothing."""
    yield ()


@contextlib.contextmanager
def sensing(_place: Place) -> Iterator[Pids]:
    """Run the kernel tier alone."""
    with _program([sys.executable, HERE / "sensing.py"]) as pids:
        yield pids


@contextlib.contextmanager
def daemon(place: Place) -> Iterator[Pids]:
    """Run the whole daemon with its own state, and let it settle."""
    with tempfile.TemporaryDirectory(dir=place.directory) as state:
        configuration = Path(state) / "strandwatch.toml"
        configuration.write_text(configuration_text([]))
        inside = Namespace(place.network.sequencer.name)
        with daemon_running(inside, configuration, Path(state)) as run:
            threading.Event().wait(SETTLE_SECONDS)
            yield tuple(run.processes())


def rival(kind: str) -> Watcher:
    """Run one of the usual ways in the sequencer's namespace."""

    @contextlib.contextmanager
    def watch(place: Place) -> Iterator[Pids]:
        command = [sys.executable, HERE / "rivals.py", kind]
        inside = Namespace(place.network.sequencer.name).command(command)
        with _program(inside, begin="reset\n") as pids:
            yield pids

    return watch


@contextlib.contextmanager
def _program(command: list[str | Path], begin: str = "") -> Iterator[Pids]:
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout is not None
            assert process.stdin is not None
            while process.stdout.readline().strip() != "ready":
                pass
            if begin:
                process.stdin.write(begin)
                process.stdin.flush()
                process.stdout.readline()
            yield (process.pid,)
        finally:
            process.terminate()
            process.wait(10)


def processor_seconds(pids: Pids) -> float:
    """Give the processor time that these processes have used."""
    total = 0
    for pid in pids:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        total += int(fields[11]) + int(fields[12])
    return total / TICK


def memory_megabytes(pids: Pids) -> float:
    """Give the proportional memory of these processes."""
    total = 0
    for pid in pids:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                total += int(line.split()[1])
    return total / 1024


def idle_share(pids: Pids, seconds: float) -> float:
    """Give the share of one processor used while nothing happens."""
    before = processor_seconds(pids)
    threading.Event().wait(seconds)
    return (processor_seconds(pids) - before) / seconds


def compare(place: Place, watchers: dict[str, Watcher], turns: int, bulk: int) -> None:
    """Print throughput and connection rate of each watcher against none."""
    best: dict[tuple[str, str], float] = {}
    for _ in range(turns):
        for name, watcher in watchers.items():
            with watcher(place) as pids:
                threading.Event().wait(0.5)
                for mode, size in (("tcp", bulk), ("rate", CONNECTIONS * 1000)):
                    before = processor_seconds(pids)
                    seconds, used = place.send(mode, size)
                    threading.Event().wait(1)
                    spent = processor_seconds(pids) - before
                    for what, value in (("took", seconds), ("used", used), ("spent", spent)):
                        key = (name, f"{mode} {what}")
                        best[key] = min(value, best.get(key, value))
    print("| watcher | bulk: speed | sender's processor | connections: rate | sender's processor |")
    print("|---|---|---|---|---|")
    for name in watchers:
        ratios = [
            best["nobody", what] / best[name, what]
            for what in ("tcp took", "tcp used", "rate took", "rate used")
        ]
        print(f"| {name} | {' | '.join(f'{ratio:.3f}' for ratio in ratios)} |")
    own = [
        f"{name} {best[name, 'rate spent'] / CONNECTIONS * 1e6:.0f}"
        for name in watchers
        if name != "nobody"
    ]
    print(f"\nOwn processor milliseconds per 1 000 connections: {', '.join(own)}.")
    rate = CONNECTIONS / best["nobody", "rate took"]
    gigabits = bulk * 8 / best["nobody", "tcp took"] / 1e9
    print(f"Unwatched: {gigabits:.1f} Gbit/s, {rate:.0f} connections/s.\n")


def grow(place: Place, watcher: Watcher) -> None:
    """Print what strandwatch uses with ever more open flows."""
    print("| open flows | processor share, idle | memory MB |")
    print("|---|---|---|")
    for flows in (0, 100, 1000, 10_000):
        with ExitStack() as stack:
            pids = stack.enter_context(watcher(place))
            if flows:
                stack.enter_context(_idle_connections(place, flows))
            threading.Event().wait(3)
            share = idle_share(pids, 8)
            print(f"| {flows} | {share:.4f} | {memory_megabytes(pids):.1f} |", flush=True)


@contextlib.contextmanager
def _idle_connections(place: Place, count: int) -> Iterator[None]:
    command = [place.sender, "hold", THERE, str(PORT), str(count)]
    inside = Namespace(place.network.sequencer.name).command(command)
    with subprocess.Popen(inside, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        try:
            assert process.stdout is not None
            while b"ready" not in process.stdout.readline():
                pass
            yield
        finally:
            process.kill()


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--turns", type=int, default=5)
    parser.add_argument("--bulk-bytes", type=int, default=2 * 1024**3)
    parser.add_argument("--daemon", action="store_true", help="measure the whole daemon")
    options = parser.parse_args()
    ours = daemon if options.daemon else sensing
    with ExitStack() as stack:
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        sender = directory / "sender"
        subprocess.run(["cc", "-O2", "-o", sender, HERE / "sender.c"], check=True)
        network = stack.enter_context(lab_network(("cn",)))
        place = Place(network, sender, directory)
        for host in (network.sequencer, network.hosts["cn"]):
            command = ["sysctl", "-qw", *_KERNEL_SETTINGS]
            subprocess.run(Namespace(host.name).command(command), check=False)
        sink = [sender, "take", THERE, str(PORT), "0"]
        stack.enter_context(_program(Namespace(network.hosts["cn"].name).command(sink)))
        watchers = {
            "nobody": nobody,
            "strandwatch": ours,
            "psutil": rival("psutil"),
            "scapy": rival("scapy"),
        }
        compare(place, watchers, options.turns, options.bulk_bytes)
        grow(place, ours)


if __name__ == "__main__":
    main()
