"""Opening: puts a resolver together from embedded data and from what the operator gave."""

import ipaddress
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path

import structlog

from strandwatch.domain.destination import CountryCode
from strandwatch.domain.entity import EntityBook
from strandwatch.errors import ConfigurationError
from strandwatch.jurisdiction.addresses import nat64_prefix
from strandwatch.jurisdiction.collect import collect, library_in
from strandwatch.jurisdiction.countries import COUNTRIES_OF_CONCERN
from strandwatch.jurisdiction.databases import Database, DatabaseKind, Freshness
from strandwatch.jurisdiction.entities import Owners, read_entities
from strandwatch.jurisdiction.names import read_names
from strandwatch.jurisdiction.networks import (
    AnonymiserFeed,
    Override,
    Overrides,
    read_feed,
    read_roles,
)
from strandwatch.jurisdiction.resolve import Resolver
from strandwatch.jurisdiction.state import AgedDatabase, State
from strandwatch.ports import Clock

log = structlog.get_logger()

_DAY_NS = 86_400 * 10**9
_DISPUTED: dict[str, dict[CountryCode, CountryCode]] = {
    "both": {},
    "UA": {"RU": "UA"},
    "RU": {"UA": "RU"},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Inputs:
    """What a state is built from."""

    cache_directory: Path | None
    cache_writable: bool
    clock: Clock
    databases: tuple[tuple[DatabaseKind, Path], ...]
    replace_embedded: bool
    overrides: tuple[Override, ...]
    entity_lists: tuple[Path, ...]
    destination_lists: tuple[Path, ...]
    feeds: tuple[AnonymiserFeed, ...]
    nat64: tuple[ipaddress.IPv6Network, ...]
    concern: frozenset[CountryCode]
    disputed_as: dict[CountryCode, CountryCode]


def open_resolver(
    *,
    cache_directory: Path | None,
    clock: Clock,
    cache_writable: bool = True,
    databases: Sequence[tuple[str, Path]] = (),
    replace_embedded: bool = False,
    overrides: Sequence[Override] = (),
    entity_lists: Sequence[Path] = (),
    destination_lists: Sequence[Path] = (),
    anonymiser_feeds: Sequence[tuple[str, Path]] = (),
    nat64_prefixes: Sequence[str] = (),
    concern: frozenset[CountryCode] = COUNTRIES_OF_CONCERN,
    disputed_as: str = "both",
) -> Resolver:
    """Open a resolver; a database that cannot be used is named in `missing`, and all else goes on.

    `cache_directory` must belong to this user: expanded databases live there. With None they go to
    a directory that is removed again at once, as with `cache_writable` off, where what is already
    in the cache is used all the same. `databases` are pairs of a `DatabaseKind` and a path;
    `replace_embedded` leaves out the embedded ones. Raises ConfigurationError for bad arguments and
    bad lists, naming them all.
    """
    problems: list[str] = []
    inputs = _Inputs(
        cache_directory=cache_directory,
        cache_writable=cache_writable,
        clock=clock,
        databases=tuple(_kinds(databases, problems)),
        replace_embedded=replace_embedded,
        overrides=tuple(overrides),
        entity_lists=tuple(entity_lists),
        destination_lists=tuple(destination_lists),
        feeds=tuple(AnonymiserFeed(name, path) for name, path in anonymiser_feeds),
        nat64=tuple(_prefixes(nat64_prefixes, problems)),
        concern=concern,
        disputed_as=_disputed(disputed_as, problems),
    )
    if problems:
        raise ConfigurationError(tuple(problems))
    return Resolver(_Builder(inputs).build)


def _kinds(
    databases: Sequence[tuple[str, Path]], problems: list[str]
) -> Iterator[tuple[DatabaseKind, Path]]:
    for kind, path in databases:
        try:
            yield DatabaseKind(kind), path
        except ValueError:
            problems.append(f"address database {path.name}: no kind is called {kind!r}")


def _prefixes(texts: Sequence[str], problems: list[str]) -> Iterator[ipaddress.IPv6Network]:
    for text in texts:
        prefix = nat64_prefix(text)
        if prefix is None:
            problems.append(f"NAT64 prefix {text!r}: needs a length of 32, 40, 48, 56, 64 or 96")
        else:
            yield prefix


def _disputed(word: str, problems: list[str]) -> dict[CountryCode, CountryCode]:
    if word not in _DISPUTED:
        problems.append(f"disputed_as cannot be {word!r}: both, UA or RU")
        return {}
    return _DISPUTED[word]


class _Builder:
    """Builds states, and knows by the files' marks when a new one is needed."""

    def __init__(self, inputs: _Inputs) -> None:
        self._inputs = inputs
        self._marks: tuple[object, ...] = ()

    def build(self, current: State | None) -> State:
        """Give a new state, or the current one when neither files nor the day have changed."""
        inputs = self._inputs
        now_ns = inputs.clock.now_ns()
        marks = (now_ns // _DAY_NS, *map(_mark, self._watched()))
        if current is not None and marks == self._marks:
            return current
        state = _state(inputs, now_ns)
        self._marks = marks
        return state

    def _watched(self) -> Iterator[Path]:
        inputs = self._inputs
        yield from (path for _, path in inputs.databases)
        yield from inputs.entity_lists
        yield from inputs.destination_lists
        yield from (feed.path for feed in inputs.feeds)
        if inputs.cache_directory is not None:
            yield library_in(inputs.cache_directory).index


def _mark(path: Path) -> object:
    try:
        status = path.stat()
    except OSError:
        return None
    return (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns)


def _state(inputs: _Inputs, now_ns: int) -> State:
    data = resources.files("strandwatch.data")
    config = data / "config"
    entities = curated_entities(inputs.entity_lists)
    lists = (*_toml(config / "destinations"), *inputs.destination_lists)
    collection = collect(
        inputs.cache_directory,
        inputs.databases,
        data / "geoip",
        replace_embedded=inputs.replace_embedded,
        writable=inputs.cache_writable,
    )
    relays = tuple(
        (feed.name, table)
        for feed in inputs.feeds
        if (table := collection.attempt(partial(read_feed, feed), feed.name)) is not None
    )
    return State(
        databases=tuple(_aged(database, now_ns) for database in collection.databases),
        missing=tuple(collection.missing),
        entities=entities,
        owners=Owners(entities),
        names=read_names(lists, entities),
        roles=read_roles(lists),
        overrides=Overrides(inputs.overrides),
        relays=relays,
        nat64=inputs.nat64,
        concern=inputs.concern,
        disputed_as=inputs.disputed_as,
    )


def curated_entities(more: Sequence[Path] = ()) -> EntityBook:
    """Read the curated entities, and the operator's; raises ConfigurationError naming bad rows."""
    folder = resources.files("strandwatch.data") / "config" / "entities"
    return read_entities((*_toml(folder), *more))


def _toml(folder: Traversable) -> list[Traversable]:
    rows = (row for row in folder.iterdir() if row.name.endswith(".toml"))
    return sorted(rows, key=lambda row: row.name)


def _aged(database: Database, now_ns: int) -> AgedDatabase:
    freshness = database.freshness(now_ns)
    if freshness is not Freshness.FRESH:
        age = database.age_days(now_ns)
        log.warning("address_data_aged", database=database.name, days=age, state=freshness)
    return AgedDatabase(database, freshness, database.age_days(now_ns))
