"""Which sources run here: for each kind the best tier that works, and words for what is missing."""

from collections.abc import Callable, Container

from strandwatch.domain.observation import SourceReported
from strandwatch.ports import Clock, Handles, Source
from strandwatch.runtime.plan import SensorPlan
from strandwatch.runtime.tiers import BestOf
from strandwatch.sources.access import AccessSource
from strandwatch.sources.kernel.programs import LoadOptions
from strandwatch.sources.kernel.source import KernelSource, KernelSourceOptions
from strandwatch.sources.processes import ProcessReader
from strandwatch.sources.sockets_portable import PortableFlowSource


def choose_sources(
    plan: SensorPlan, clock: Clock, handles: Handles, own: Callable[[], Container[int]]
) -> tuple[list[Source], list[SourceReported]]:
    """Give the sources to run, and reports about those that cannot."""
    processes = ProcessReader(clock)
    sources: list[Source] = [
        BestOf("flows", _flow_sources(plan, clock, processes), clock),
        AccessSource(clock, handles, processes, own, ignored_prefixes=plan.ignore_paths),
    ]
    return sources, []


def _flow_sources(plan: SensorPlan, clock: Clock, processes: ProcessReader) -> list[Source]:
    kernel = KernelSource(
        clock,
        KernelSourceOptions(
            poll_seconds=plan.poll_milliseconds / 1000,
            load=LoadOptions(include_loopback=plan.include_loopback),
        ),
        processes,
    )
    portable = PortableFlowSource(
        clock,
        processes,
        poll_seconds=plan.poll_milliseconds / 1000,
        include_loopback=plan.include_loopback,
    )
    by_tier: dict[str, Source] = {"kernel": kernel, "portable": portable}
    if plan.flows == "auto":
        return list(by_tier.values())
    return [by_tier[plan.flows]]
