"""Explaining: what a person typed, an address, a name, a network or an AS number, taken apart."""

import ipaddress
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TypeVar

from strandwatch.domain.destination import Confidence, Destination
from strandwatch.jurisdiction.addresses import Network, last_of_special, parse, split_host
from strandwatch.jurisdiction.resolve import Resolver
from strandwatch.jurisdiction.state import State

_T = TypeVar("_T")
_MOST_BLOCKS = 20_000
_MOST_SIGNALS = 100
_AS_NUMBER = re.compile(r"AS([0-9]{1,10})", re.IGNORECASE)


class ArgumentKind(StrEnum):
    """What an argument was taken for."""

    ADDRESS = "address"
    NAME = "name"
    NETWORK = "network"
    AS_NUMBER = "as_number"


@dataclass(frozen=True, slots=True)
class Part:
    """A run of addresses in a network that share one conclusion."""

    first: str
    last: str
    addresses: int
    destination: Destination


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """The answer to one argument; a network also has its parts."""

    argument: str
    kind: ArgumentKind
    destination: Destination
    parts: tuple[Part, ...] = ()
    complete: bool = True
    """False when a network had more differing blocks than are looked at."""


def explain(resolver: Resolver, text: str) -> Explanation:
    """Explain one argument; never raises for what a person may type."""
    argument = text.strip()
    network = _network(argument)
    if network is not None:
        return _explain_network(resolver, argument, network)
    number = _AS_NUMBER.fullmatch(argument)
    if number is not None and 0 < int(number[1]) < 1 << 32:
        destination = resolver.resolve_network(int(number[1]))
        return Explanation(argument=argument, kind=ArgumentKind.AS_NUMBER, destination=destination)
    host, _ = split_host(argument)
    kind = ArgumentKind.NAME if parse(host) is None else ArgumentKind.ADDRESS
    return Explanation(
        argument=argument, kind=kind, destination=resolver.resolve_argument(argument)
    )


def _network(text: str) -> Network | None:
    if "/" not in text:
        return None
    try:
        return ipaddress.ip_network(text, strict=False)
    except ValueError:
        return None


def _explain_network(resolver: Resolver, argument: str, network: Network) -> Explanation:
    parts: list[Part] = []
    complete = True
    for seen, (first, last) in enumerate(_blocks(resolver.state, network)):
        if seen >= _MOST_BLOCKS:
            complete = False
            break
        answer = replace(resolver.resolve(_text(network, first)), address=None)
        if parts and parts[-1].destination == answer:
            before = parts.pop()
            first = int(ipaddress.ip_address(before.first))
        size = last - first + 1
        parts.append(Part(_text(network, first), _text(network, last), size, answer))
    return Explanation(
        argument=argument,
        kind=ArgumentKind.NETWORK,
        destination=_together(str(network), parts, complete=complete),
        parts=tuple(parts),
        complete=complete,
    )


def _blocks(state: State, network: Network) -> Iterator[tuple[int, int]]:
    """Walk a network in blocks within which no source changes its answer."""
    at, end = int(network.network_address), int(network.broadcast_address)
    while at <= end:
        last = min(end, *_ends(state, network, at))
        yield at, last
        at = last + 1


def _ends(state: State, network: Network, at: int) -> Iterator[int]:
    version, bits = network.version, network.max_prefixlen
    yield last_of_special(version, at)
    yield state.overrides.last_alike(version, at)
    for _, table in state.relays:
        yield table.last_alike(version, at)
    for aged in state.databases:
        length = aged.database.prefix_length(_text(network, at), version)
        yield at | ((1 << (bits - min(length, bits))) - 1)


def _text(network: Network, number: int) -> str:
    kind = ipaddress.IPv4Address if network.version == 4 else ipaddress.IPv6Address
    return str(kind(number))


def _together(text: str, parts: list[Part], *, complete: bool) -> Destination:
    """Give what holds of the whole network: every country, and the least confidence."""
    by_size = [part.destination for part in sorted(parts, key=lambda p: p.addresses, reverse=True)]
    confidences = [part.confidence for part in by_size if not part.internal]
    if not complete:
        confidences.append(Confidence.UNKNOWN)
    return Destination(
        address=text,
        countries=_union(part.countries for part in by_size),
        controllers=_union(part.controllers for part in by_size),
        jurisdictions=_union(part.jurisdictions for part in by_size),
        confidence=_least(confidences),
        disagreement=any(part.disagreement for part in by_size),
        internal=all(part.internal for part in by_size),
        signals=_union(part.signals for part in by_size)[:_MOST_SIGNALS],
        claims=_union(part.claims for part in by_size),
        location_confidence=_least(part.location_confidence for part in by_size),
        control_confidence=_least(part.control_confidence for part in by_size),
        caveats=_union(part.caveats for part in by_size),
    )


def _least(confidences: Iterable[Confidence]) -> Confidence:
    order = list(Confidence)
    return max(confidences, key=order.index, default=Confidence.UNKNOWN)


def _union(rows: Iterable[tuple[_T, ...]]) -> tuple[_T, ...]:
    return tuple(dict.fromkeys(item for row in rows for item in row))
