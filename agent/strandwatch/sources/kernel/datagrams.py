"""Records of datagrams into flows: one per socket and destination.

An unconnected socket talks to many. Its first destination has the socket's own cookie as key, each
further one the cookie with a number above bit 48.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from strandwatch.domain.flow import Direction, Endpoint, FiveTuple, FlowKey
from strandwatch.domain.observation import (
    Ending,
    FlowClosed,
    FlowCounters,
    FlowOpened,
    FlowProgressed,
    SentBy,
)
from strandwatch.domain.process import ProcessKey
from strandwatch.sources.kernel.records import Actor, DestinationRecord, FlowFlag, protocol_name
from strandwatch.sources.kernel.tcp_flows import FlowObservation, ProcessKeys

_NUMBER_SHIFT = 48

_Identity = tuple[int, int, int, str, int]


@dataclass(slots=True)
class _DatagramFlow:
    key: FlowKey
    identity: _Identity
    last_at: int
    sent: dict[bytes, tuple[ProcessKey | None, int, int]] = field(default_factory=dict)
    """By key of the kernel's entry: who, payload, wire."""


class DatagramFlows:
    """The destinations that are being talked to, at most `limit`; what is shed is counted."""

    def __init__(self, keys: ProcessKeys, utc: Callable[[int], int], *, limit: int) -> None:
        self._keys = keys
        self._utc = utc
        self._limit = limit
        self._flows: dict[_Identity, _DatagramFlow] = {}
        self._by_cookie: dict[int, dict[_Identity, _DatagramFlow]] = {}
        self._numbers: dict[int, int] = {}
        self.shed = 0

    def __len__(self) -> int:
        return len(self._flows)

    def is_crowded(self) -> bool:
        """Say whether the quiet should make room for the busy sooner than usual."""
        return len(self._flows) > self._limit // 2

    def take(self, record: DestinationRecord) -> Iterator[FlowObservation | bytes]:
        """Give what these totals mean: a new flow, or progress of a known one.

        The bytes, here and below, are keys of entries to remove from the kernel's table.
        """
        identity = _identity(record)
        flow = self._flows.get(identity)
        if flow is None:
            if len(self._flows) >= self._limit:
                self.shed += 1
                yield record.key
                return
            flow = self._begin(identity, record)
            yield self._opened(flow, record)
        flow.last_at = max(flow.last_at, record.last_at)
        flow.sent[record.key] = (self._process(record), record.payload, record.wire)
        yield FlowProgressed(
            at_ns=self._utc(record.last_at),
            key=flow.key,
            counters=_totals(flow),
            senders=_senders(flow),
        )

    def released(self, cookie: int, at: int) -> Iterator[FlowObservation | bytes]:
        """End all flows of a closed socket."""
        for flow in list(self._by_cookie.get(cookie, {}).values()):
            yield from self._end(flow, at, Ending.CLOSED)
        self._numbers.pop(cookie, None)

    def quiet_since(self, before: int) -> Iterator[FlowObservation | bytes]:
        """End the flows that sent nothing after this kernel time."""
        for flow in [flow for flow in self._flows.values() if flow.last_at < before]:
            yield from self._end(flow, flow.last_at, Ending.IDLE)

    def sweep(self, alive: Iterable[int], at: int) -> Iterator[FlowObservation | bytes]:
        """End the flows whose socket is gone although no event said so."""
        for cookie in self._by_cookie.keys() - set(alive):
            yield from self.released(cookie, at)

    def _begin(self, identity: _Identity, record: DestinationRecord) -> _DatagramFlow:
        number = self._numbers.get(record.cookie, 0)
        self._numbers[record.cookie] = number + 1
        cookie = record.cookie + (number << _NUMBER_SHIFT)
        key = FlowKey(record.network_namespace, cookie)
        flow = _DatagramFlow(key, identity, record.last_at)
        self._flows[identity] = flow
        self._by_cookie.setdefault(record.cookie, {})[identity] = flow
        return flow

    def _opened(self, flow: _DatagramFlow, record: DestinationRecord) -> FlowOpened:
        process = self._process(record)
        outbound = record.flags & FlowFlag.OUTBOUND
        return FlowOpened(
            at_ns=self._utc(record.first_at),
            key=flow.key,
            flow=FiveTuple(
                protocol_name(record.family, record.protocol, record.flags),
                Endpoint(*record.source),
                Endpoint(*record.destination),
            ),
            direction=Direction.OUTBOUND if outbound else Direction.UNKNOWN,
            holders=() if process is None else (process,),
            user_id=record.user_id,
            found_open=bool(record.flags & FlowFlag.FOUND),
        )

    def _end(
        self, flow: _DatagramFlow, at: int, ending: Ending
    ) -> Iterator[FlowObservation | bytes]:
        cookie = flow.identity[0]
        del self._flows[flow.identity]
        del self._by_cookie[cookie][flow.identity]
        if not self._by_cookie[cookie]:
            del self._by_cookie[cookie]
        yield FlowClosed(
            at_ns=self._utc(at),
            key=flow.key,
            ending=ending,
            counters=_totals(flow),
            senders=_senders(flow),
        )
        yield from flow.sent

    def _process(self, record: DestinationRecord) -> ProcessKey | None:
        return self._keys.key(Actor(record.pid, record.started)) if record.pid else None


def _identity(record: DestinationRecord) -> _Identity:
    return (record.cookie, record.family, record.protocol, *record.destination)


def _totals(flow: _DatagramFlow) -> FlowCounters:
    return FlowCounters(
        sent_bytes=sum(payload for _, payload, _ in flow.sent.values()),
        queued_bytes=0,
        wire_bytes=sum(wire for _, _, wire in flow.sent.values()),
    )


def _senders(flow: _DatagramFlow) -> tuple[SentBy, ...]:
    return tuple(
        SentBy(process, payload)
        for process, payload, _ in flow.sent.values()
        if process is not None
    )
