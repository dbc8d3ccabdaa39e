"""Records of exec, fork and exit into observations of processes."""

import os
import stat
from collections.abc import Callable
from pathlib import Path

from strandwatch.domain.file import FileKey
from strandwatch.domain.observation import ProcessExited, ProcessForked, ProcessStarted
from strandwatch.domain.process import Descriptor, DescriptorKind, Process, ProcessKey
from strandwatch.sources.belonging import (
    container_of,
    job_of,
    unified_cgroup,
    wanted_environment,
)
from strandwatch.sources.kernel.records import (
    Actor,
    ExecRecord,
    StandardDescriptor,
    read_executed,
    read_exited,
    read_forked,
)
from strandwatch.sources.kernel.tcp_flows import ProcessKeys
from strandwatch.sources.processes import ProcessReader, user_name

_CACHED_CGROUPS = 4096
_LONGEST_READ = 64 * 1024
_MAJOR_SHIFT = 20
_MINOR_MASK = 0xFFFFF


class Processes:
    """Turns the kernel's records into processes; /proc is asked only for what they lack."""

    def __init__(
        self,
        keys: ProcessKeys,
        utc: Callable[[int], int],
        *,
        proc: Path,
        reader: ProcessReader | None = None,
    ) -> None:
        self._keys = keys
        self._utc = utc
        self._proc = proc
        self._reader = reader
        """Told of every process, for sources that meet its pid when it is gone."""
        self._cgroups: dict[int, str | None] = {}

    def executed(self, data: bytes) -> ProcessStarted:
        """Give the process that began to run a program."""
        record = read_executed(data)
        at_ns = self._utc(record.at)
        cgroup, environment = self._cgroup(record), self._environment(record)
        login = record.login_user_id
        process = Process(
            key=self._known(record.process),
            parent=self._keys.key(record.parent) if record.parent.pid else None,
            started_ns=self._utc(record.process.started),
            executable=self._executable(record),
            command=record.command,
            user_id=record.user_id,
            user=user_name(record.user_id),
            login_user_id=login,
            login_user=None if login is None else user_name(login),
            session=record.session,
            group=record.group,
            network_namespace=record.network_namespace,
            cgroup=cgroup,
            container=container_of(cgroup, environment),
            job=job_of(cgroup, environment, record.command),
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
            at_ns=self._utc(at), parent=self._keys.key(parent), child=self._known(child)
        )

    def exited(self, data: bytes) -> ProcessExited:
        """Give who ended."""
        at, process, read = read_exited(data)
        key = self._keys.key(process)
        if self._reader is not None:
            self._reader.forget(key)
        return ProcessExited(at_ns=self._utc(at), process=key, read_bytes=read)

    def _executable(self, record: ExecRecord) -> str:
        """Give the path of the running file, or the path that was asked for when it is gone."""
        try:
            target = os.readlink(f"{self._proc}/{record.process.pid}/exe")  # noqa: PTH115 - hot
        except OSError:
            return record.path
        return target.removesuffix(" (deleted)")

    def _cgroup(self, record: ExecRecord) -> str | None:
        """Give the most telling cgroup path, read once for all processes of the same place."""
        if record.cgroups in self._cgroups:
            return self._cgroups[record.cgroups]
        text = self._read(record, "cgroup")
        if text is None:
            return None
        if len(self._cgroups) >= _CACHED_CGROUPS:
            self._cgroups.clear()
        path = unified_cgroup(text.decode("utf-8", "replace"))
        self._cgroups[record.cgroups] = path
        return path

    def _environment(self, record: ExecRecord) -> dict[str, str]:
        return wanted_environment(self._read(record, "environ") or b"")

    def _read(self, record: ExecRecord, name: str) -> bytes | None:
        try:
            descriptor = os.open(
                f"{self._proc}/{record.process.pid}/{name}", os.O_RDONLY | os.O_CLOEXEC
            )
        except OSError:
            return None
        try:
            return os.read(descriptor, _LONGEST_READ)
        except OSError:
            return None
        finally:
            os.close(descriptor)

    def _known(self, actor: Actor) -> ProcessKey:
        key = self._keys.key(actor)
        if self._reader is not None:
            self._reader.learn(key)
        return key


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
