"""Authorisations: whether somebody approved what a transfer carries to where it goes, that day."""

import ipaddress
from fnmatch import fnmatchcase

from strandwatch.core.datasets import is_in
from strandwatch.core.recipients import holds_on
from strandwatch.domain.destination import Destination
from strandwatch.domain.regime import Authorisation, Policy, Regime
from strandwatch.domain.transfer import CarriedFile, Transfer


def covering(
    transfer: Transfer, destination: Destination, regime: Regime, policy: Policy, day: str
) -> tuple[Authorisation | None, Authorisation | None]:
    """Give an authorisation that holds for a regime that day, and one that would but for the day.

    It must cover every file: data beside it were not approved.
    """
    fitting = [
        one
        for one in policy.authorisations
        if regime.id in one.regimes
        and _is_to(one, destination)
        and all(_is_of(one, carried, policy) for carried in transfer.files)
    ]
    valid = [one for one in fitting if holds_on(day, one.valid_from, one.valid_to)]
    past = [one for one in fitting if one.valid_to < day]
    return next(iter(valid), None), next(iter(past), None)


def _is_to(authorisation: Authorisation, destination: Destination) -> bool:
    names = {one.entity.casefold() for one in destination.controllers}
    return any(
        said.casefold() in names
        or fnmatchcase((destination.server_name or "").casefold(), said.casefold())
        or _is_in_network(destination.address, said)
        for said in authorisation.counterparties
    )


def _is_in_network(address: str | None, network: str) -> bool:
    try:
        return address is not None and ipaddress.ip_address(address) in ipaddress.ip_network(
            network
        )
    except ValueError:
        return False


def _is_of(authorisation: Authorisation, carried: CarriedFile, policy: Policy) -> bool:
    if not (authorisation.datasets or authorisation.paths or authorisation.runs):
        return True
    if is_in(carried, authorisation.paths, authorisation.runs):
        return True
    return any(
        is_in(carried, dataset.paths, dataset.runs)
        for dataset in policy.datasets
        if dataset.name in authorisation.datasets
    )
