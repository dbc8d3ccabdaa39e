"""How much of a long transfer has left when its alert is written: python bench/early.py.

Uploads one large BAM at 1 Gbit/s to a country of concern, reads the JSON lines that alerts are
written to, and prints the share that the far end had received by then. Needs root.
"""

import argparse
import json
import subprocess
import threading
from pathlib import Path

from strandwatch.lab import traffic
from strandwatch.lab.daemon import Daemon, configuration_text, daemon_running
from strandwatch.lab.files import write_bam
from strandwatch.lab.matrix import TransferField, transfer_field

_POLL_SECONDS = 0.01


def main() -> None:
    """Upload once and print when the alert came."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--megabytes", type=float, default=1000)
    parser.add_argument("--rate", default="1gbit")
    options = parser.parse_args()
    with transfer_field() as lab:
        configuration = lab.network.directory / "strandwatch.toml"
        alerts = lab.network.directory / "state" / "alerts.jsonl"
        sink = f'\n[sinks.jsonl]\nenabled = true\npath = "{alerts}"\n'
        configuration.write_text(configuration_text([lab.directory]) + sink)
        _limit(lab, options.rate)
        bam = lab.directory / "large.bam"
        write_bam(bam, "LAB-0001", megabytes=options.megabytes)
        state = lab.network.directory / "state"
        with daemon_running(lab.network.sequencer, configuration, state) as daemon:
            left, seconds = _upload(lab, daemon, bam, alerts)
    size = options.megabytes * 1e6
    if left is None:
        print(f"no alert while {size / 1e6:.0f} MB left in {seconds:.1f} s")
    else:
        print(f"alert after {left / 1e6:.1f} of {size / 1e6:.0f} MB, {100 * left / size:.2f} %")


def _upload(
    lab: TransferField, daemon: Daemon, bam: Path, alerts: Path
) -> tuple[int | None, float]:
    """Upload, and give how much had arrived when the alert was there, and how long it took."""
    command = traffic.curl([bam], f"http://{lab.target.address}/").command
    pause = threading.Event()
    before = lab.arrived()
    left = None
    ticks = 0
    client = subprocess.Popen(daemon.namespace.command(command), env=traffic.environment())
    while client.poll() is None:
        if left is None and _is_written(alerts):
            left = lab.arrived() - before
        pause.wait(_POLL_SECONDS)
        ticks += 1
    return left, ticks * _POLL_SECONDS


def _is_written(alerts: Path) -> bool:
    try:
        return any(json.loads(line) for line in alerts.read_text().splitlines())
    except (OSError, ValueError):
        return False


def _limit(lab: TransferField, rate: str) -> None:
    """Hold the sequencer's line to a rate."""
    name = lab.network.sequencer.name
    words = f"tc -n {name} qdisc add dev eth0 root tbf rate {rate} burst 1m latency 50ms".split()
    subprocess.run(words, check=True)


if __name__ == "__main__":
    main()
