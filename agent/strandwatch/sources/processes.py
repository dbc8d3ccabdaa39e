"""Processes as /proc tells of them: identity, program, user, ancestry, container and job.

`ProcessReader` is shared by all sources of one sensor, so that a process is announced once, by
whichever source meets it first, and before it is gone.
"""

import os
import pwd
import threading
from collections import OrderedDict
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import psutil

from strandwatch.domain.observation import ProcessStarted
from strandwatch.domain.process import Process, ProcessKey
from strandwatch.ports import Clock, Emit
from strandwatch.sources.belonging import (
    container_of,
    job_of,
    unified_cgroup,
    wanted_environment,
)
from strandwatch.sources.descriptors import describe

_NO_LOGIN = 2**32 - 1
_LONGEST_COMMAND = 64 * 1024
_DEEPEST_ANCESTRY = 32


@dataclass(frozen=True, slots=True)
class Stat:
    """The fields of /proc/PID/stat that identify a process and its present program."""

    key: ProcessKey
    name: str
    parent: int
    group: int
    session: int
    program: tuple[str, str]
    """Changes with every exec: the name, and where the arguments lie (zero when hidden)."""
    ended: bool = False
    """It only waits to be reaped: /proc tells little of it any more."""


def parse_stat(pid: int, raw: bytes) -> Stat | None:
    """Read one line of /proc/PID/stat (proc(5)); the name may hold any byte, brackets included."""
    opening, closing = raw.find(b"("), raw.rfind(b")")
    fields = raw[closing + 2 :].split()
    try:
        name = raw[opening + 1 : closing].decode("utf-8", "replace")
        # Begin and end: in the midst of an exec there is a beginning without an end.
        arguments = b" ".join(fields[45:47]).decode("ascii", "replace")
        return Stat(
            ProcessKey(pid, int(fields[19])),
            name,
            int(fields[1]),
            int(fields[2]),
            int(fields[3]),
            (name, arguments),
            ended=fields[0] in (b"Z", b"X"),
        )
    except (IndexError, ValueError):
        return None


