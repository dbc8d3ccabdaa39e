"""Which sources run here: for each kind the best tier that works, and words for what is missing."""

from collections.abc import Callable, Container

from strandwatch.domain.observation import SourceReported
from strandwatch.ports import Clock, Handles, Source
from strandwatch.runtime.plan import SensorPlan
from strandwatch.sources.access import AccessSource
from strandwatch.sources.processes import ProcessReader


def choose_sources(
    plan: SensorPlan, clock: Clock, handles: Handles, own: Callable[[], Container[int]]
) -> tuple[list[Source], list[SourceReported]]:
    """Give the sources to run, and reports about those that cannot."""
    processes = ProcessReader(clock)
    sources: list[Source] = [
        AccessSource(clock, handles, processes, own, ignored_prefixes=plan.ignore_paths)
    ]
    return sources, []
