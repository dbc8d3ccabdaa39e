"""Where tests from end to end play: the lab with its servers, and a room for each test."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from strandwatch.lab.daemon import Daemon
from strandwatch.lab.network import LabHost, Network
from strandwatch.lab.servers import HttpSink, SshServer

HOST_NAMES = {"cn": "upload.sequencing-example.test", "us": "archive.biobank-example.test"}

WAIT = 60.0
"""Seconds that a loaded machine may take for what an idle one does in one."""

Start = Callable[..., Daemon]
"""Start a daemon in a room, behind words that are put before its command."""


@dataclass(frozen=True, slots=True)
class Stage:
    """The lab with its servers."""

    network: Network
    sinks: dict[str, HttpSink]
    ssh: dict[str, SshServer]

    def host(self, name: str) -> LabHost:
        return self.network.addresses[name]

    def address(self, name: str) -> str:
        return self.host(name).address


@dataclass(frozen=True, slots=True)
class Room:
    """A directory of one test, that any user may pass through, with a watched folder in it."""

    path: Path
    runs: Path
    configuration: Path

    @property
    def state(self) -> Path:
        return self.path / "state"
