"""State: everything that a resolution rests on, replaced as a whole and never changed in place."""

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass, field

from strandwatch.domain.destination import CountryCode, NameEvidence, Signal, SignalKind
from strandwatch.domain.entity import EntityBook
from strandwatch.jurisdiction.addresses import RangeTable
from strandwatch.jurisdiction.databases import Database, Freshness
from strandwatch.jurisdiction.entities import Owners
from strandwatch.jurisdiction.names import NameBook
from strandwatch.jurisdiction.networks import NetworkRoles, Overrides

_MOST_SIGNALS = 20_000


class SignalPool:
    """Gives the same object for the same fact, so that many destinations share it."""

    def __init__(self) -> None:
        self._signals: dict[tuple[SignalKind, str, str], Signal] = {}

    def __len__(self) -> int:
        return len(self._signals)

    def said(self, kind: SignalKind, value: str, database: Database) -> Signal:
        """Give the signal that a database said this."""
        key = (kind, value, database.name)
        signal = self._signals.get(key)
        if signal is None:
            if len(self._signals) >= _MOST_SIGNALS:
                self._signals.clear()
            signal = self._signals[key] = Signal(
                kind, value, database.name, database.build_date, database.sha256
            )
        return signal


@dataclass(frozen=True, slots=True)
class AgedDatabase:
    """An open database with its age on the day of the state."""

    database: Database
    freshness: Freshness
    age_days: int


@dataclass(frozen=True, slots=True)
class Missing:
    """A database or feed that should be there and cannot be used."""

    name: str
    problem: str


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """Everything a resolution rests on; replaced as a whole, never changed."""

    databases: tuple[AgedDatabase, ...]
    missing: tuple[Missing, ...]
    entities: EntityBook
    owners: Owners
    names: NameBook
    roles: NetworkRoles
    overrides: Overrides
    relays: tuple[tuple[str, RangeTable], ...]
    nat64: tuple[ipaddress.IPv6Network, ...]
    concern: frozenset[CountryCode]
    disputed_as: Mapping[CountryCode, CountryCode]
    """What Crimea's two answers, UA and RU, are turned into; empty keeps both."""
    signals: SignalPool = field(default_factory=SignalPool)


@dataclass(frozen=True, slots=True)
class Query:
    """One question to the resolver; also the key under which its answer is kept."""

    address: str | None
    port: int | None
    server_name: str | None
    name_evidence: NameEvidence | None
    canonical: tuple[str, ...]
    encrypted_hello: bool
    cloud: str | None
    region: str | None
