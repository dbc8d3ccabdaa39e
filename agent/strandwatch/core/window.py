"""The trailing window of calendar months, and the times at which something was sent.

Times of one id are kept as spans: sendings less than four weeks apart are one span, because no
window of a month or more can lie between them. A span tells whether a window holds any of them
exactly, at any past moment, and re-sending every day costs no more than sending twice.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from heapq import heappop, heappush

from strandwatch.core.limits import SECOND_NS

GAP_NS = 28 * 86_400 * SECOND_NS - 1
"""Shorter than the shortest month."""

Spans = tuple[int, ...]
"""First and last moment of each span, one after the other."""


def months_before(at_ns: int, months: int) -> int:
    """Give the moment so many calendar months earlier; the day is cut to the month's length."""
    seconds, rest = divmod(at_ns, SECOND_NS)
    moment = datetime.fromtimestamp(seconds, UTC)
    count = moment.year * 12 + moment.month - 1 - months
    year, month = divmod(count, 12)
    day = moment.day
    while True:
        try:
            earlier = moment.replace(year=year, month=month + 1, day=day)
        except ValueError:
            day -= 1
        else:
            return int(earlier.timestamp()) * SECOND_NS + rest


def with_moment(spans: Spans, at_ns: int) -> Spans:
    """Give the spans with one more sending."""
    if spans and spans[-1] <= at_ns <= spans[-1] + GAP_NS:
        return (*spans[:-1], at_ns)
    return with_span(spans, at_ns, at_ns)


def with_span(spans: Spans, first: int, last: int) -> Spans:
    """Give the spans with one more span, joined to those that it touches."""
    apart = []
    for begin, end in pairs(spans):
        if begin - GAP_NS <= last and first <= end + GAP_NS:
            first, last = min(begin, first), max(end, last)
        else:
            apart.append((begin, end))
    return tuple(moment for pair in sorted([*apart, (first, last)]) for moment in pair)


def pairs(spans: Spans) -> Iterator[tuple[int, int]]:
    """Give first and last moment of each span."""
    return zip(spans[::2], spans[1::2], strict=True)


def is_within(spans: Spans, start_ns: int, end_ns: int) -> bool:
    """Tell whether anything was sent after the start and not after the end of a window."""
    return any(first <= end_ns and last > start_ns for first, last in pairs(spans))


class Presence:
    """When each id was sent, and what those within the window weigh together."""

    __slots__ = ("_due", "_live", "_moments", "_spans", "_start_ns", "_weights")

    def __init__(self) -> None:
        self._spans: dict[str, Spans] = {}
        self._weights: dict[str, int] = {}
        """Weights other than one."""
        self._due: dict[int, list[str]] = {}
        """Ids that are counted, by a moment at or before their last sending."""
        self._moments: list[int] = []
        """Those moments, as a heap."""
        self._live = 0
        self._start_ns: int | None = None

    def add(self, id_: str, spans: Spans, weight: int = 1) -> None:
        """Take in sendings of an id; its largest weight counts."""
        before = self._spans.get(id_, ())
        # Millions of ids come a few at a time: those of one moment share one tuple.
        after = before or spans
        for first, last in pairs(spans) if before else ():
            after = with_moment(after, first) if first == last else with_span(after, first, last)
        self._spans[id_] = after
        heavier = max(weight, self.weight(id_))
        counted = self._is_counted(before)
        if counted:
            self._live += heavier - self.weight(id_)
        elif self._is_counted(after):
            self._live += heavier
            self._wait(after[-1], id_)
        if heavier != 1:
            self._weights[id_] = heavier

    def weight(self, id_: str) -> int:
        """Give what an id weighs; 0 when it was never sent and has no weight of its own."""
        return self._weights.get(id_, 1 if id_ in self._spans else 0)

    def total_since(self, start_ns: int) -> int:
        """Give the weight of all that was sent after a moment; cheap while that moment advances."""
        if self._start_ns is None or start_ns < self._start_ns:
            self._recount(start_ns)
        self._start_ns = start_ns
        while self._moments and self._moments[0] <= start_ns:
            for id_ in self._due.pop(heappop(self._moments)):
                last = self._spans[id_][-1]
                if last > start_ns:
                    self._wait(last, id_)
                else:
                    self._live -= self.weight(id_)
        return self._live

    def within(self, start_ns: int, end_ns: int) -> Iterator[str]:
        """Give the ids that a window of the past holds."""
        return (id_ for id_, spans in self._spans.items() if is_within(spans, start_ns, end_ns))

    def items(self) -> Iterator[tuple[str, Spans, int]]:
        """Give every id with its spans and weight."""
        return ((id_, spans, self.weight(id_)) for id_, spans in self._spans.items())

    def peak(self, months: int) -> tuple[int, int]:
        """Give the largest weight that any window held, and the first moment it did."""
        waiting = sorted(
            (first, last, id_) for id_, spans in self._spans.items() for first, last in pairs(spans)
        )
        best = total = moment = 0
        inside: dict[str, int] = {}
        ends: list[tuple[int, str]] = []
        for first, last, id_ in waiting:
            start = months_before(first, months)
            while ends and ends[0][0] <= start:
                gone = heappop(ends)[1]
                inside[gone] -= 1
                total -= 0 if inside[gone] else self.weight(gone)
            inside[id_] = inside.get(id_, 0) + 1
            total += self.weight(id_) if inside[id_] == 1 else 0
            heappush(ends, (last, id_))
            if total > best:
                best, moment = total, first
        return best, moment

    def _is_counted(self, spans: Spans) -> bool:
        return self._start_ns is not None and bool(spans) and spans[-1] > self._start_ns

    def _recount(self, start_ns: int) -> None:
        self._due, self._moments, self._live = {}, [], 0
        for id_, spans in self._spans.items():
            if spans[-1] > start_ns:
                self._wait(spans[-1], id_)
                self._live += self.weight(id_)

    def _wait(self, moment_ns: int, id_: str) -> None:
        waiting = self._due.get(moment_ns)
        if waiting is None:
            waiting = self._due[moment_ns] = []
            heappush(self._moments, moment_ns)
        waiting.append(id_)
