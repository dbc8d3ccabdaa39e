"""Ports: the Protocols by which the engine's surroundings ask for the outside world.

Every adapter of a port passes the port's contract suite in tests/contract.
"""

from collections.abc import Callable, Sequence
from typing import Protocol

from strandwatch.core.command import Recordable
from strandwatch.domain.alert import Alert
from strandwatch.domain.destination import Destination, NameEvidence
from strandwatch.domain.file import FileFacts
from strandwatch.domain.observation import Observation, PacketCaptured

Emit = Callable[[Observation | PacketCaptured], bool]
"""Hand one observation on; False means that the queue was full and the loss has been counted."""


class Handles(Protocol):
    """Descriptors that travel beside observations, by number."""

    def keep(self, descriptor: int) -> int | None:
        """Take ownership of an open descriptor and give its handle.

        None (and the descriptor closed) when too many are under way.
        """


class Source(Protocol):
    """Turns what the kernel or a file says into observations, in a thread of its own.

    `start` acquires (and raises SourceError or MissingCapabilityError when it cannot), `run` emits
    until `stop`, which is safe from another thread, twice, and without `start`.
    """

    @property
    def name(self) -> str:
        """What it is called in reports: the kind, or the kind and the tier."""

    @property
    def tier(self) -> str:
        """Which tier it sees by: kernel, netlink or portable."""

    def start(self) -> None:
        """Acquire kernel objects, so that nothing that happens afterwards is missed."""

    def run(self, emit: Emit) -> None:
        """Emit observations until `stop`."""

    def stop(self) -> None:
        """Make `run` return soon, and release everything."""


class FileIdentifier(Protocol):
    """Says what a file is, by its content."""

    def identify(self, descriptor: int, path: str) -> FileFacts:
        """Give the facts about the open file; never raises for bad content.

        The path serves only as context (sample sheet beside it, scope of sample names).
        """


class DestinationResolver(Protocol):
    """Says whose jurisdiction an endpoint is in."""

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
        """Give location, control and all signals; unknown is an answer, never an exception.

        With `encrypted_hello` the server name is only the outer one of a TLS greeting.
        """


class PacketDissector(Protocol):
    """Finds names in packets."""

    def dissect(self, packet: PacketCaptured) -> Sequence[Observation]:
        """Give the names in these bytes; nothing for bytes that hold none. Never raises."""


class RecordWriter(Protocol):
    """Keeps records; the one writer of a store."""

    def write(self, records: Sequence[Recordable]) -> None:
        """Keep all of these or none; after a StoreError the same batch may be tried again."""

    def close(self) -> None:
        """Finish; safe twice."""


class Sink(Protocol):
    """Delivers alerts to people or systems."""

    name: str

    def deliver(self, alert: Alert, *, repeat: bool) -> None:
        """Tell; raises SinkError when it was not taken."""

    def close(self) -> None:
        """Release; safe twice."""


class Clock(Protocol):
    """The only way to the time of day."""

    def now_ns(self) -> int:
        """Nanoseconds since 1970, UTC."""

    def monotonic_ns(self) -> int:
        """Nanoseconds since some fixed moment, never going back."""
