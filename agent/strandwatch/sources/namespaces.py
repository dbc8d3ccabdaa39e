"""Network namespaces: our own, or all that a process is in or a name is kept of."""

import ctypes
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

from strandwatch.errors import MissingCapabilityError
from strandwatch.sources.processes import ProcessReader

_NEW_NETWORK = 0x40000000
_NAMED = Path("/run/netns")

_T = TypeVar("_T")


def own_namespace(proc: Path = Path("/proc")) -> int:
    """Give the inode of the network namespace that this program is in."""
    return (proc / "self/ns/net").stat().st_ino


def find_namespaces(processes: ProcessReader, named: Path = _NAMED) -> dict[int, str]:
    """Give a path to enter each network namespace by, by inode."""
    found: dict[int, str] = {}
    for path in _paths(processes, named):
        with suppress(OSError):
            found.setdefault(os.stat(path).st_ino, path)  # noqa: PTH116 - once per process
    return found


def _paths(processes: ProcessReader, named: Path) -> Iterator[str]:
    yield f"{processes.proc}/self/ns/net"
    for pid in processes.pids():
        yield f"{processes.proc}/{pid}/ns/net"
    with suppress(OSError):
        yield from (str(path) for path in sorted(named.iterdir()))


def call_inside(path: str, inode: int, work: Callable[[], _T]) -> _T:
    """Do something in another network namespace, in a thread that ends with it.

    Raises MissingCapabilityError when that namespace may not be entered, when `path` leads to
    another one by now (a process may change its namespace at any time), and when `work` fails.
    """
    results: list[_T] = []
    failures: list[Exception] = []

    def enter() -> None:
        try:
            _set_namespace(path, inode)
            results.append(work())
        except (OSError, MissingCapabilityError) as error:
            failures.append(error)

    thread = threading.Thread(target=enter, name="namespace")
    thread.start()
    thread.join()
    if results:
        return results[0]
    reason = failures[0] if failures else "the thread failed"
    raise MissingCapabilityError(f"a network namespace cannot be entered: {reason}")


def _set_namespace(path: str, inode: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        if os.fstat(descriptor).st_ino != inode:
            raise MissingCapabilityError("another one is there by now")
        if libc.setns(descriptor, _NEW_NETWORK) != 0:
            error = ctypes.get_errno()
            raise OSError(error, os.strerror(error))
    finally:
        os.close(descriptor)
