"""Open flows with their newest totals, holders, names and destinations."""

from collections import deque
from dataclasses import dataclass, field

from strandwatch.core.limits import Limits
from strandwatch.core.name_table import KnownName
from strandwatch.domain.destination import Destination
from strandwatch.domain.flow import Direction, FiveTuple, FlowKey
from strandwatch.domain.observation import (
    Ending,
    FlowClosed,
    FlowCounters,
    FlowOpened,
    FlowProgressed,
    SentBy,
)
from strandwatch.domain.process import ProcessKey

HISTORY = 32
"""Totals kept per flow: a file may be told of a little after the bytes that it became."""


@dataclass(slots=True)
class FlowState:
    """One flow as it stands now."""

    key: FlowKey
    flow: FiveTuple
    direction: Direction
    opened_ns: int
    updated_ns: int
    found_open: bool
    user_id: int | None
    counters: FlowCounters
    holders: dict[ProcessKey, None] = field(default_factory=dict)
    senders: dict[ProcessKey, int] = field(default_factory=dict)
    name: KnownName | None = None
    destination: Destination | None = None
    closed_ns: int | None = None
    ending: Ending | None = None
    recorded_ns: int = 0
    history: deque[tuple[int, int]] = field(default_factory=lambda: deque(maxlen=HISTORY))
    """Times and payload totals of late, oldest first."""

    def sent_at(self, at_ns: int) -> int:
        """Give the payload bytes that had left before a moment, as far back as is remembered."""
        earlier = [sent for when_ns, sent in self.history if when_ns < at_ns]
        return earlier[-1] if earlier else 0

    def is_measured(self, at_ns: int, grace_ns: int) -> bool:
        """Tell whether the bytes can be judged: known, or still unknown when they had to be."""
        if self.counters.sent_bytes is not None:
            return True
        if self.closed_ns is not None:
            return self.ending is not Ending.NEVER_ESTABLISHED
        return at_ns - self.opened_ns >= grace_ns

    def processes(self) -> list[ProcessKey]:
        """Give who may have sent: those that did, most bytes first, then the other holders."""
        senders = sorted(self.senders, key=lambda key: -self.senders[key])
        return senders + [key for key in self.holders if key not in self.senders]


class FlowTable:
    """Flows by key and by process, at most `limits.flows`."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._states: dict[FlowKey, FlowState] = {}
        self._by_process: dict[ProcessKey, set[FlowKey]] = {}
        self._by_flow: dict[FiveTuple, FlowKey] = {}
        self.forgotten = 0

    def __len__(self) -> int:
        return len(self._states)

    def get(self, key: FlowKey) -> FlowState | None:
        """Give a flow, if it is known."""
        return self._states.get(key)

    def find(self, flow: FiveTuple) -> FlowState | None:
        """Give the flow that has these two ends now."""
        key = self._by_flow.get(flow)
        return None if key is None else self._states.get(key)

    def of(self, process: ProcessKey) -> list[FlowState]:
        """Give the flows that a process holds or sent on."""
        return [self._states[key] for key in self._by_process.get(process, ())]

    def opened(self, observation: FlowOpened) -> FlowState:
        """Take in a new flow; one that is known already only gains what is new."""
        state = self._states.get(observation.key)
        if state is None:
            self._make_room()
            state = FlowState(
                key=observation.key,
                flow=observation.flow,
                direction=observation.direction,
                opened_ns=observation.at_ns,
                updated_ns=observation.at_ns,
                found_open=observation.found_open,
                user_id=observation.user_id,
                counters=observation.counters,
            )
            self._states[state.key] = state
            self._by_flow[state.flow] = state.key
        self._hold(state, observation.holders)
        return state

    def progressed(self, observation: FlowProgressed) -> FlowState | None:
        """Take in new totals."""
        state = self._states.get(observation.key)
        if state is not None:
            self._update(state, observation.at_ns, observation.counters, observation.senders)
            self._hold(state, observation.holders)
        return state

    def closed(self, observation: FlowClosed) -> FlowState | None:
        """Take in the end; the flow stays until `drop`."""
        state = self._states.get(observation.key)
        if state is not None:
            self._update(state, observation.at_ns, observation.counters, observation.senders)
            state.closed_ns = observation.at_ns
            state.ending = observation.ending
        return state

    def drop(self, key: FlowKey) -> None:
        """Forget a flow; safe for one that is not known."""
        state = self._states.pop(key, None)
        if state is None:
            return
        if self._by_flow.get(state.flow) == key:
            del self._by_flow[state.flow]
        for process in {*state.holders, *state.senders}:
            flows = self._by_process[process]
            flows.discard(key)
            if not flows:
                del self._by_process[process]

    def _make_room(self) -> None:
        if len(self._states) >= self._limits.flows:
            self.forgotten += 1
            self.drop(next(iter(self._states)))

    def _update(
        self, state: FlowState, at_ns: int, counters: FlowCounters, senders: tuple[SentBy, ...]
    ) -> None:
        state.updated_ns = at_ns
        state.counters = merged(state.counters, counters)
        if state.counters.sent_bytes is not None:
            state.history.append((at_ns, state.counters.sent_bytes))
        for sender in senders:
            state.senders[sender.process] = sender.sent_bytes
            self._by_process.setdefault(sender.process, set()).add(state.key)

    def _hold(self, state: FlowState, holders: tuple[ProcessKey, ...]) -> None:
        for process in holders:
            state.holders[process] = None
            self._by_process.setdefault(process, set()).add(state.key)


def merged(before: FlowCounters, after: FlowCounters) -> FlowCounters:
    """Give the newer totals; what became unknown keeps its last value, totals never shrink."""
    return FlowCounters(
        sent_bytes=_grown(before.sent_bytes, after.sent_bytes),
        queued_bytes=before.queued_bytes if after.queued_bytes is None else after.queued_bytes,
        wire_bytes=_grown(before.wire_bytes, after.wire_bytes),
        received_bytes=_grown(before.received_bytes, after.received_bytes),
    )


def _grown(before: int | None, after: int | None) -> int | None:
    if before is None or after is None:
        return after if before is None else before
    return max(before, after)
