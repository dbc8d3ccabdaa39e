"""Flows by looking into every network namespace: the netlink tier, for root on any kernel.

As the portable tier, and: containers' namespaces, which are found within a second of appearing, and
the holders of all users' sockets. A socket that lives between two looks is still counted when it is
destroyed, without its process.
"""

from contextlib import suppress

from strandwatch.errors import MissingCapabilityError, SourceError
from strandwatch.ports import Clock
from strandwatch.sources.namespaces import call_inside, find_namespaces, own_namespace
from strandwatch.sources.processes import ProcessReader
from strandwatch.sources.sock_diag import DiagSocket
from strandwatch.sources.sockets_portable import PortableFlowSource, follow

_FIND_NS = 1_000_000_000


class NetlinkFlowSource(PortableFlowSource):
    """Emits FlowOpened, FlowProgressed and FlowClosed of all network namespaces."""

    name = "flows.netlink"
    tier = "netlink"

    def __init__(
        self,
        clock: Clock,
        processes: ProcessReader,
        *,
        poll_seconds: float = 0.2,
        holders_seconds: float = 2.0,
        include_loopback: bool = False,
    ) -> None:
        super().__init__(
            clock,
            processes,
            poll_seconds=poll_seconds,
            holders_seconds=holders_seconds,
            include_loopback=include_loopback,
        )
        self._find_at_ns = 0
        self._started = False

    def start(self) -> None:
        """Enter all namespaces; raises MissingCapabilityError where setns is not allowed."""
        self._find_at_ns = 0
        self._started = False
        own = own_namespace(self._processes.proc)
        # Entering our own asks for the same capabilities as entering any other.
        call_inside(f"{self._processes.proc}/self/ns/net", own, lambda: own)
        super().start()
        self._started = True

    def _find_namespaces(self) -> None:
        """Open what appeared, and end the flows of what is gone, once a second."""
        now_ns = self._clock.monotonic_ns()
        if now_ns < self._find_at_ns:
            return
        self._find_at_ns = now_ns + _FIND_NS
        own = own_namespace(self._processes.proc)
        found = find_namespaces(self._processes)
        # A socket in a namespace keeps it alive: ours goes when nobody else is there.
        for inode in set(self._namespaces) - set(found):
            self._leave(inode)
        for inode in set(found) - set(self._namespaces):
            # A namespace may end between finding and entering it.
            with suppress(MissingCapabilityError, SourceError):
                diag = call_inside(found[inode], inode, _open)
                self._namespaces[inode] = follow(
                    diag,
                    inode,
                    include_loopback=self._include_loopback,
                    found_open=not self._started,
                    is_own=inode == own,
                )


def _open() -> DiagSocket:
    diag = DiagSocket()
    diag.open()
    return diag