class ProcessReader:
    """Reads processes and remembers them; None stands for one that is gone."""

    def __init__(self, clock: Clock, *, proc: Path = Path("/proc"), capacity: int = 32_768) -> None:
        self.proc = proc
        self._clock = clock
        self._capacity = capacity
        self._lock = threading.RLock()
        self._known: OrderedDict[ProcessKey, tuple[Stat, Process]] = OrderedDict()
        self._announced: OrderedDict[ProcessKey, tuple[str, str]] = OrderedDict()
        self._last: OrderedDict[int, ProcessKey] = OrderedDict()
        self._booted_ns: int | None = None

    def stat(self, pid: int) -> Stat | None:
        """Read who has this pid now."""
        raw = self._bytes(pid, "stat", 4096)
        return parse_stat(pid, raw) if raw else None

    def key(self, pid: int) -> ProcessKey | None:
        """Give the identity of whoever has this pid now."""
        found = self.stat(pid)
        return self._seen(found).key if found else None

    def last_key(self, pid: int) -> ProcessKey | None:
        """Give who had this pid when it was last looked at, for a process that is gone by now."""
        with self._lock:
            return self._last.get(pid)

    def pids(self) -> list[int]:
        """Give the pids of all processes."""
        if self.proc == Path("/proc"):
            return psutil.pids()
        return [int(name) for name in os.listdir(self.proc) if name.isdigit()]  # noqa: PTH208

    def read(self, pid: int) -> Process | None:
        """Give what is known of the process, read again after every exec."""
        found = self.stat(pid)
        return self._read(found) if found else None

    def read_bytes(self, pid: int) -> int | None:
        """Give the bytes that a process has read by any read call, pipes and sockets included."""
        first, _, value = self._bytes(pid, "io", 64).partition(b"\n")[0].partition(b" ")
        return int(value) if first == b"rchar:" and value.isdigit() else None

    def network_namespace(self, pid: int) -> int | None:
        """Give the inode of the network namespace that a process is in."""
        return self._inode(pid, "ns/net")

    def announce(self, pid: int, at_ns: int, emit: Emit) -> ProcessKey | None:
        """Give the process's key, having told of it and its ancestors where not done before."""
        found = self.stat(pid)
        if found is None:
            return None
        self._seen(found)
        with self._lock:
            self._announce(found, at_ns, emit, _DEEPEST_ANCESTRY)
        return found.key

    def learn(self, key: ProcessKey) -> None:
        """Take from another source who has a pid, for when it is gone before it is read."""
        self._keep_last(key)

    def announced(self) -> tuple[ProcessKey, ...]:
        """Give the processes that were told of and not forgotten."""
        with self._lock:
            return tuple(self._announced)

    def forget(self, key: ProcessKey) -> bool:
        """Drop a process that ended; True when it had been told of."""
        with self._lock:
            self._known.pop(key, None)
            return self._announced.pop(key, None) is not None

    def _seen(self, found: Stat) -> Stat:
        self._keep_last(found.key)
        return found

    def _keep_last(self, key: ProcessKey) -> None:
        with self._lock:
            self._last[key.pid] = key
            self._last.move_to_end(key.pid)
            if len(self._last) > self._capacity:
                self._last.popitem(last=False)

    def _announce(self, found: Stat, at_ns: int, emit: Emit, depth: int) -> None:
        told = self._announced.get(found.key)
        if told == found.program or (told and found.ended):
            return
        process = self._read(found)
        if process is None:
            return
        parent = self.stat(found.parent) if found.parent and depth else None
        if parent:
            self._announce(parent, at_ns, emit, depth - 1)
        if emit(ProcessStarted(at_ns=at_ns, process=process)):
            self._announced[found.key] = found.program
            while len(self._announced) > self._capacity:
                self._announced.popitem(last=False)

    def _read(self, found: Stat) -> Process | None:
        with self._lock:
            kept = self._known.get(found.key)
            if kept and (kept[0].program == found.program or found.ended):
                self._known.move_to_end(found.key)
                return kept[1]
        process = self._read_again(found)
        with self._lock:
            self._known[found.key] = (found, process)
            while len(self._known) > self._capacity:
                self._known.popitem(last=False)
        return process

    def _read_again(self, found: Stat) -> Process:
        pid = found.key.pid
        command = self._command(pid)
        environment = wanted_environment(self._bytes(pid, "environ", 256 * 1024))
        cgroup = unified_cgroup(self._bytes(pid, "cgroup", 64 * 1024).decode("utf-8", "replace"))
        user_id = self._owner(pid)
        login = self._login(pid)
        standard = (describe(self.proc, pid, number) for number in range(3))
        process = Process(
            key=found.key,
            parent=self.key(found.parent) if found.parent else None,
            started_ns=self._started_ns(found.key),
            executable=self._executable(pid) or found.name,
            command=command or (found.name,),
            user_id=user_id,
            user=user_name(user_id),
            login_user_id=login,
            login_user=None if login is None else user_name(login),
            session=found.session,
            group=found.group,
            network_namespace=self.network_namespace(pid),
            cgroup=cgroup,
            container=container_of(cgroup, environment),
            job=job_of(cgroup, environment, command),
        )
        return replace(process, standard=tuple(item for item in standard if item))

    def _bytes(self, pid: int, name: str, limit: int) -> bytes:
        try:
            descriptor = os.open(f"{self.proc}/{pid}/{name}", os.O_RDONLY | os.O_CLOEXEC)
        except OSError:
            return b""
        try:
            return os.read(descriptor, limit)
        except OSError:
            return b""
        finally:
            os.close(descriptor)

    def _command(self, pid: int) -> tuple[str, ...]:
        raw = self._bytes(pid, "cmdline", _LONGEST_COMMAND).rstrip(b"\0")
        return tuple(word.decode("utf-8", "replace") for word in raw.split(b"\0")) if raw else ()

    def _executable(self, pid: int) -> str | None:
        try:
            target = os.readlink(f"{self.proc}/{pid}/exe")  # noqa: PTH115 - per process
        except OSError:
            return None
        return target.removesuffix(" (deleted)")

    def _owner(self, pid: int) -> int:
        for line in self._bytes(pid, "status", 8192).splitlines():
            if line.startswith(b"Uid:"):
                # Real, effective, saved, file system: the effective one acts.
                return int(line.split()[2])
        return _NO_LOGIN

    def _login(self, pid: int) -> int | None:
        raw = self._bytes(pid, "loginuid", 16).strip()
        return int(raw) if raw.isdigit() and int(raw) != _NO_LOGIN else None

    def _inode(self, pid: int, name: str) -> int | None:
        try:
            return os.stat(f"{self.proc}/{pid}/{name}").st_ino  # noqa: PTH116 - per event
        except OSError:
            return None

    def _started_ns(self, key: ProcessKey) -> int:
        if self._booted_ns is None:
            self._booted_ns = self._read_boot_time()
        return self._booted_ns + key.started_ticks * 1_000_000_000 // os.sysconf("SC_CLK_TCK")

    def _read_boot_time(self) -> int:
        with (self.proc / "stat").open("rb") as lines:
            for line in lines:
                if line.startswith(b"btime "):
                    return int(line.split()[1]) * 1_000_000_000
        return self._clock.now_ns() - self._clock.monotonic_ns()


@lru_cache(maxsize=4096)
def user_name(user_id: int) -> str | None:
    """Give the account name of a user id as this machine's account database has it."""
    try:
        return pwd.getpwuid(user_id).pw_name
    except KeyError:
        return None
