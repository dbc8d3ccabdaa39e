"""Flows by looking: the portable tier lists the sockets of its own network namespace.

TCP byte counts come from the kernel without any privilege, final ones of destroyed sockets
included; who holds a socket is known as far as /proc shows it. UDP bytes are unknown.
"""

import socket
from collections.abc import Iterable
from dataclasses import dataclass, field

from strandwatch.domain.observation import LossReason
from strandwatch.domain.process import ProcessKey
from strandwatch.errors import MissingCapabilityError, SourceError
from strandwatch.ports import Clock, Emit
from strandwatch.sources.life import Life
from strandwatch.sources.losses import Losses
from strandwatch.sources.namespaces import own_namespace
from strandwatch.sources.processes import ProcessReader
from strandwatch.sources.sock_diag import FLOW_STATES, DiagSocket, SocketState, State
from strandwatch.sources.socket_flows import FlowObservation, Holders, Look, SocketFlows
from strandwatch.sources.socket_owners import SocketOwners

_FAMILIES = (socket.AF_INET, socket.AF_INET6)
_UDP_STATES = 1 << State.CLOSE | 1 << State.ESTABLISHED
_SELDOM = 5


@dataclass(slots=True)
class NamespaceSockets:
    """The sockets of one network namespace, and the flows that they are."""

    flows: SocketFlows
    diag: DiagSocket
    sockets: list[SocketState] = field(default_factory=list)
    serving: frozenset[int] = frozenset()
    is_own: bool = True
    """Another namespace is looked at seldom while nothing goes on there."""
    looks: int = 0
    _datagrams: list[SocketState] = field(default_factory=list)

    def look(self) -> None:
        """List the sockets; of other namespaces in peace, and those of UDP, only now and then.

        A list costs the kernel a walk through the table of all namespaces, half a millisecond on a
        large machine, and of UDP sockets it says no bytes.
        """
        seldom = self.looks % _SELDOM == 0
        self.looks += 1
        if not (seldom or self.is_own or len(self.flows)):
            return
        found: list[SocketState] = []
        for family in _FAMILIES:
            found += self.diag.dump(family, socket.IPPROTO_TCP, FLOW_STATES)
        if seldom:
            self._datagrams = [
                each
                for family in _FAMILIES
                for each in self.diag.dump(family, socket.IPPROTO_UDP, _UDP_STATES)
            ]
        found += self._datagrams
        self.serving = frozenset(each.ports[0] for each in found if not each.ports[1])
        self.sockets = [each for each in found if _is_flow(each)]


def follow(
    diag: DiagSocket,
    network_namespace: int,
    *,
    include_loopback: bool,
    found_open: bool = True,
    is_own: bool = True,
) -> NamespaceSockets:
    """Follow the sockets that an open list shows."""
    # Where the kernel tells of destroyed sockets, that message is worth waiting a look for.
    patience = 1 if diag.descriptor >= 0 else 0
    flows = SocketFlows(
        network_namespace,
        include_loopback=include_loopback,
        patience=patience,
        found_open=found_open,
    )
    return NamespaceSockets(flows, diag, is_own=is_own)


