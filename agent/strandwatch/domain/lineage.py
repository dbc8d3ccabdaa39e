"""Lineage: by which way a file's content reached a process, and how sure that is."""

from dataclasses import dataclass
from enum import StrEnum

from strandwatch.domain.file import FileVersion
from strandwatch.domain.process import ProcessKey


class Relation(StrEnum):
    """How a file and a flow hang together, strongest first."""

    READ = "read"
    """The sending process itself opened the file."""
    MOUNT = "mount"
    INHERITED = "inherited"
    """A process that the sender descends from, or that descends from it, opened the file."""
    PIPE = "pipe"
    LOCAL_SOCKET = "local_socket"
    DERIVED = "derived"
    JOB = "job"


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """A process carries a file: the edge from the file to the process."""

    file: FileVersion
    path: str
    relation: Relation
    via: tuple[str, ...]
    """The steps in words, first step first."""
    since_ns: int
    reader: ProcessKey
    confidence: float
