"""What each process of the daemon may do, and what it has loaded."""

from pathlib import Path

import psutil
import pytest

from strandwatch.lab import traffic
from strandwatch.lab.daemon import Daemon
from strandwatch.lab.files import RunFolder
from support.reading import alerts_to, capabilities, done, memory_holds
from support.stage import HOST_NAMES, WAIT, Room, Stage, Start

pytestmark = [pytest.mark.root, pytest.mark.slow]

SCAPY = b"/scapy/packet.py"
"""A part of the file names in scapy's code objects, in any process that has imported it."""


def _processes(daemon: Daemon) -> dict[str, int]:
    return {name: pid for name, pid in daemon.health()["processes"].items() if pid}


@pytest.fixture
def busy(stage: Stage, room: Room, folder: RunFolder, start: Start) -> Daemon:
    """Give a daemon that has used all its processes."""
    daemon = start(room)
    url = f"https://{HOST_NAMES['cn']}/"
    done(daemon, traffic.curl(folder.bams, url, certificate=stage.sinks["cn"].certificate))

    def named() -> bool:
        alerts = alerts_to(daemon, stage.host("cn"))
        return any(alert["transfer"]["destination"]["server_name"] for alert in alerts)

    assert daemon.wait_for(named, WAIT), daemon.last_words(40)
    everyone = {"launcher", "sensor", "agent", "genomics", "dissect"}
    assert daemon.wait_for(lambda: everyone <= _processes(daemon).keys(), WAIT)
    return daemon


def test_the_agent_and_the_workers_hold_no_capability(busy: Daemon) -> None:
    held = {name: capabilities(pid) for name, pid in _processes(busy).items()}

    assert {name for name, mask in held.items() if mask} <= {"launcher", "sensor"}
    assert "agent" in held
    assert len(held) >= 4


def test_the_agent_and_the_workers_are_not_root_and_cannot_become_it(busy: Daemon) -> None:
    for name, pid in _processes(busy).items():
        if name in {"launcher", "sensor"}:
            continue
        status = Path(f"/proc/{pid}/status").read_text()

        assert 0 not in psutil.Process(pid).uids(), name
        assert "NoNewPrivs:\t1" in status, name


def test_every_process_of_the_daemon_is_named_in_its_health(busy: Daemon) -> None:
    def same() -> bool:
        return set(_processes(busy).values()) == set(busy.processes())

    assert busy.wait_for(same, WAIT), (_processes(busy), busy.processes())


def test_the_workers_are_behind_seccomp_and_have_no_sockets_of_the_internet(busy: Daemon) -> None:
    workers = {
        name: pid
        for name, pid in _processes(busy).items()
        if name not in {"launcher", "sensor", "agent"}
    }

    assert workers
    for name, pid in workers.items():
        assert "Seccomp:\t2" in Path(f"/proc/{pid}/status").read_text(), name
        assert not psutil.Process(pid).net_connections("inet"), name


def test_scapy_is_in_the_memory_of_the_dissect_worker_only(busy: Daemon) -> None:
    holders = {name for name, pid in _processes(busy).items() if memory_holds(pid, SCAPY)}

    assert holders == {"dissect"}


def test_the_daemon_itself_talks_to_nobody(busy: Daemon) -> None:
    for pid in busy.processes():
        peers = [connection.raddr for connection in psutil.Process(pid).net_connections("inet")]

        assert not any(peers)