class PortableFlowSource:
    """Emits FlowOpened, FlowProgressed and FlowClosed of sockets that live through a look."""

    name = "flows.portable"
    tier = "portable"

    def __init__(
        self,
        clock: Clock,
        processes: ProcessReader,
        *,
        poll_seconds: float = 0.2,
        holders_seconds: float = 2.0,
        include_loopback: bool = False,
    ) -> None:
        self._clock = clock
        self._processes = processes
        self._poll_seconds = poll_seconds
        self._holders_seconds = holders_seconds
        self._include_loopback = include_loopback
        self._owners = SocketOwners(clock, processes)
        self._losses = Losses(clock, self.name)
        self._life = Life(self._release)
        self._namespaces: dict[int, NamespaceSockets] = {}
        self._left: list[SocketFlows] = []

    def start(self) -> None:
        """Open the kernel's socket lists; raises MissingCapabilityError where there are none."""
        self._life.begin()
        try:
            self._find_namespaces()
            self._look_at_all()
        except (MissingCapabilityError, SourceError):
            self._life.stop()
            raise

    def run(self, emit: Emit) -> None:
        """Compare lists until stopped."""
        with self._life.running():
            self._owners.look()
            self._tell(emit)
            look_at = held_at = self._clock.monotonic_ns()
            while not self._life.stopped:
                wait_seconds = max(look_at - self._clock.monotonic_ns(), 0) / 1e9
                ready = self._life.wait(wait_seconds, *self._descriptors())
                self._tell_destroyed(emit, ready)
                now_ns = self._clock.monotonic_ns()
                if now_ns >= look_at:
                    look_at = now_ns + int(self._poll_seconds * 1e9)
                    self._find_namespaces()
                    self._look_at_all()
                    self._tell(emit)
                if now_ns >= held_at:
                    held_at = now_ns + int(self._holders_seconds * 1e9)
                    self._tell_holders(emit)

    def stop(self) -> None:
        """Stop looking."""
        self._life.stop()

    def _find_namespaces(self) -> None:
        """Open what is not open yet; this tier has its own namespace only."""
        if not self._namespaces:
            inode = own_namespace(self._processes.proc)
            diag = DiagSocket()
            diag.open()
            self._namespaces[inode] = follow(diag, inode, include_loopback=self._include_loopback)

    def _leave(self, inode: int) -> None:
        """Close a namespace that is gone; its flows end at the next telling."""
        left = self._namespaces.pop(inode)
        left.diag.close()
        self._left.append(left.flows)

    def _descriptors(self) -> list[int]:
        return [
            each.diag.descriptor for each in self._namespaces.values() if each.diag.descriptor >= 0
        ]

    def _look_at_all(self) -> None:
        for inode, each in list(self._namespaces.items()):
            try:
                each.look()
            except SourceError:
                if len(self._namespaces) == 1:
                    raise
                self._leave(inode)

    def _tell(self, emit: Emit) -> None:
        at_ns = self._clock.now_ns()
        holders = self._holders(at_ns, emit)
        for each in self._namespaces.values():
            self._owners.look_for([found.inode for found in each.sockets if found.inode])
            self._hand_on(emit, each.flows.take(Look(at_ns, each.sockets, each.serving), holders))
        left, self._left = self._left, []
        for flows in left:
            self._hand_on(emit, flows.vanish(at_ns))
        for each in self._namespaces.values():
            self._losses.add(LossReason.LIMIT, each.flows.shed)
            each.flows.shed = 0
        self._losses.tell(emit)

    def _tell_destroyed(self, emit: Emit, ready: Iterable[int]) -> None:
        at_ns = self._clock.now_ns()
        for each in self._namespaces.values():
            if each.diag.descriptor not in ready:
                continue
            sockets, missed = each.diag.destroyed()
            look = Look(at_ns, (), each.serving)
            self._hand_on(emit, each.flows.destroyed(sockets, look))
            if missed:
                self._losses.add(LossReason.KERNEL_OVERFLOW)

    def _tell_holders(self, emit: Emit) -> None:
        if not self._owners.look():
            return
        at_ns = self._clock.now_ns()
        holders = self._holders(at_ns, emit)
        for each in self._namespaces.values():
            self._hand_on(emit, each.flows.refresh_holders(at_ns, holders))

    def _holders(self, at_ns: int, emit: Emit) -> Holders:
        def holders(inode: int) -> tuple[ProcessKey, ...]:
            pids = self._owners.of(inode)
            keys = (self._processes.announce(pid, at_ns, emit) for pid in pids)
            return tuple(key for key in keys if key)

        return holders

    def _hand_on(self, emit: Emit, observations: Iterable[FlowObservation]) -> None:
        for observation in observations:
            emit(observation)

    def _release(self) -> None:
        for each in self._namespaces.values():
            each.diag.close()
        self._namespaces.clear()


def _is_flow(found: SocketState) -> bool:
    """Leave out what has no other end, and mini sockets, which carry no counters."""
    if not found.ports[1]:
        return False
    return found.protocol == socket.IPPROTO_UDP or found.acknowledged is not None
