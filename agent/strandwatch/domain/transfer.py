"""A transfer: bytes of one flow, attributed to a process and to the files it carried."""

from dataclasses import dataclass
from enum import StrEnum

from strandwatch.domain.destination import Destination
from strandwatch.domain.file import FileFacts, FileVersion
from strandwatch.domain.flow import Direction, FiveTuple, FlowKey
from strandwatch.domain.lineage import Relation
from strandwatch.domain.process import Process


class Method(StrEnum):
    """By which way the bytes left."""

    SOCKET = "socket"
    SERVED = "served"
    MOUNT = "mount"


@dataclass(frozen=True, slots=True, kw_only=True)
class CarriedFile:
    """A file in a transfer: what it is, how it got there, and how sure that is (0 to 1)."""

    file: FileVersion
    path: str
    facts: FileFacts | None
    """None while the file is still being identified."""
    relation: Relation
    via: tuple[str, ...]
    confidence: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer:
    """One attributed egress: files read, the process, the flow and where it went."""

    id: str
    method: Method
    direction: Direction
    started_ns: int
    updated_ns: int
    ended_ns: int | None
    sent_bytes: int | None
    """Payload bytes that left; None is unknown, never 0."""
    process: Process | None
    ancestry: tuple[str, ...]
    """Executables from the parent upwards."""
    files: tuple[CarriedFile, ...]
    flow_key: FlowKey
    flow: FiveTuple
    destination: Destination | None
    """None while it is still being resolved."""
