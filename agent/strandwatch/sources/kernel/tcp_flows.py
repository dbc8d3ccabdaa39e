"""Records of TCP and packet sockets into observations of flows."""

from collections.abc import Callable, Iterable, Iterator

from strandwatch.domain.flow import Direction, Endpoint, FiveTuple, FlowKey, Protocol
from strandwatch.domain.observation import (
    Ending,
    FlowClosed,
    FlowCounters,
    FlowOpened,
    FlowProgressed,
    SentBy,
)
from strandwatch.domain.process import ProcessKey
from strandwatch.sources.kernel.records import (
    LISTENING,
    Actor,
    FlowFlag,
    FlowRecord,
    Kind,
    protocol_name,
)

FlowObservation = FlowOpened | FlowProgressed | FlowClosed


class ProcessKeys:
    """Gives the key of a process that the kernel names by pid and nanoseconds since boot."""

    def __init__(self, ticks_per_second: int) -> None:
        self._tick_ns = 1_000_000_000 // ticks_per_second

    def key(self, actor: Actor) -> ProcessKey:
        """Give the key with the start time in clock ticks, as /proc has it."""
        return ProcessKey(actor.pid, actor.started // self._tick_ns)


class TcpFlows:
    """Knows which sockets were told as open, at most `limit` of them; what is shed is counted."""

    def __init__(
        self,
        keys: ProcessKeys,
        utc: Callable[[int], int],
        *,
        limit: int,
        marked: Callable[[int], list[tuple[Actor, int]]] | None = None,
    ) -> None:
        self._keys = keys
        self._utc = utc
        self._limit = limit
        self._marked = marked
        """Who sent on a socket by its cookie, where the kernel does not count what is handed."""
        self._open: dict[int, FlowKey] = {}
        self._listening: set[tuple[int, int]] = set()
        self.shed = 0

    def __len__(self) -> int:
        return len(self._open)

    def take(self, record: FlowRecord) -> Iterator[FlowObservation]:
        """Give what this record means: an opening, new totals or an end."""
        key = FlowKey(record.network_namespace, record.cookie)
        if record.kind == Kind.CLOSED:
            yield from self._close(key, record)
            return
        if record.cookie in self._open:
            if record.kind == Kind.PROGRESSED:
                yield self._progressed(key, record)
            return
        if len(self._open) >= self._limit:
            self.shed += 1
            return
        self._open[record.cookie] = key
        yield self._opened(key, record, ())
        if record.kind == Kind.PROGRESSED and record.senders:
            yield self._progressed(key, record)

    def take_held(self, records: Iterable[FlowRecord]) -> Iterator[FlowObservation]:
        """Give the sockets that were open already, each once, with all who hold it."""
        held: dict[int, tuple[FlowRecord, list[ProcessKey]]] = {}
        for record in records:
            if record.state == LISTENING and record.protocol == 6:
                self._listening.add((record.network_namespace, record.source[1]))
                continue
            held.setdefault(record.cookie, (record, []))[1].append(self._keys.key(record.opener))
        for cookie, (record, holders) in held.items():
            if cookie not in self._open and not record.flags & FlowFlag.DATAGRAM:
                key = FlowKey(record.network_namespace, cookie)
                self._open[cookie] = key
                yield self._opened(key, record, tuple(holders))

    def known(self) -> frozenset[int]:
        """Give the cookies of the sockets that were told as open."""
        return frozenset(self._open)

    def vanish(self, gone: Iterable[int], at_ns: int) -> Iterator[FlowObservation]:
        """End the flows whose socket is gone although no event said so."""
        for cookie in gone:
            yield FlowClosed(
                at_ns=at_ns,
                key=self._open.pop(cookie),
                ending=Ending.VANISHED,
                counters=FlowCounters(),
            )

    def _close(self, key: FlowKey, record: FlowRecord) -> Iterator[FlowObservation]:
        if self._open.pop(record.cookie, None) is None:
            yield self._opened(key, record, ())
        was_open = record.flags & FlowFlag.ESTABLISHED
        yield FlowClosed(
            at_ns=self._utc(record.at),
            key=key,
            ending=Ending.CLOSED if was_open else Ending.NEVER_ESTABLISHED,
            counters=self._counters(record),
            senders=self._senders(record),
        )

    def _opened(
        self, key: FlowKey, record: FlowRecord, holders: tuple[ProcessKey, ...]
    ) -> FlowOpened:
        if not holders and record.opener.pid:
            holders = (self._keys.key(record.opener),)
        return FlowOpened(
            at_ns=self._utc(record.opened_at),
            key=key,
            flow=_five_tuple(record),
            direction=self._direction(record),
            holders=holders,
            user_id=record.user_id,
            counters=self._counters(record),
            found_open=bool(record.flags & FlowFlag.FOUND),
        )

    def _progressed(self, key: FlowKey, record: FlowRecord) -> FlowProgressed:
        return FlowProgressed(
            at_ns=self._utc(record.at),
            key=key,
            counters=self._counters(record),
            senders=self._senders(record),
        )

    def _senders(self, record: FlowRecord) -> tuple[SentBy, ...]:
        if self._marked is not None:
            return self._marked_senders(self._marked(record.cookie), record)
        return tuple(SentBy(self._keys.key(actor), sent) for actor, sent in record.senders)

    def _marked_senders(
        self, marked: list[tuple[Actor, int]], record: FlowRecord
    ) -> tuple[SentBy, ...]:
        """Give the last sender, or else the opener, what the marks leave over."""
        sent = _acknowledged(record)
        if not marked and record.opener.pid:
            marked = [(record.opener, 0)]
        if not marked or not sent:
            return ()
        (last, first_part), *others = marked
        left = max(sent - first_part - sum(part for _, part in others), 0)
        return tuple(
            SentBy(self._keys.key(actor), part)
            for actor, part in [(last, first_part + left), *others]
        )

    def _counters(self, record: FlowRecord) -> FlowCounters:
        if protocol_name(record.family, record.protocol) is not Protocol.TCP:
            return FlowCounters(sent_bytes=record.handed, queued_bytes=0)
        sent = _acknowledged(record)
        queued = record.queued
        if self._marked is None and not record.flags & FlowFlag.FOUND:
            # Exact, because all that was handed was seen: the FIN counts as a byte elsewhere.
            sent = min(sent, record.handed)
            queued = record.handed - sent
        return FlowCounters(
            sent_bytes=sent,
            queued_bytes=queued,
            wire_bytes=record.wire,
            received_bytes=record.received,
        )

    def _direction(self, record: FlowRecord) -> Direction:
        if record.flags & FlowFlag.OUTBOUND:
            return Direction.OUTBOUND
        if record.flags & FlowFlag.INBOUND:
            return Direction.INBOUND
        if not record.flags & FlowFlag.FOUND:
            return Direction.UNKNOWN
        served = (record.network_namespace, record.source[1]) in self._listening
        return Direction.INBOUND if served else Direction.OUTBOUND


def _five_tuple(record: FlowRecord) -> FiveTuple:
    return FiveTuple(
        protocol_name(record.family, record.protocol),
        Endpoint(*record.source),
        Endpoint(*record.destination),
    )


def _acknowledged(record: FlowRecord) -> int:
    """Give the payload acknowledged; the kernel counts the SYN of an opener as a byte as well."""
    opener = record.flags & FlowFlag.OUTBOUND
    return max(record.acked - 1, 0) if opener else record.acked
