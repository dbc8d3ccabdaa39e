"""Census: how much of the address space a database puts in each country of concern."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import maxminddb

from strandwatch.domain.destination import CountryCode
from strandwatch.errors import JurisdictionError
from strandwatch.jurisdiction.countries import COUNTRIES_OF_CONCERN
from strandwatch.jurisdiction.records import record_from

Census = dict[CountryCode, "Share"]


@dataclass(frozen=True, slots=True)
class Share:
    """A country's part: IPv4 addresses, and IPv6 in networks of 48 bits."""

    ipv4: int
    ipv6_48: int


def take_census(path: Path) -> Census:
    """Count every network of a database; raises JurisdictionError for broken content."""
    ipv4 = dict.fromkeys(sorted(COUNTRIES_OF_CONCERN), 0)
    ipv6 = dict.fromkeys(ipv4, 0)
    try:
        with maxminddb.open_database(path, maxminddb.MODE_AUTO) as reader:
            for network, record in reader:
                country = record_from(record).country
                if country in ipv4:
                    counts = ipv4 if network.version == 4 else ipv6
                    counts[country] += network.num_addresses
    except (maxminddb.InvalidDatabaseError, OSError, ValueError) as error:
        raise JurisdictionError(f"address database {path.name}: {error}") from error
    return {country: Share(ipv4[country], ipv6[country] >> 80) for country in ipv4}


def census_to_plain(census: Census) -> dict[str, list[int]]:
    """Give a census as JSON holds it."""
    return {country: [share.ipv4, share.ipv6_48] for country, share in census.items()}


def census_from_plain(plain: Any) -> Census:
    """Read a census from JSON; raises KeyError, TypeError or ValueError when it is none."""
    return {country: Share(int(counts[0]), int(counts[1])) for country, counts in plain.items()}
