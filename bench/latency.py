"""Latency: from the first byte on the wire to the flow being visible, and to the alert written.

Each trial is a program of its own that reads a genomic file and sends it to a host in a country of
concern, slowly enough to be still at it when the alert comes. The generator says when it handed the
first byte to the kernel; the flow is visible when the kernel source hands it on, the alert is
written when its line is in the daemon's file. psutil polling (ten looks a second) and scapy watch
the same trials. Root; needs a C compiler.

    .venv/bin/python bench/latency.py [--trials N]
"""

import argparse
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

from strandwatch.domain.observation import FlowOpened, Observation, PacketCaptured
from strandwatch.lab.daemon import configuration_text, daemon_running
from strandwatch.lab.files import write_bam
from strandwatch.lab.namespaces import Namespace
from strandwatch.lab.network import Network, lab_network
from strandwatch.runtime.clock import SystemClock
from strandwatch.sources.kernel.source import KernelSource

HERE = Path(__file__).parent
THERE, PORT = "203.0.113.10", 9000
NS = 1e-6
CLOCK = SystemClock()
_ALERT_FILE = """
[sinks.jsonl]
enabled = true
"""


class Visible:
    """When each process's flow was handed on."""

    def __init__(self) -> None:
        self.at: dict[int, int] = {}

    def emit(self, told: Observation | PacketCaptured) -> bool:
        """Note the time of the first flow of each holder."""
        if isinstance(told, FlowOpened):
            for key in told.holders:
                self.at.setdefault(key.pid, CLOCK.now_ns())
        return True


class AlertFile:
    """When each line of the file of alerts appeared."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._follow)
        self.lines: list[tuple[int, str]] = []

    def __enter__(self) -> "AlertFile":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def first(self, word: str) -> int | None:
        """Give when a line with this word appeared."""
        return next((at for at, line in self.lines if word in line), None)

    def _follow(self) -> None:
        position = 0
        while not self._stop.wait(0.005):
            with suppress(FileNotFoundError), self._path.open("rb") as file:
                file.seek(position)
                for line in file.readlines():
                    if not line.endswith(b"\n"):
                        break
                    position += len(line)
                    self.lines.append((CLOCK.now_ns(), line.decode()))


@contextmanager
def watched(visible: Visible) -> Iterator[None]:
    """Run the kernel source in this process."""
    source = KernelSource(CLOCK)
    source.start()
    thread = threading.Thread(target=source.run, args=(visible.emit,))
    thread.start()
    try:
        yield
    finally:
        source.stop()
        thread.join()


@contextmanager
def rival(network: Network, kind: str) -> Iterator[None]:
    """Run a usual way that prints when it first saw each port."""
    command = Namespace(network.sequencer.name).command(
        [sys.executable, HERE / "rivals.py", f"{kind}-times"]
    )
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        process.stdout.readline()
        SEEN[kind] = {}

        def read() -> None:
            assert process.stdout is not None
            for line in process.stdout:
                port, at = line.split()
                SEEN[kind].setdefault(int(port), int(at))

        reader = threading.Thread(target=read)
        reader.start()
        try:
            yield
        finally:
            process.kill()
            reader.join()


SEEN: dict[str, dict[int, int]] = {}


class Run(NamedTuple):
    """One upload: its program, process and port, and when its first byte was handed over."""

    program: str
    pid: int
    port: int
    began: int


def trial(place: Namespace, program: Path, file: Path) -> Run:
    """Run one upload to its end."""
    command = [program, "file", THERE, str(PORT), str(file)]
    with subprocess.Popen(place.command(command), stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        words = process.stdout.readline().split()
        assert words[0] == "began"
        process.wait(30)
        return Run(program.name, process.pid, int(words[1]), int(words[2]))


def told(label: str, delays: list[float], trials: int) -> str:
    """Give one row: p50, p99 and how many were seen at all."""
    if len(delays) < 2:
        return f"| {label} | — | — | {len(delays)} of {trials} |"
    delays.sort()
    last = delays[min(len(delays) - 1, round(0.99 * (len(delays) - 1)))]
    return f"| {label} | {statistics.median(delays):.0f} | {last:.0f} | {len(delays)} of {trials} |"


def main() -> None:
    """Print the table, in milliseconds."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trials", type=int, default=50)
    options = parser.parse_args()
    visible = Visible()
    with ExitStack() as stack:
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        directory.chmod(0o755)
        sender = directory / "sender"
        subprocess.run(["cc", "-O2", "-o", sender, HERE / "sender.c"], check=True)
        network = stack.enter_context(lab_network(("cn",)))
        place = Namespace(network.sequencer.name)
        sink = Namespace(network.hosts["cn"].name).command([sender, "take", THERE, str(PORT), "0"])
        stack.enter_context(_ended(sink))
        configuration = directory / "strandwatch.toml"
        configuration.write_text(configuration_text([]) + _ALERT_FILE)
        state = directory / "state"
        stack.enter_context(daemon_running(place, configuration, state))
        alerts = stack.enter_context(AlertFile(state / "alerts.jsonl"))
        stack.enter_context(watched(visible))
        for kind in ("psutil", "scapy"):
            stack.enter_context(rival(network, kind))
        threading.Event().wait(1)
        runs = []
        for number in range(options.trials):
            # A name of its own makes each upload an incident of its own.
            program = directory / f"upload-{number:04}"
            shutil.copy(sender, program)
            file = directory / f"sample-{number:04}.bam"
            write_bam(file, f"LAB-{number}", megabytes=0.3)
            runs.append(trial(place, program, file))
        threading.Event().wait(3)
    _print(
        runs,
        {
            "flow visible": [visible.at.get(run.pid) for run in runs],
            "alert written": [alerts.first(run.program) for run in runs],
            "psutil, ten looks a second": [SEEN["psutil"].get(run.port) for run in runs],
            "scapy": [SEEN["scapy"].get(run.port) for run in runs],
        },
    )


def _print(runs: list[Run], rows: dict[str, list[int | None]]) -> None:
    print("| from the first byte to | p50 ms | p99 ms | seen |")
    print("|---|---|---|---|")
    for label, times in rows.items():
        delays = [
            max(at - run.began, 0) * NS
            for at, run in zip(times, runs, strict=True)
            if at is not None
        ]
        print(told(label, delays, len(runs)))


@contextmanager
def _ended(command: list[str]) -> Iterator[None]:
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            process.stdout.readline()
            yield
        finally:
            process.kill()


if __name__ == "__main__":
    before = time.perf_counter()
    main()
    print(f"\n{time.perf_counter() - before:.0f} s", file=sys.stderr)
