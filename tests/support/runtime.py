"""Fakes for the agent's surroundings; each passes the contract of its port."""

import os
import threading
from collections.abc import Sequence

from strandwatch.core.command import Recordable
from strandwatch.domain.alert import Alert
from strandwatch.domain.destination import Destination, NameEvidence
from strandwatch.domain.file import FileFacts
from strandwatch.domain.observation import Observation, PacketCaptured
from strandwatch.errors import SinkError, StoreError, WorkerError
from strandwatch.ports import Emit
from support.builders import START_NS, a_destination, a_human_bam


class StillClock:
    """A clock that only moves when it is told to."""

    def __init__(self) -> None:
        self.at_ns = START_NS

    def now_ns(self) -> int:
        """Give the set time."""
        return self.at_ns

    def monotonic_ns(self) -> int:
        """Give the set time."""
        return self.at_ns


class FakeIdentifier:
    """Reads a byte, to show that the descriptor is open, and says that it is a human BAM."""

    def __init__(self, *, broken: bool = False) -> None:
        self.broken = broken
        self.read: list[bytes] = []

    def identify(self, descriptor: int, path: str) -> FileFacts:
        """Answer, or fail like a worker that died."""
        if self.broken:
            raise WorkerError(f"it died over {len(path)} bytes of path")
        self.read.append(os.pread(descriptor, 4, 0))
        return a_human_bam()


class FakeDissector:
    """Answers every packet with the observations it was given."""

    def __init__(self, answers: Sequence[Observation] = (), *, broken: bool = False) -> None:
        self.answers = answers
        self.broken = broken

    def dissect(self, packet: PacketCaptured) -> Sequence[Observation]:
        """Answer, or fail like a worker that died."""
        if self.broken:
            raise WorkerError(f"it died over {len(packet.data)} bytes")
        return self.answers


class FakeResolver:
    """Puts every address in one country."""

    def resolve(
        self,
        address: str | None,
        *,
        port: int | None = None,
        server_name: str | None = None,
        name_evidence: NameEvidence | None = None,
        canonical: Sequence[str] = (),
        encrypted_hello: bool = False,
    ) -> Destination:
        """Answer at once."""
        return a_destination(address or "")


class ListWriter:
    """Keeps records in memory; fails as often as it was told to."""

    def __init__(self, failures: int = 0) -> None:
        self.failures = failures
        self.records: list[Recordable] = []

    def write(self, records: Sequence[Recordable]) -> None:
        """Keep all or none."""
        if self.failures > 0:
            self.failures -= 1
            raise StoreError("the disk is full")
        self.records += records

    def close(self) -> None:
        """Nothing to close."""


class ListSink:
    """Keeps alerts in memory."""

    def __init__(self, name: str = "kept") -> None:
        self.name = name
        self.delivered: list[tuple[str, bool]] = []

    def deliver(self, alert: Alert, *, repeat: bool) -> None:
        """Keep the id."""
        self.delivered.append((alert.id, repeat))

    def close(self) -> None:
        """Nothing to close."""


class BrokenSink(ListSink):
    """Takes nothing."""

    def deliver(self, alert: Alert, *, repeat: bool) -> None:
        """Refuse."""
        raise SinkError(f"no one takes {alert.id}")


class ScriptedSource:
    """A source that plays a script: observations, and exceptions that it raises in between."""

    tier = "portable"

    def __init__(
        self, name: str, script: Sequence[Observation | Exception], *, fails_to_start: int = 0
    ) -> None:
        self.name = name
        self._script = list(script)
        self._fails = fails_to_start
        self._stopped = threading.Event()
        self.starts = 0

    def start(self) -> None:
        """Fail as often as told."""
        self.starts += 1
        self._stopped.clear()
        if self._fails > 0:
            self._fails -= 1
            raise WorkerError("not yet")

    def run(self, emit: Emit) -> None:
        """Play, then wait to be stopped."""
        while self._script:
            line = self._script.pop(0)
            if isinstance(line, Exception):
                raise line
            emit(line)
        self._stopped.wait()

    def stop(self) -> None:
        """Let `run` return."""
        self._stopped.set()
