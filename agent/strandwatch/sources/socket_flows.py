"""From lists of sockets to flows: what opened, progressed and closed between two looks."""

import ipaddress
import socket
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from strandwatch.domain.flow import Direction, FiveTuple, FlowKey
from strandwatch.domain.observation import (
    Ending,
    FlowClosed,
    FlowCounters,
    FlowOpened,
    FlowProgressed,
)
from strandwatch.domain.process import ProcessKey
from strandwatch.sources.sock_diag import SocketState, State

Holders = Callable[[int], tuple[ProcessKey, ...]]
FlowObservation = FlowOpened | FlowProgressed | FlowClosed

_REMEMBERED_ENDS = 16_384
_ENDING_STATES = frozenset(
    {State.FIN_WAIT1, State.FIN_WAIT2, State.CLOSE_WAIT, State.LAST_ACK, State.CLOSING}
)


@dataclass(slots=True)
class _Followed:
    last: SocketState
    counters: FlowCounters
    holders: tuple[ProcessKey, ...]
    established: bool
    missed: int = 0
    left_out: bool = False


@dataclass(frozen=True, slots=True)
class Look:
    """One list of the sockets of a network namespace."""

    at_ns: int
    sockets: Sequence[SocketState]
    serving: frozenset[int] = frozenset()
    """Ports on which somebody listens."""


@dataclass(slots=True)
class SocketFlows:
    """The flows of one network namespace; `patience` looks may miss one before it counts as gone.

    A flow to this very machine is left out unless `include_loopback`. More than `most` flows at a
    time are not followed but counted in `shed`.
    """

    network_namespace: int
    include_loopback: bool = False
    patience: int = 0
    found_open: bool = True
    """Whether what the first look shows was open before; later looks show what opened."""
    most: int = 65_536
    shed: int = 0
    _followed: dict[int, _Followed] = field(default_factory=dict)
    _ended: OrderedDict[int, None] = field(default_factory=OrderedDict)

    def __len__(self) -> int:
        return len(self._followed)

    def unheld(self) -> list[int]:
        """Give the inodes of followed sockets whose holder is unknown."""
        return [
            each.last.inode
            for each in self._followed.values()
            if not each.holders and each.last.inode and not each.left_out
        ]

    def take(self, look: Look, holders: Holders) -> Iterator[FlowObservation]:
        """Compare a list with what was known."""
        seen = set()
        for found in look.sockets:
            if not found.ports[1]:
                continue
            seen.add(found.cookie)
            followed = self._followed.get(found.cookie)
            if followed is None:
                yield from self._open(found, look, holders)
            elif followed.last != found or not followed.holders:
                yield from self._progress(followed, found, look.at_ns, holders)
            if followed is not None:
                followed.missed = 0
        self.found_open = False
        for cookie in self._followed.keys() - seen:
            yield from self._miss(cookie, look.at_ns)

    def vanish(self, at_ns: int) -> Iterator[FlowObservation]:
        """End all flows: the namespace that they were in is gone."""
        for cookie, followed in list(self._followed.items()):
            yield from self._end(cookie, followed, None, at_ns)

    def refresh_holders(self, at_ns: int, holders: Holders) -> Iterator[FlowObservation]:
        """Say who holds each socket now, where that has changed."""
        for followed in list(self._followed.values()):
            yield from self._progress(followed, followed.last, at_ns, holders)

    def destroyed(self, sockets: Iterable[SocketState], look: Look) -> Iterator[FlowObservation]:
        """Take the last state of sockets that are gone; one never seen opens and closes at once."""
        for found in sockets:
            if not found.ports[1] or found.cookie in self._ended:
                continue
            followed = self._followed.get(found.cookie)
            if followed is None:
                established = bool(found.acknowledged) or found.acknowledged is None
                # A destroyed socket does not say whose it was, and zero would mean root.
                yield from self._open(found, look, lambda _: (), ended=True)
                followed = self._followed.get(found.cookie)
                if followed is None:
                    continue
                followed.established = established
            yield from self._end(found.cookie, followed, found, look.at_ns)

    def _open(
        self, found: SocketState, look: Look, holders: Holders, *, ended: bool = False
    ) -> Iterator[FlowObservation]:
        if found.cookie in self._ended:
            return
        if len(self._followed) >= self.most:
            self.shed += 1
            return
        flow = found.flow()
        left_out = not self.include_loopback and stays_here(flow)
        counters = found.counters()
        established = found.state != State.SYN_SENT and not ended
        followed = _Followed(found, counters, (), established, left_out=left_out)
        self._followed[found.cookie] = followed
        if left_out:
            return
        followed.holders = holders(found.inode) if found.inode else ()
        yield FlowOpened(
            at_ns=look.at_ns,
            key=FlowKey(self.network_namespace, found.cookie),
            flow=flow,
            direction=_direction(found, look.serving),
            holders=followed.holders,
            user_id=None if ended else found.user_id,
            counters=counters,
            found_open=self.found_open,
        )

    def _progress(
        self, followed: _Followed, found: SocketState, at_ns: int, holders: Holders
    ) -> Iterator[FlowObservation]:
        followed.established |= found.state != State.SYN_SENT
        followed.last = found
        if followed.left_out:
            return
        counters = found.counters()
        # A socket without inode is held by nobody any more: who held it before sent its bytes.
        now_held = (holders(found.inode) if found.inode else ()) or followed.holders
        if counters == followed.counters and now_held == followed.holders:
            return
        followed.counters, followed.holders = counters, now_held
        yield FlowProgressed(
            at_ns=at_ns,
            key=FlowKey(self.network_namespace, found.cookie),
            counters=counters,
            holders=now_held,
        )

    def _miss(self, cookie: int, at_ns: int) -> Iterator[FlowObservation]:
        followed = self._followed[cookie]
        followed.missed += 1
        if followed.missed > self.patience:
            yield from self._end(cookie, followed, None, at_ns)

    def _end(
        self, cookie: int, followed: _Followed, last: SocketState | None, at_ns: int
    ) -> Iterator[FlowObservation]:
        del self._followed[cookie]
        self._ended[cookie] = None
        if len(self._ended) > _REMEMBERED_ENDS:
            self._ended.popitem(last=False)
        if not followed.left_out:
            yield FlowClosed(
                at_ns=at_ns,
                key=FlowKey(self.network_namespace, cookie),
                ending=_ending(followed, last),
                counters=last.counters() if last else followed.counters,
            )


@lru_cache(maxsize=16_384)
def stays_here(flow: FiveTuple) -> bool:
    """Tell whether the other end is this machine: loopback, or our own address."""
    if flow.source.address == flow.destination.address:
        return True
    return ipaddress.ip_address(flow.destination.address).is_loopback


def _direction(found: SocketState, serving: frozenset[int]) -> Direction:
    return Direction.INBOUND if found.ports[0] in serving else Direction.OUTBOUND


def _ending(followed: _Followed, last: SocketState | None) -> Ending:
    if not followed.established:
        return Ending.NEVER_ESTABLISHED
    known = last is not None or followed.last.state in _ENDING_STATES
    if known or followed.last.protocol == socket.IPPROTO_UDP:
        return Ending.CLOSED
    return Ending.VANISHED
