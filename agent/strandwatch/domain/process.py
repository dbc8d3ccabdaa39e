"""A process: who did it. Identity is the pair of pid and start time, never a bare pid."""

from dataclasses import dataclass
from enum import StrEnum

from strandwatch.domain.file import FileKey


@dataclass(frozen=True, slots=True)
class ProcessKey:
    """A pid and the moment it started, in clock ticks since boot (field 22 of /proc/PID/stat)."""

    pid: int
    started_ticks: int


class DescriptorKind(StrEnum):
    """What an open descriptor leads to."""

    FILE = "file"
    PIPE = "pipe"
    SOCKET = "socket"
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class Descriptor:
    """One open descriptor: its number, what it leads to, and how far it has been read."""

    number: int
    kind: DescriptorKind
    target: FileKey
    """Device and inode; for pipes and sockets the inode is what joins both ends."""
    offset: int | None = None
    """Position in bytes, None where unknown."""
    writable: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """The pipeline step or batch job that a process belongs to."""

    system: str
    """nextflow, snakemake, cromwell, slurm, pbs, sge or lsf."""
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Process:
    """What is known of a process since its last exec."""

    key: ProcessKey
    parent: ProcessKey | None
    started_ns: int
    executable: str
    command: tuple[str, ...]
    user_id: int
    user: str | None = None
    login_user_id: int | None = None
    login_user: str | None = None
    session: int | None = None
    group: int | None = None
    network_namespace: int | None = None
    cgroup: str | None = None
    container: str | None = None
    job: Job | None = None
    standard: tuple[Descriptor, ...] = ()
    """Descriptors 0 to 2 at exec."""
