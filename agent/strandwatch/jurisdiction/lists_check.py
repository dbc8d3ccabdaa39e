"""Checking the lists: whether the curated rows still say what the address data says."""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

import maxminddb

from strandwatch.domain.entity import EntityBook, OwnedNetwork
from strandwatch.errors import JurisdictionError
from strandwatch.jurisdiction.entities import Owners
from strandwatch.jurisdiction.networks import NetworkRoles
from strandwatch.jurisdiction.records import record_from


def names_of_networks(path: Path) -> dict[int, str]:
    """Read every AS number's name from a database; raises JurisdictionError for broken content."""
    names: dict[int, str] = {}
    try:
        with maxminddb.open_database(path, maxminddb.MODE_AUTO) as reader:
            for _, raw in reader:
                record = record_from(raw)
                if record.asn is not None and record.as_name is not None:
                    names.setdefault(record.asn, record.as_name)
    except (maxminddb.InvalidDatabaseError, OSError, ValueError) as error:
        raise JurisdictionError(f"address database {path.name}: {error}") from error
    return names


def check_lists(names: Mapping[int, str], book: EntityBook, roles: NetworkRoles) -> list[str]:
    """Name every row whose AS number has another name now, and every name unknown to the data."""
    problems = [
        f"AS{network.asn} ({entity.id}) is called {names[network.asn]!r} now: "
        f"{network.name_pattern!r} is not in it"
        for entity, network in Owners(book).rows()
        if network.asn in names and not _is_still(network, names[network.asn])
    ]
    problems += [
        f"AS{row.asn} ({row.role}) is called {names[row.asn]!r} now"
        for row in roles.rows()
        if row.asn in names and not row.name_pattern.search(names[row.asn].lower())
    ]
    return problems


def unseen(names: Mapping[int, str], book: EntityBook) -> list[str]:
    """Name the curated AS numbers that the data does not have: no mistake, but worth a look."""
    return [
        f"AS{network.asn} ({entity.id}) announces nothing in this data"
        for entity, network in Owners(book).rows()
        if network.asn not in names
    ]


def check_notice(notice: str, rows: Iterable[Mapping[str, object]]) -> list[str]:
    """Name every embedded file that the notice does not name with build, licence and thanks."""
    problems = []
    for row in rows:
        head = f"{row['file']} (build {row['build']}, {row['licence']})"
        if head not in notice:
            problems.append(f"NOTICE does not say: {head}")
        if str(row["attribution"]) not in notice:
            problems.append(f"NOTICE does not say: {row['attribution']}")
    return problems


def _is_still(network: OwnedNetwork, name: str) -> bool:
    return re.search(network.name_pattern, name.lower()) is not None
