"""Entities: who controls networks and names, with parents, listings and dates.

One model with two uses: the resolver goes from a network or a name to the entity and its parents, a
policy goes from a list (an entity list, a watch-list) to the entities that are on it on a day.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from strandwatch.domain.destination import Controller, CountryCode


class Tier(StrEnum):
    """How well it is known that a network belongs to an entity."""

    A = "A"
    """Registered in the entity's country, or unmistakable."""
    B = "B"
    """Registered elsewhere, parent in the entity's country."""
    REVIEW = "R"
    """Plausible, not proved: shown, never decides alone."""
    CLEARED = "cleared"
    """Taken for another country's by its name or registration, and is not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """An entity's time on a list, with the document that says so."""

    list: str
    valid_from: date
    valid_to: date | None
    source: str
    as_of: str

    def holds(self, on: date) -> bool:
        """Say whether the entity is on the list on that day; the last day counts."""
        return self.valid_from <= on and (self.valid_to is None or on <= self.valid_to)


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnedNetwork:
    """An AS number that an entity uses, and the name that a database should have for it."""

    asn: int
    tier: Tier
    name_pattern: str
    registered: CountryCode | None
    source: str
    as_of: str
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entity:
    """A company, institution or group, and the country whose jurisdiction it is under."""

    id: str
    name: str
    country: CountryCode
    parent: str | None
    source: str
    as_of: str
    listings: tuple[Listing, ...] = ()
    networks: tuple[OwnedNetwork, ...] = ()


@dataclass(frozen=True, slots=True)
class EntityBook:
    """All known entities by id; parents are in it and no chain of them is a circle."""

    entities: dict[str, Entity] = field(default_factory=dict)

    def chain(self, entity_id: str) -> tuple[Entity, ...]:
        """Give an entity and its parents, nearest first; empty for an unknown id."""
        found: list[Entity] = []
        at: str | None = entity_id
        while at is not None and at in self.entities:
            found.append(self.entities[at])
            at = self.entities[at].parent
        return tuple(found)

    def controllers(self, entity_id: str) -> tuple[Controller, ...]:
        """Give the chain as controllers."""
        return tuple(Controller(entity.name, entity.country) for entity in self.chain(entity_id))

    def names_on(self, list_id: str, on: date) -> frozenset[str]:
        """Give the names of all entities that are on a list that day, themselves or by a parent."""
        return frozenset(
            entity.name
            for entity in self.entities.values()
            if _listed(self.chain(entity.id), list_id, on)
        )

    def lists(self) -> frozenset[str]:
        """Give the ids of all lists that any entity is on."""
        return frozenset(row.list for entity in self.entities.values() for row in entity.listings)


def _listed(chain: Iterable[Entity], list_id: str, on: date) -> bool:
    return any(row.list == list_id and row.holds(on) for entity in chain for row in entity.listings)
