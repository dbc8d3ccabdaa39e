"""One source out of several: the best that starts, and one that only runs when it is needed."""

import threading
from collections.abc import Callable, Sequence

import structlog

from strandwatch.domain.observation import SourceReported
from strandwatch.errors import SourceError, StrandwatchError
from strandwatch.ports import Clock, Emit, Source

log = structlog.get_logger()


class BestOf:
    """Runs the first of its sources that can start; passes `ports.Source`.

    Whether a source works is found by starting it, never by a version number. After a failure the
    better ones are tried again first.
    """

    def __init__(self, kind: str, candidates: Sequence[Source], clock: Clock) -> None:
        self._kind = kind
        self._candidates = candidates
        self._clock = clock
        self._active: Source | None = None
        self._refused: list[str] = []

    @property
    def name(self) -> str:
        """The name of the source at work, else of the kind."""
        return self._kind if self._active is None else self._active.name

    @property
    def tier(self) -> str:
        """The tier of the source at work."""
        return "none" if self._active is None else self._active.tier

    def start(self) -> None:
        """Start the best that works; raises SourceError with all the reasons when none does."""
        self._active = None
        self._refused = []
        for source in self._candidates:
            try:
                source.start()
            except StrandwatchError as error:
                source.stop()
                self._refused.append(f"{source.tier} tier refused: {error}")
                log.info("tier_refused", source=source.name, tier=source.tier, why=str(error))
            else:
                self._active = source
                return
        raise SourceError("; ".join(self._refused) or "there is no such source")

    def run(self, emit: Emit) -> None:
        """Say which tier it is, and why not a better one; then run it."""
        source = self._active
        if source is None:
            raise SourceError(f"{self._kind} was not started")
        emit(
            SourceReported(
                at_ns=self._clock.now_ns(),
                source=source.name,
                tier=source.tier,
                working=True,
                note="; ".join(self._refused),
            )
        )
        source.run(emit)

    def stop(self) -> None:
        """Stop whichever is at work."""
        if self._active is not None:
            self._active.stop()


class Standby:
    """Runs its source unless another one already tells the same; passes `ports.Source`."""

    def __init__(self, kind: str, source: Source, unless: Callable[[], bool]) -> None:
        self._kind = kind
        self._source = source
        self._unless = unless
        self._needed = False
        self._stopped = threading.Event()

    @property
    def name(self) -> str:
        """The name of the source at work, else of the kind."""
        return self._source.name if self._needed else self._kind

    @property
    def tier(self) -> str:
        """The tier of the source at work; kernel when the kernel tells by another way."""
        return self._source.tier if self._needed else "kernel"

    def start(self) -> None:
        """Start the source, if nothing else tells what it would."""
        self._stopped.clear()
        self._needed = not self._unless()
        if self._needed:
            self._source.start()

    def run(self, emit: Emit) -> None:
        """Run the source, or do nothing until stopped."""
        if self._needed:
            self._source.run(emit)
        else:
            self._stopped.wait()

    def stop(self) -> None:
        """Stop the source or the waiting."""
        self._stopped.set()
        self._source.stop()
