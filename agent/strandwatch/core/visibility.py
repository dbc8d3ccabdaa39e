"""What the agent can see: the state of each source and what was lost, for every alert to say."""

from collections import Counter, deque

from strandwatch.domain.alert import Visibility
from strandwatch.domain.observation import ObservationsLost, SourceReported

LOSSES_KEPT = 10_000
FLOW_SOURCES = "flows."


class Sight:
    """Sources by name, and the losses of late."""

    def __init__(self) -> None:
        self._sources: dict[str, SourceReported] = {}
        self._losses: deque[ObservationsLost] = deque(maxlen=LOSSES_KEPT)
        self._unrecorded: Counter[tuple[str, str]] = Counter()

    def reported(self, report: SourceReported) -> None:
        """Take in a source's state."""
        self._sources[report.source] = report

    def lost(self, loss: ObservationsLost) -> None:
        """Take in a loss."""
        self._losses.append(loss)
        self._unrecorded[loss.source, loss.reason] += loss.count

    def take_losses(self) -> dict[tuple[str, str], int]:
        """Give the losses since the last call, added up by source and reason."""
        taken, self._unrecorded = self._unrecorded, Counter()
        return taken

    def since(self, start_ns: int) -> Visibility:
        """Give what could be seen since a moment: flow tier, losses, and what each source lacks."""
        tiers = [
            report.tier
            for name, report in self._sources.items()
            if name.startswith(FLOW_SOURCES) and report.working
        ]
        return Visibility(
            tier=tiers[0] if tiers else "none",
            lost=sum(loss.count for loss in self._losses if loss.at_ns >= start_ns),
            notes=tuple(
                f"{name}: {report.note or 'not working'}"
                for name, report in sorted(self._sources.items())
                if report.note or not report.working
            ),
        )
