"""Commands: what the engine asks the outside world to do. It never waits for the answer."""

from dataclasses import dataclass

from strandwatch.domain.alert import Alert
from strandwatch.domain.destination import NameEvidence
from strandwatch.domain.file import FileFacts, FileVersion
from strandwatch.domain.flow import Direction, FiveTuple, FlowKey
from strandwatch.domain.observation import Ending, FlowCounters
from strandwatch.domain.process import Process
from strandwatch.domain.transfer import Transfer


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentifyFile:
    """Read the head of the file behind the handle; the answer is `FileIdentified`."""

    file: FileVersion
    path: str
    handle: int


@dataclass(frozen=True, slots=True, kw_only=True)
class HurryFile:
    """Identify this file before others: a flow that is under way may carry it."""

    file: FileVersion


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseHandle:
    """The descriptor behind this handle is not needed (any more)."""

    handle: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ResolveDestination:
    """Say whose jurisdiction this end is in; the answer is `DestinationResolved`."""

    flow: FlowKey
    address: str
    port: int
    server_name: str | None = None
    name_evidence: NameEvidence | None = None
    canonical: tuple[str, ...] = ()
    encrypted_hello: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowRecord:
    """A flow as the record keeps it; a later record of the same key replaces it."""

    key: FlowKey
    flow: FiveTuple
    direction: Direction
    opened_ns: int
    updated_ns: int
    closed_ns: int | None
    ending: Ending | None
    found_open: bool
    counters: FlowCounters
    process: Process | None
    user_id: int | None
    server_name: str | None
    countries: tuple[str, ...]
    jurisdictions: tuple[str, ...]
    controllers: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FileRecord:
    """A genomic or unidentified file as the record keeps it."""

    file: FileVersion
    path: str
    facts: FileFacts
    first_seen_ns: int
    last_seen_ns: int
    landed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessRecord:
    """A process that took part in a flow or read a recorded file."""

    process: Process
    seen_ns: int
    exited_ns: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LossRecord:
    """Observations that were lost."""

    at_ns: int
    source: str
    count: int
    reason: str


Recordable = FlowRecord | FileRecord | ProcessRecord | LossRecord | Transfer | Alert


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """Keep this."""

    record: Recordable


@dataclass(frozen=True, slots=True, kw_only=True)
class Notify:
    """Tell the sinks; `repeat` is true when the alert was told before and only grew."""

    alert: Alert
    repeat: bool


Command = IdentifyFile | HurryFile | ReleaseHandle | ResolveDestination | Record | Notify
