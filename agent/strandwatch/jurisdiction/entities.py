"""Entities: reads the curated lists of who controls what, and finds the owner of an AS number."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import structlog

from strandwatch.domain.entity import Entity, EntityBook, Listing, OwnedNetwork, Tier
from strandwatch.jurisdiction.tables import (
    Reader,
    Row,
    Source,
    is_as_number,
    is_country,
    is_date,
    is_day,
    is_pattern,
    is_tables,
    is_text,
    one_of,
)

log = structlog.get_logger()

_DATED = {"source": is_text, "as_of": is_day}
_ENTITY = {"id": is_text, "name": is_text, "country": is_country, **_DATED}
_ENTITY_MORE = {"parent": is_text, "listing": is_tables, "network": is_tables}
_LISTING = {"list": is_text, "from": is_date, **_DATED}
_NETWORK = {
    "asn": is_as_number,
    "tier": one_of(*(tier.value for tier in Tier)),
    "name_pattern": is_pattern,
    **_DATED,
}


def read_entities(sources: Iterable[Source]) -> EntityBook:
    """Read entity lists; raises ConfigurationError naming every bad row."""
    reader = Reader()
    entities: dict[str, Entity] = {}
    for source in sources:
        for row in reader.document(source, ("entity",)).get("entity", ()):
            entity = _entity(reader, row, f"{source.name}: entity {row.get('id', '?')}")
            if entity is None:
                continue
            if entity.id in entities:
                reader.problems.append(f"{source.name}: entity {entity.id} is there twice")
            entities[entity.id] = entity
    _check_parents(reader, entities)
    _check_networks(reader, entities.values())
    reader.finish()
    return EntityBook(entities)


def _entity(reader: Reader, row: Row, where: str) -> Entity | None:
    if not reader.row(row, where, _ENTITY, _ENTITY_MORE):
        return None
    listings = [
        Listing(
            list=item["list"],
            valid_from=item["from"],
            valid_to=item.get("to"),
            source=item["source"],
            as_of=item["as_of"],
        )
        for item in row.get("listing", ())
        if reader.row(item, f"{where}, listing", _LISTING, {"to": is_date})
    ]
    networks = [
        _network(item)
        for item in row.get("network", ())
        if reader.row(
            item,
            f"{where}, AS{item.get('asn', '?')}",
            _NETWORK,
            {"registered": is_country, "note": is_text},
        )
    ]
    return Entity(
        id=row["id"],
        name=row["name"],
        country=row["country"],
        parent=row.get("parent"),
        source=row["source"],
        as_of=row["as_of"],
        listings=tuple(listings),
        networks=tuple(networks),
    )


def _network(row: Row) -> OwnedNetwork:
    return OwnedNetwork(
        asn=row["asn"],
        tier=Tier(row["tier"]),
        name_pattern=row["name_pattern"],
        registered=row.get("registered"),
        source=row["source"],
        as_of=row["as_of"],
        note=row.get("note", ""),
    )


def _check_parents(reader: Reader, entities: dict[str, Entity]) -> None:
    for entity in entities.values():
        seen = {entity.id}
        parent = entity.parent
        while parent is not None:
            if parent not in entities:
                reader.problems.append(f"entity {entity.id}: parent {parent} is not known")
                break
            if parent in seen:
                reader.problems.append(f"entity {entity.id}: its parents form a circle")
                break
            seen.add(parent)
            parent = entities[parent].parent


def _check_networks(reader: Reader, entities: Iterable[Entity]) -> None:
    owners: dict[int, str] = {}
    for entity in entities:
        for network in entity.networks:
            other = owners.setdefault(network.asn, entity.id)
            if other != entity.id:
                reader.problems.append(f"AS{network.asn} belongs to {other} and to {entity.id}")


@dataclass(frozen=True, slots=True)
class Owner:
    """The entity behind an AS number, and how well that is known for this network."""

    entity: Entity
    network: OwnedNetwork
    tier: Tier


class Owners:
    """Finds owners; a network whose name is not the expected one needs review."""

    def __init__(self, book: EntityBook) -> None:
        self._rows = {
            network.asn: (entity, network, re.compile(network.name_pattern))
            for entity in book.entities.values()
            for network in entity.networks
        }
        self._answers: dict[tuple[int, str | None], Owner] = {}

    def owner(self, asn: int, as_name: str | None) -> Owner | None:
        """Give the owner; without a name from a database the row is believed."""
        row = self._rows.get(asn)
        if row is None:
            return None
        answer = self._answers.get((asn, as_name))
        if answer is None:
            answer = self._answers[asn, as_name] = _judged(*row, as_name)
        return answer

    def rows(self) -> Sequence[tuple[Entity, OwnedNetwork]]:
        """Give every curated AS number with its entity."""
        return [(entity, network) for entity, network, _ in self._rows.values()]


def _judged(
    entity: Entity, network: OwnedNetwork, pattern: re.Pattern[str], as_name: str | None
) -> Owner:
    if as_name is None or pattern.search(as_name.lower()):
        return Owner(entity, network, network.tier)
    log.warning("owner_name_mismatched", asn=network.asn, entity=entity.id, as_name=as_name)
    return Owner(entity, network, Tier.REVIEW)
