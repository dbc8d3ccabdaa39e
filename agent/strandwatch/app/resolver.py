"""The resolver as a plan wants it, for the agent and for commands that ask the same question."""

from pathlib import Path

from strandwatch.jurisdiction.networks import Override
from strandwatch.jurisdiction.opening import open_resolver
from strandwatch.jurisdiction.resolve import Resolver
from strandwatch.ports import Clock
from strandwatch.runtime.plan import JurisdictionPlan

FOLDER = "geoip"
"""Below the state directory: expanded and fetched databases."""


def open_planned_resolver(
    plan: JurisdictionPlan, state_directory: Path, clock: Clock, *, writable: bool
) -> Resolver:
    """Open the resolver; without `writable` the state directory is only read, where it can be."""
    return open_resolver(
        cache_directory=state_directory / FOLDER,
        cache_writable=writable,
        clock=clock,
        databases=[(one.kind, Path(one.path)) for one in plan.databases],
        replace_embedded=plan.replace_embedded,
        overrides=[
            Override(match=one.match, country=one.country, entity=one.entity, reason=one.reason)
            for one in plan.overrides
        ],
        entity_lists=[Path(path) for path in plan.entity_lists],
        destination_lists=[Path(path) for path in plan.destination_lists],
        anonymiser_feeds=[(one.name, Path(one.path)) for one in plan.anonymiser_feeds],
        nat64_prefixes=plan.nat64_prefixes,
        disputed_as=plan.disputed_as,
    )
