"""Who holds which socket: inode numbers of sockets among the open descriptors of all processes.

psutil joins sockets to processes by their addresses, within one network namespace and at sixteen
times the cost of a dump; a socket's inode is exact in every namespace.
"""

from collections.abc import Collection

from strandwatch.ports import Clock
from strandwatch.sources.descriptors import socket_inodes
from strandwatch.sources.processes import ProcessReader

_MOST_OF_THE_TIME = 10
"""A look at all processes is paid with at least this many times its own length of rest."""


class SocketOwners:
    """Remembers holders by inode; looks again when asked for sockets that it does not know."""

    def __init__(self, clock: Clock, processes: ProcessReader) -> None:
        self._clock = clock
        self._processes = processes
        self._holders: dict[int, tuple[int, ...]] = {}
        self._pids: set[int] = set()
        self._nobodys: set[int] = set()
        self._rest_until_ns = 0

    def look_for(self, inodes: Collection[int]) -> None:
        """Look for the holders of sockets that are new: first at new processes, then at all."""
        if not self._unknown(inodes):
            return
        self._look_at(set(self._processes.pids()) - self._pids)
        # Sockets of other users' processes, say, are looked for in time, not at every look.
        if self._unknown(inodes) and self.look():
            self._nobodys = {inode for inode in inodes if inode not in self._holders}

    def _unknown(self, inodes: Collection[int]) -> bool:
        return any(i not in self._holders and i not in self._nobodys for i in inodes)

    def look(self) -> bool:
        """Look at all processes now, unless that was done too recently for what it costs."""
        began_ns = self._clock.monotonic_ns()
        if began_ns < self._rest_until_ns:
            return False
        self._holders = {}
        self._pids = set()
        self._look_at(set(self._processes.pids()))
        ended_ns = self._clock.monotonic_ns()
        self._rest_until_ns = ended_ns + (ended_ns - began_ns) * _MOST_OF_THE_TIME
        return True

    def _look_at(self, pids: set[int]) -> None:
        for pid in sorted(pids):
            for inode in set(socket_inodes(self._processes.proc, pid)):
                self._holders[inode] = (*self._holders.get(inode, ()), pid)
        self._pids |= pids

    def of(self, inode: int) -> tuple[int, ...]:
        """Give the pids that held this socket at the last look; none is unknown."""
        return self._holders.get(inode, ())
