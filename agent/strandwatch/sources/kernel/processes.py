"""Records of exec, fork and exit into observations of processes."""

import os
import stat
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from strandwatch.domain.file import FileKey
from strandwatch.domain.observation import ProcessExited, ProcessForked, ProcessStarted
from strandwatch.domain.process import Descriptor, DescriptorKind, Job, Process
from strandwatch.sources.kernel.records import (
    ExecRecord,
    StandardDescriptor,
    read_executed,
    read_exited,
    read_forked,
)
from strandwatch.sources.kernel.tcp_flows import ProcessKeys

_CACHED_GROUPS = 4096
_MAJOR_SHIFT = 20
_MINOR_MASK = 0xFFFFF


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Where a process runs, as /proc tells."""

    cgroup: str | None = None
    container: str | None = None
    job: Job | None = None


class Processes:
    """Turns the kernel's records into processes; /proc is asked only for what they lack."""

    def __init__(
        self,
        keys: ProcessKeys,
        utc: Callable[[int], int],
        *,
        proc: Path,
        surroundings: Callable[[int], Surroundings | None],
        user_name: Callable[[int], str | None],
    ) -> None:
        self._keys = keys
        self._utc = utc
        self._proc = proc
        self._surroundings = surroundings
        self._user_name = user_name
        self._groups: dict[int, Surroundings] = {}

    def executed(self, data: bytes) -> ProcessStarted:
        """Give the process that began to run a program."""
        record = read_executed(data)
        at_ns = self._utc(record.at)
        place = self._place(record)
        login = record.login_user_id
        process = Process(
            key=self._keys.key(record.process),
            parent=self._keys.key(record.parent) if record.parent.pid else None,
            started_ns=self._utc(record.process.started),
            executable=self._executable(record),
            command=record.command,
            user_id=record.user_id,
            user=self._user_name(record.user_id),
            login_user_id=login,
            login_user=None if login is None else self._user_name(login),
            session=record.session,
            group=record.group,
            network_namespace=record.network_namespace,
            cgroup=place.cgroup,
            container=place.container,
            job=place.job,
            standard=tuple(
                _descriptor(number, found)
                for number, found in enumerate(record.standard)
                if found.inode
            ),
        )
        return ProcessStarted(at_ns=at_ns, process=process)

    def forked(self, data: bytes) -> ProcessForked:
        """Give parent and child."""
        at, parent, child = read_forked(data)
        return ProcessForked(
            at_ns=self._utc(at), parent=self._keys.key(parent), child=self._keys.key(child)
        )

    def exited(self, data: bytes) -> ProcessExited:
        """Give who ended."""
        at, process, read = read_exited(data)
        return ProcessExited(at_ns=self._utc(at), process=self._keys.key(process), read_bytes=read)

    def _executable(self, record: ExecRecord) -> str:
        """Give the path of the running file, or the path that was asked for when it is gone."""
        try:
            return str((self._proc / str(record.process.pid) / "exe").readlink())
        except OSError:
            return record.path

    def _place(self, record: ExecRecord) -> Surroundings:
        known = self._groups.get(record.cgroups)
        if known is not None:
            return known
        place = self._surroundings(record.process.pid)
        if place is None:
            return Surroundings()
        if len(self._groups) >= _CACHED_GROUPS:
            self._groups.clear()
        self._groups[record.cgroups] = place
        return place


def _descriptor(number: int, found: StandardDescriptor) -> Descriptor:
    device = os.makedev(found.device >> _MAJOR_SHIFT, found.device & _MINOR_MASK)
    return Descriptor(
        number=number,
        kind=_kind(found.mode),
        target=FileKey(device, found.inode),
        offset=found.offset if stat.S_ISREG(found.mode) else None,
        writable=found.flags & os.O_ACCMODE != os.O_RDONLY,
    )


def _kind(mode: int) -> DescriptorKind:
    if stat.S_ISREG(mode):
        return DescriptorKind.FILE
    if stat.S_ISFIFO(mode):
        return DescriptorKind.PIPE
    if stat.S_ISSOCK(mode):
        return DescriptorKind.SOCKET
    return DescriptorKind.OTHER
