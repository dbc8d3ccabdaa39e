"""How many openings a second the file source takes, against what the opening programs counted.

Run as root: `python bench/opens.py [SECONDS]`. For each kind of file a program opens and closes as
fast as it can; the source runs in a process of its own, as in the sensor. The generator's own count
is the truth, and what the kernel dropped says how much of it the source did not take.
"""

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from strandwatch.domain.observation import Observation, ObservationsLost, PacketCaptured
from strandwatch.runtime.clock import SystemClock
from strandwatch.runtime.handles import HandleTable
from strandwatch.sources.access import AccessSource
from strandwatch.sources.processes import ProcessReader

GENERATOR = """
import os, sys, time
paths, until, count = sys.argv[2:], time.monotonic() + float(sys.argv[1]), 0
while time.monotonic() < until:
    for path in paths:
        os.close(os.open(path, os.O_RDONLY))
    count += len(paths)
print(count)
"""
FILES = 200


def main() -> None:
    """Print one row for each kind of file."""
    if len(sys.argv) > 1 and sys.argv[1] == "--source":
        watch()
        return
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 3.0
    print(f"{'files':<28}{'opened/s':>12}{'without':>12}{'lost':>8}{'told':>8}{'us each':>9}")
    with tempfile.TemporaryDirectory() as folder:
        for name, paths in (
            ("programs' (silenced)", programs()),
            ("data, again and again", data_files(Path(folder), "same", FILES)),
            ("data, 20 000 different", data_files(Path(folder), "many", 20_000)),
        ):
            alone = generate(paths, seconds)
            print(f"{name:<28}{measure(paths, seconds, alone)}")


def programs() -> list[str]:
    """Give files that belong to programs."""
    found = Path("/usr/lib/python3.11").glob("*.py")
    return [str(path) for path in sorted(found)[:FILES]]


def data_files(folder: Path, name: str, count: int) -> list[str]:
    """Make small files that could be anybody's."""
    (folder / name).mkdir()
    paths = [folder / name / str(number) for number in range(count)]
    for path in paths:
        path.write_bytes(b"x" * 100)
    return [str(path) for path in paths]


def generate(paths: list[str], seconds: float) -> float:
    """Open and close for a while and give the rate."""
    done = subprocess.run(
        [sys.executable, "-c", GENERATOR, str(seconds), *paths],
        check=True,
        capture_output=True,
        text=True,
    )
    return int(done.stdout) / seconds


def measure(paths: list[str], seconds: float, alone: float) -> str:
    """Open files while the source watches, and say what it took."""
    with subprocess.Popen(
        [sys.executable, __file__, "--source"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as source:
        assert source.stdout is not None
        source.stdout.readline()
        warm = generate(paths, 0.5) * 0.5
        rate = generate(paths, seconds)
        out, _ = source.communicate("stop\n")
    told = json.loads(out.splitlines()[-1])
    # Processor time of the source for one opening: what it could take is the inverse, whatever
    # else runs on the machine.
    each = told["cpu_seconds"] * 1e6 / (warm + rate * seconds)
    return f"{rate:>12.0f}{alone:>12.0f}{told['overflows']:>8}{told['told']:>8}{each:>9.1f}"


def watch() -> None:
    """Be the sensor: watch until told to stop, then say what was seen."""
    clock = SystemClock()
    handles = HandleTable(512)
    told = overflows = 0

    def emit(observation: Observation | PacketCaptured) -> bool:
        nonlocal told, overflows
        if isinstance(observation, ObservationsLost):
            overflows += observation.count
        else:
            told += 1
            handle = getattr(observation, "handle", None)
            if handle is not None:
                handles.release(handle)
        return True

    own = {os.getpid(), os.getppid()}
    source = AccessSource(clock, handles, ProcessReader(clock), lambda: own)
    source.start()
    import threading

    thread = threading.Thread(target=source.run, args=(emit,))
    thread.start()
    print("ready", flush=True)
    began, used = time.monotonic(), usage()
    sys.stdin.readline()
    summary = {
        "told": told,
        "overflows": overflows,
        "seconds": time.monotonic() - began,
        "cpu_seconds": usage() - used,
    }
    source.stop()
    thread.join()
    print(json.dumps(summary))


def usage() -> float:
    """Give the processor seconds that this process has used."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    main()
