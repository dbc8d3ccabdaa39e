from strandwatch.domain.observation import LossReason, ObservationsLost
from strandwatch.sources.losses import Losses
from support.sources import SystemClock
from support.watching import Collected


class HandClock(SystemClock):
    """A clock that a test turns."""

    at_ns = 0

    def monotonic_ns(self) -> int:
        return self.at_ns


def told(seen: Collected) -> list[tuple[int, LossReason]]:
    return [(each.count, each.reason) for each in seen.of(ObservationsLost)]


def test_losses_are_told_together_once_a_second() -> None:
    clock, seen = HandClock(), Collected()
    losses = Losses(clock, "names")
    losses.add(LossReason.VANISHED)
    losses.tell(seen.emit)
    for _ in range(5):
        losses.add(LossReason.VANISHED)
        losses.tell(seen.emit)
    clock.at_ns += 1_000_000_000
    losses.add(LossReason.LIMIT, 3)

    losses.tell(seen.emit)

    assert told(seen) == [(1, LossReason.VANISHED), (5, LossReason.VANISHED), (3, LossReason.LIMIT)]


def test_nothing_lost_is_not_told() -> None:
    seen = Collected()
    losses = Losses(HandClock(), "names")
    losses.add(LossReason.LIMIT, 0)

    losses.tell(seen.emit)

    assert told(seen) == []


def test_a_loss_that_was_not_taken_is_told_with_the_next() -> None:
    clock, seen = HandClock(), Collected()
    losses = Losses(clock, "names")
    losses.add(LossReason.VANISHED)
    losses.tell(lambda _: False)
    clock.at_ns += 1_000_000_000
    losses.add(LossReason.VANISHED)

    losses.tell(seen.emit)

    assert told(seen) == [(2, LossReason.VANISHED)]
