"""Which sources run here: for each kind the best tier that works."""

from collections.abc import Callable, Container

from strandwatch.ports import Clock, Handles, Source
from strandwatch.runtime.plan import SensorPlan
from strandwatch.runtime.tiers import BestOf, Standby
from strandwatch.sources.access import AccessSource
from strandwatch.sources.access_portable import HeldFilesSource
from strandwatch.sources.kernel.programs import LoadOptions
from strandwatch.sources.kernel.source import KernelSource, KernelSourceOptions
from strandwatch.sources.landing import LandingSource
from strandwatch.sources.names import NameSource
from strandwatch.sources.process_connector import ProcessConnectorSource
from strandwatch.sources.process_polling import ProcessPollingSource
from strandwatch.sources.processes import ProcessReader
from strandwatch.sources.sockets_netlink import NetlinkFlowSource
from strandwatch.sources.sockets_portable import PortableFlowSource


def choose_sources(
    plan: SensorPlan, clock: Clock, handles: Handles, own: Callable[[], Container[int]]
) -> list[Source]:
    """Give the sources to run, in the order in which they are to start."""
    processes = ProcessReader(clock)
    flows = BestOf("flows", _flow_sources(plan, clock, processes), clock)
    told: list[Source] = [
        ProcessConnectorSource(clock, processes),
        ProcessPollingSource(clock, processes),
    ]
    polled = BestOf("processes", told, clock)
    sources: list[Source] = [
        flows,
        # The kernel's flow source tells of processes too, every one of them and at once.
        Standby("processes", polled, unless=lambda: flows.tier == "kernel"),
        BestOf("access", _access_sources(plan, clock, handles, processes, own), clock),
    ]
    if plan.directories:
        sources.append(LandingSource(clock, handles, plan.directories))
    if plan.names:
        sources.append(NameSource(clock, processes))
    return sources


def _flow_sources(plan: SensorPlan, clock: Clock, processes: ProcessReader) -> list[Source]:
    seconds = plan.poll_milliseconds / 1000
    load = LoadOptions(include_loopback=plan.include_loopback)
    by_tier: dict[str, Source] = {
        "kernel": KernelSource(
            clock, KernelSourceOptions(poll_seconds=seconds, load=load), processes
        ),
        "netlink": NetlinkFlowSource(
            clock, processes, poll_seconds=seconds, include_loopback=plan.include_loopback
        ),
        "portable": PortableFlowSource(
            clock, processes, poll_seconds=seconds, include_loopback=plan.include_loopback
        ),
    }
    return list(by_tier.values()) if plan.flows == "auto" else [by_tier[plan.flows]]


def _access_sources(
    plan: SensorPlan,
    clock: Clock,
    handles: Handles,
    processes: ProcessReader,
    own: Callable[[], Container[int]],
) -> list[Source]:
    by_tier: dict[str, Source] = {
        "fanotify": AccessSource(
            clock, handles, processes, own, ignored_prefixes=plan.ignore_paths
        ),
        "portable": HeldFilesSource(
            clock,
            handles,
            processes,
            own,
            poll_seconds=plan.poll_milliseconds / 1000,
            ignored_prefixes=plan.ignore_paths,
        ),
    }
    return list(by_tier.values()) if plan.files == "auto" else [by_tier[plan.files]]
