"""Reading the record back as an operator does, and looking at the daemon from outside."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from strandwatch.lab import traffic
from strandwatch.lab.daemon import Daemon
from strandwatch.lab.network import LabHost
from strandwatch.lab.traffic import Upload

Json = dict[str, Any]

URGENT = ("critical", "high", "medium")


def alerts_to(daemon: Daemon, host: LabHost) -> list[Json]:
    """Give the alerts that somebody is told of about one host, by whichever address."""
    urgent = [alert for alert in daemon.records("alerts") if alert["severity"] in URGENT]
    return [alert for alert in urgent if _goes_to(daemon, alert["transfer"], host)]


def transfers_to(daemon: Daemon, host: LabHost) -> list[Json]:
    """Give the recorded transfers to one host, by whichever address."""
    transfers = daemon.records("transfers")
    return [transfer for transfer in transfers if _goes_to(daemon, transfer, host)]


def _goes_to(daemon: Daemon, transfer: Json, host: LabHost) -> bool:
    """Say whether a transfer went to a host of this very lab: others may run at the same time."""
    here = transfer["flow"]["network_namespace"] == daemon.namespace.path.stat().st_ino
    return here and transfer["destination"]["address"] in {host.address, host.address6}


def genomic_files_of(transfers: list[Json]) -> set[str]:
    """Give the paths that these transfers name and that have been identified as genomic."""
    files = (file for transfer in transfers for file in transfer["files"])
    return {file["path"] for file in files if file["category"] not in {"unknown", "none"}}


def files_of(transfers: list[Json]) -> set[str]:
    """Give the paths that these transfers name."""
    return {file["path"] for transfer in transfers for file in transfer["files"]}


def senders_of(transfers: list[Json]) -> set[str]:
    """Give the programs that these transfers are attributed to."""
    return {
        Path(transfer["process"]["executable"]).name
        for transfer in transfers
        if transfer["process"]
    }


@contextmanager
def uploading(daemon: Daemon, upload: Upload) -> Iterator["subprocess.Popen[bytes]"]:
    """Begin an upload; at the end of the block it must have come to its own end."""
    process = subprocess.Popen(
        daemon.namespace.command(upload.command),
        stdin=subprocess.DEVNULL,
        start_new_session=True,
        env=traffic.environment(),
    )
    try:
        yield process
        assert process.wait(90) == 0
    finally:
        process.kill()
        process.wait()


def done(daemon: Daemon, upload: Upload) -> None:
    """Make an upload on the sequencer to its end."""
    finished = subprocess.run(
        daemon.namespace.command(upload.command),
        input=upload.script,
        capture_output=True,
        text=True,
        check=False,
        start_new_session=True,
        env=traffic.environment(),
        timeout=60,
    )
    assert finished.returncode == 0, finished.stderr


def capabilities(pid: int) -> int:
    """Give every capability that a process holds or could get, as one mask."""
    status = Path(f"/proc/{pid}/status").read_text().splitlines()
    masks = {line.split(":")[0]: int(line.split()[1], 16) for line in status if line[:3] == "Cap"}
    return masks["CapPrm"] | masks["CapEff"] | masks["CapInh"] | masks["CapAmb"]


def memory_holds(pid: int, needle: bytes) -> bool:
    """Say whether bytes are anywhere in the writable memory of a process."""
    with Path(f"/proc/{pid}/mem").open("rb", buffering=0) as memory:
        for line in Path(f"/proc/{pid}/maps").read_text().splitlines():
            span, rights = line.split()[:2]
            start, end = (int(part, 16) for part in span.split("-"))
            if not rights.startswith("rw") or "[vvar" in line:
                continue
            memory.seek(start)
            try:
                if needle in memory.read(end - start):
                    return True
            except OSError:
                continue
    return False
