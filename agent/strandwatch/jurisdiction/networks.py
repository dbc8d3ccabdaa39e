"""Networks: which AS numbers and ranges change what an address means, and operators' overrides."""

import ipaddress
import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from strandwatch.domain.destination import CountryCode
from strandwatch.errors import ConfigurationError, JurisdictionError
from strandwatch.jurisdiction.addresses import Network, NormalAddress, RangeTable, parse
from strandwatch.jurisdiction.countries import country_code
from strandwatch.jurisdiction.names import UnusableNameError, normalise_name
from strandwatch.jurisdiction.tables import (
    Reader,
    Row,
    Source,
    is_as_number,
    is_day,
    is_pattern,
    is_text,
    one_of,
)

_LARGEST_FEED_BYTES = 64 << 20


class Role(StrEnum):
    """How a network changes what its addresses mean."""

    ANYCAST = "anycast"
    SHARED_HOSTING = "shared_hosting"
    CRIMEA = "crimea"


@dataclass(frozen=True, slots=True)
class RoleRow:
    """One curated network with its role."""

    asn: int
    role: Role
    name_pattern: re.Pattern[str]
    prefixes: tuple[Network, ...]
    source: str
    as_of: str


class NetworkRoles:
    """Says which roles a network plays; a row whose AS number has changed hands is not used."""

    def __init__(self, rows: Iterable[RoleRow]) -> None:
        self._rows: dict[int, list[RoleRow]] = {}
        for row in rows:
            self._rows.setdefault(row.asn, []).append(row)

    def roles(self, asn: int, as_name: str | None, address: NormalAddress) -> tuple[RoleRow, ...]:
        """Give the rows that hold for this address in this network."""
        rows = self._rows.get(asn)
        if rows is None:
            return ()
        return tuple(row for row in rows if _holds(row, as_name, address))

    def rows(self) -> list[RoleRow]:
        """Give every row."""
        return [row for rows in self._rows.values() for row in rows]


def _holds(row: RoleRow, as_name: str | None, address: NormalAddress) -> bool:
    if as_name is not None and not row.name_pattern.search(as_name.lower()):
        return False
    return not row.prefixes or any(
        network.version == address.version
        and int(network.network_address) <= address.number <= int(network.broadcast_address)
        for network in row.prefixes
    )


def read_roles(sources: Iterable[Source]) -> NetworkRoles:
    """Read network roles; raises ConfigurationError naming every bad row."""
    reader = Reader()
    rows: list[RoleRow] = []
    required = {
        "asn": is_as_number,
        "role": one_of(*(role.value for role in Role)),
        "name_pattern": is_pattern,
        "source": is_text,
        "as_of": is_day,
    }
    optional = {"prefixes": _is_prefixes, "note": is_text}
    for source in sources:
        document = reader.document(source, ("cloud", "name", "tld", "network"))
        for row in document.get("network", ()):
            where = f"{source.name}: AS{row.get('asn', '?')}"
            if reader.row(row, where, required, optional):
                rows.append(_role_row(row))
    reader.finish()
    return NetworkRoles(rows)


def _role_row(row: Row) -> RoleRow:
    prefixes = tuple(ipaddress.ip_network(prefix) for prefix in row.get("prefixes", ()))
    pattern = re.compile(row["name_pattern"])
    return RoleRow(row["asn"], Role(row["role"]), pattern, prefixes, row["source"], row["as_of"])


def _is_prefixes(value: object) -> bool:
    return isinstance(value, list) and all(_network(item) is not None for item in value)


def _network(text: object) -> Network | None:
    try:
        return ipaddress.ip_network(text) if isinstance(text, str) else None
    except ValueError:
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Override:
    """An operator's word about a destination: a prefix, "AS64496" or a name's suffix."""

    match: str
    country: CountryCode
    entity: str | None = None
    reason: str = ""
    as_of: str | None = None


class Overrides:
    """Finds the operator's word; the narrowest prefix and the longest suffix win."""

    def __init__(self, rows: Iterable[Override]) -> None:
        problems: list[str] = []
        ranges: list[tuple[Network, str]] = []
        self._by_range: dict[str, Override] = {}
        self._by_asn: dict[int, Override] = {}
        self._by_suffix: dict[str, Override] = {}
        for row in rows:
            if country_code(row.country) != row.country:
                problems.append(f"override {row.match!r}: {row.country!r} is not a country code")
            elif (network := _network_or_address(row.match)) is not None:
                ranges.append((network, row.match))
                self._by_range[row.match] = row
            elif re.fullmatch(r"AS[0-9]{1,10}", row.match):
                self._by_asn[int(row.match[2:])] = row
            else:
                self._add_suffix(row, problems)
        if problems:
            raise ConfigurationError(tuple(problems))
        self._ranges = RangeTable(ranges)

    def _add_suffix(self, row: Override, problems: list[str]) -> None:
        try:
            self._by_suffix[normalise_name(row.match.removeprefix("."))] = row
        except UnusableNameError as error:
            problems.append(f"override {row.match!r}: {error}")

    def by_address(self, address: NormalAddress) -> Override | None:
        """Give the override of the narrowest prefix around an address."""
        match = self._ranges.find(address.version, address.number)
        return None if match is None else self._by_range[match]

    def last_alike(self, version: int, number: int) -> int:
        """Give the last address up to which the same prefix, or none, has the word."""
        return self._ranges.last_alike(version, number)

    def by_asn(self, asn: int) -> Override | None:
        """Give the override of an AS number."""
        return self._by_asn.get(asn)

    def by_name(self, name: str) -> Override | None:
        """Give the override of the longest suffix of a name."""
        suffix = name if self._by_suffix else ""
        while suffix:
            row = self._by_suffix.get(suffix)
            if row is not None:
                return row
            suffix = suffix.partition(".")[2]
        return None


def _network_or_address(text: str) -> Network | None:
    network = _network(text)
    if network is None and (address := parse(text)) is not None:
        return ipaddress.ip_network(address)
    return network


@dataclass(frozen=True, slots=True)
class AnonymiserFeed:
    """A list of relays, such as the Tor project's exit list, as the operator gave it."""

    name: str
    path: Path


def read_feed(feed: AnonymiserFeed) -> RangeTable:
    """Read a feed: one address or prefix a line, `#` and `;` begin remarks.

    Raises JurisdictionError when it is missing, or when a line is something else: a web page in the
    list's place must not count as a list of nothing.
    """
    try:
        if feed.path.stat().st_size > _LARGEST_FEED_BYTES:
            raise JurisdictionError(f"feed {feed.name} is larger than 64 MiB")
        lines = feed.path.read_text(encoding="ascii").splitlines()
    except (OSError, ValueError) as error:
        raise JurisdictionError(f"feed {feed.name}: {error}") from error
    rows: list[tuple[Network, str]] = []
    for number, line in enumerate(lines, start=1):
        text = re.split("[#;]", line, maxsplit=1)[0].strip()
        if not text:
            continue
        network = _network_or_address(text)
        if network is None:
            raise JurisdictionError(f"feed {feed.name}, line {number}: not an address or a prefix")
        rows.append((network, feed.name))
    return RangeTable(rows)
