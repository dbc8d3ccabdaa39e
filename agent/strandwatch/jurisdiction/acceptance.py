"""Acceptance: whether a new database may take the place of the one in use."""

from dataclasses import dataclass
from datetime import UTC, datetime

from strandwatch.errors import JurisdictionError
from strandwatch.jurisdiction.census import Census, take_census
from strandwatch.jurisdiction.databases import (
    Database,
    DatabaseFile,
    DatabaseKind,
    open_database,
)

_DAY_NS = 86_400 * 10**9
_LOCATED_CANARIES = {
    "175.45.176.1": "KP",
    "71.131.192.1": "CN",
    "39.108.90.31": "CN",
    "8.8.8.8": "US",
    "2400:3200::1": "CN",
}
_NETWORK_CANARIES = {"8.8.8.8": 15169, "71.131.192.1": 55960}
_MOST_TOLD = 6
_SMALL_COUNTRY = 1_000_000
"""A country of fewer IPv4 addresses may change by more: its share is a few networks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """What is in use now, or what comes nearest to it."""

    build_ns: int
    size_bytes: int
    census: Census
    same_series: bool
    """False when it is another provider's file: then only the census is compared, and loosely."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """A database that has passed, with what was learnt on the way."""

    database: Database
    census: Census


def accept(file: DatabaseFile, reference: Reference | None, now_ns: int) -> Accepted:
    """Try a candidate; raises JurisdictionError that names everything that speaks against it."""
    database = open_database(file)
    problems = _dates(database, reference, now_ns)
    problems += _size(file, reference)
    problems += _canaries(database)
    census: Census = {}
    if _tells_countries(database):
        census = take_census(file.path)
        problems += _shares(census, reference)
    if problems:
        raise JurisdictionError(f"{file.name} is not taken: {_told(problems)}")
    return Accepted(database, census)


def _told(problems: list[str]) -> str:
    more = len(problems) - _MOST_TOLD
    words = "; ".join(problems[:_MOST_TOLD])
    return f"{words}; and {more} more reasons" if more > 0 else words


def _tells_countries(database: Database) -> bool:
    words = ("ASN", "ISP", "Anonymous")
    return database.kind is not DatabaseKind.MAXMIND or not any(
        word in database.type for word in words
    )


def _dates(database: Database, reference: Reference | None, now_ns: int) -> list[str]:
    if database.build_ns > now_ns + _DAY_NS:
        return [f"its build date {database.build_date} is in the future"]
    if reference is not None and reference.same_series and database.build_ns < reference.build_ns:
        return [f"its build {database.build_date} is older than the {_day(reference)} in use"]
    return []


def _size(file: DatabaseFile, reference: Reference | None) -> list[str]:
    if reference is None or not reference.same_series:
        return []
    size = file.path.stat().st_size
    if reference.size_bytes <= 2 * size <= 4 * reference.size_bytes:
        return []
    return [f"it has {size} bytes and the one in use {reference.size_bytes}"]


def _canaries(database: Database) -> list[str]:
    problems: list[str] = []
    if _tells_countries(database):
        for address, country in _LOCATED_CANARIES.items():
            said = database.look_up(address, 6 if ":" in address else 4).country
            if said != country:
                problems.append(f"it puts {address} in {said}, not in {country}")
    if database.kind is DatabaseKind.PRIMARY or "ASN" in database.type or "ISP" in database.type:
        for address, asn in _NETWORK_CANARIES.items():
            found = database.look_up(address, 4).asn
            if found != asn:
                problems.append(f"it puts {address} in AS{found}, not in AS{asn}")
    return problems


def _shares(census: Census, reference: Reference | None) -> list[str]:
    """Compare with what is in use: within a tenth, or a quarter for another provider's file."""
    if reference is None or not reference.census:
        return [f"it knows no address in {c}" for c, share in census.items() if share.ipv4 == 0]
    allowed = 0.10 if reference.same_series else 0.25
    problems = []
    for country, old in reference.census.items():
        new = census[country].ipv4
        small = old.ipv4 < _SMALL_COUNTRY
        if new < old.ipv4 * (0.25 if small else 1 - allowed) or new > old.ipv4 * (
            4 if small else 1 + allowed
        ):
            problems.append(f"it has {new} addresses in {country} where {old.ipv4} were")
    return problems


def _day(reference: Reference) -> str:
    return datetime.fromtimestamp(reference.build_ns // 10**9, UTC).date().isoformat()
