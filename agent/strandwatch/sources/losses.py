"""What a source could not see, counted, and told once a second."""

from collections import Counter

from strandwatch.domain.observation import LossReason, ObservationsLost
from strandwatch.ports import Clock, Emit

_BETWEEN_NS = 1_000_000_000


class Losses:
    """Counts losses by reason; a loss that could not be told is told with the next ones."""

    def __init__(self, clock: Clock, source: str) -> None:
        self._clock = clock
        self._source = source
        self._counts: Counter[LossReason] = Counter()
        self._told_ns: int | None = None

    def add(self, reason: LossReason, count: int = 1) -> None:
        """Count; zero changes nothing."""
        if count:
            self._counts[reason] += count

    def tell(self, emit: Emit) -> None:
        """Tell what was counted, at most once a second."""
        now_ns = self._clock.monotonic_ns()
        if not self._counts or (self._told_ns is not None and now_ns - self._told_ns < _BETWEEN_NS):
            return
        self._told_ns = now_ns
        at_ns = self._clock.now_ns()
        for reason, count in list(self._counts.items()):
            loss = ObservationsLost(at_ns=at_ns, source=self._source, count=count, reason=reason)
            if emit(loss):
                del self._counts[reason]
