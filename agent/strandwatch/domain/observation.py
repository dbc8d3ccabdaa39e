"""Observations: every raw fact that reaches the engine. Times are nanoseconds since 1970, UTC.

The union `Observation` is closed: adding a kind makes the type checker name every place that has to
handle it.
"""

from dataclasses import dataclass
from enum import StrEnum

from strandwatch.domain.alert import Alert
from strandwatch.domain.destination import Destination, NameEvidence
from strandwatch.domain.file import FileFacts, FileVersion
from strandwatch.domain.flow import Direction, FiveTuple, FlowKey
from strandwatch.domain.process import Descriptor, Process, ProcessKey
from strandwatch.domain.transfer import Transfer


class LossReason(StrEnum):
    """Why observations were lost."""

    KERNEL_OVERFLOW = "kernel_overflow"
    QUEUE_FULL = "queue_full"
    VANISHED = "vanished"
    PERMISSION = "permission"
    UNREADABLE = "unreadable"
    WORKER_FAILED = "worker_failed"
    LIMIT = "limit"
    SOURCE_DOWN = "source_down"


class OpenMode(StrEnum):
    """How a file was opened, as far as the source can tell."""

    READ = "read"
    WRITE = "write"
    UNKNOWN = "unknown"


class Ending(StrEnum):
    """How a flow ended."""

    CLOSED = "closed"
    NEVER_ESTABLISHED = "never_established"
    VANISHED = "vanished"
    """It was gone at the next look: its last bytes may be missing."""
    IDLE = "idle"


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceReported:
    """A source started, changed tier, degraded or recovered."""

    at_ns: int
    source: str
    tier: str
    """kernel, netlink, portable or none."""
    working: bool
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ObservationsLost:
    """A source could not see, or could not hand on, this many observations."""

    at_ns: int
    source: str
    count: int
    reason: LossReason


@dataclass(frozen=True, slots=True, kw_only=True)
class FileLanded:
    """A file appeared or was finished in a watched output directory."""

    at_ns: int
    file: FileVersion
    path: str
    handle: int | None = None
    """A descriptor to read the content from, known to this run of the agent only."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileOpened:
    """A process opened a file, or was found holding it open."""

    at_ns: int
    process: ProcessKey
    file: FileVersion
    path: str
    mode: OpenMode = OpenMode.UNKNOWN
    handle: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FileWritten:
    """A process closed a file that it had open for writing."""

    at_ns: int
    process: ProcessKey | None
    file: FileVersion
    path: str
    handle: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessStarted:
    """A process executed a program, or was found running."""

    at_ns: int
    process: Process


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessForked:
    """A process made a child, which runs the parent's program until it executes another."""

    at_ns: int
    parent: ProcessKey
    child: ProcessKey


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessExited:
    """A process ended, having read this many bytes (None where unknown)."""

    at_ns: int
    process: ProcessKey
    read_bytes: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DescriptorHeld:
    """A process that carries a file was seen holding a descriptor."""

    at_ns: int
    process: ProcessKey
    descriptor: Descriptor


@dataclass(frozen=True, slots=True)
class SentBy:
    """Payload bytes that one process handed to a socket."""

    process: ProcessKey
    sent_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowCounters:
    """Totals of a flow since it opened, or since the agent first saw it; None is unknown."""

    sent_bytes: int | None = None
    """Payload that left: TCP bytes acknowledged, UDP datagram payload."""
    queued_bytes: int | None = None
    """Payload handed to the kernel and not yet acknowledged."""
    wire_bytes: int | None = None
    """Bytes of packets, headers included."""
    received_bytes: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowOpened:
    """A socket has two ends now, or was found with them."""

    at_ns: int
    key: FlowKey
    flow: FiveTuple
    direction: Direction
    holders: tuple[ProcessKey, ...] = ()
    """Processes that hold the socket; empty is unknown."""
    user_id: int | None = None
    counters: FlowCounters = FlowCounters()
    found_open: bool = False
    """True when it was open before the agent looked: earlier bytes are in the totals or unknown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowProgressed:
    """New totals of an open flow."""

    at_ns: int
    key: FlowKey
    counters: FlowCounters
    holders: tuple[ProcessKey, ...] = ()
    senders: tuple[SentBy, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowClosed:
    """A flow ended, with its last totals."""

    at_ns: int
    key: FlowKey
    ending: Ending
    counters: FlowCounters
    senders: tuple[SentBy, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class NameLearned:
    """An address, or one flow, goes by this name."""

    at_ns: int
    name: str
    evidence: NameEvidence
    addresses: tuple[str, ...] = ()
    """Addresses that a DNS answer gave for the name."""
    canonical: tuple[str, ...] = ()
    """The CNAME chain behind the name."""
    flow: FiveTuple | None = None
    """The flow on which the name was sent (SNI, Host)."""
    encrypted_hello: bool = False
    """True when the ClientHello carries ECH: the name is then only the outer one."""
    network_namespace: int | None = None
    lifetime_seconds: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class InterfaceCounted:
    """Totals of one network interface."""

    at_ns: int
    interface: str
    network_namespace: int
    transmitted_bytes: int
    attributed_bytes: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FileIdentified:
    """Answer to `IdentifyFile`."""

    at_ns: int
    file: FileVersion
    facts: FileFacts


@dataclass(frozen=True, slots=True, kw_only=True)
class DestinationResolved:
    """Answer to `ResolveDestination`."""

    at_ns: int
    flow: FlowKey
    destination: Destination


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertRemembered:
    """An alert of an earlier run that is not closed, told to the engine at its start."""

    at_ns: int
    alert: Alert


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferRemembered:
    """A transfer that was under way when an earlier run ended, told at the start."""

    at_ns: int
    transfer: Transfer


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticked:
    """Nothing happened, but time passed."""

    at_ns: int


Observation = (
    SourceReported
    | ObservationsLost
    | FileLanded
    | FileOpened
    | FileWritten
    | ProcessStarted
    | ProcessForked
    | ProcessExited
    | DescriptorHeld
    | FlowOpened
    | FlowProgressed
    | FlowClosed
    | NameLearned
    | InterfaceCounted
    | FileIdentified
    | DestinationResolved
    | AlertRemembered
    | TransferRemembered
    | Ticked
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PacketCaptured:
    """Raw bytes that look like a name on the wire: for the dissect worker, never for the engine."""

    at_ns: int
    network_namespace: int
    outbound: bool
    data: bytes
    """From the network layer (IP header) on."""
