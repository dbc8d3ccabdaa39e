"""Databases: opens address databases, embedded or the operator's, and reads them in one way."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path

import geoip2.database
import geoip2.errors
import maxminddb
from geoip2.models import ASN, AnonymousIP, Country

from strandwatch.errors import JurisdictionError
from strandwatch.jurisdiction.countries import country_code
from strandwatch.jurisdiction.records import NOTHING, AddressRecord, record_from

_DAY_NS = 86_400 * 10**9
NOTICE_DAYS, WARNING_DAYS, LIMIT_DAYS = 45, 120, 365


class DatabaseKind(StrEnum):
    """Which question a database is asked."""

    PRIMARY = "primary"
    """Country, AS number and owner."""
    COUNTRY = "country"
    """A second opinion on the country."""
    REGISTRATION = "registration"
    """In which country the network is registered: not where it is."""
    MAXMIND = "maxmind"
    """An operator's GeoIP2 or GeoLite2 file, read through geoip2."""
    OVERRIDE = "override"
    """An operator's (or the lab's) own address plan: its word is final where it has one."""


class Freshness(StrEnum):
    """How old a database is, by the moment it was built."""

    FRESH = "fresh"
    NOTICE = "notice"
    WARNING = "warning"
    EXPIRED = "expired"
    """Too old to say that a destination is clean."""


@dataclass(frozen=True, slots=True)
class DatabaseFile:
    """A database on disk that nobody writes to any more, and what it is."""

    name: str
    kind: DatabaseKind
    path: Path
    sha256: str


class Database:
    """An open database, mapped into memory and shared with the page cache."""

    def __init__(
        self,
        file: DatabaseFile,
        metadata: maxminddb.reader.Metadata,
        look_up: Callable[[str], AddressRecord],
        walker: maxminddb.Reader,
    ) -> None:
        self.name = file.name
        self.kind = file.kind
        self.sha256 = file.sha256
        self.path = file.path
        self.type = metadata.database_type
        self.build_ns = metadata.build_epoch * 10**9
        self.build_date = _date(metadata.build_epoch)
        self.serves_ipv6 = metadata.ip_version == 6
        self._look_up = look_up
        self._walker = walker

    def look_up(self, address: str, version: int) -> AddressRecord:
        """Give what is said about a normal address; raises JurisdictionError for broken content."""
        if version == 6 and not self.serves_ipv6:
            return NOTHING
        return self._look_up(address)

    def prefix_length(self, address: str, version: int) -> int:
        """Give the length of the prefix around an address in which the answer is the same."""
        if version == 6 and not self.serves_ipv6:
            return 0
        try:
            return self._walker.get_with_prefix_len(address)[1]
        except (maxminddb.InvalidDatabaseError, ValueError) as error:
            raise JurisdictionError(f"address database {self.name}: {_short(error)}") from error

    def age_days(self, now_ns: int) -> int:
        """Give whole days since the build."""
        return (now_ns - self.build_ns) // _DAY_NS

    def freshness(self, now_ns: int) -> Freshness:
        """Say how old it is by the limits of 45, 120 and 365 days; an own plan is never old."""
        if self.kind is DatabaseKind.OVERRIDE:
            return Freshness.FRESH
        age = self.age_days(now_ns)
        if age > LIMIT_DAYS:
            return Freshness.EXPIRED
        if age > WARNING_DAYS:
            return Freshness.WARNING
        return Freshness.NOTICE if age > NOTICE_DAYS else Freshness.FRESH


def open_database(file: DatabaseFile) -> Database:
    """Open and try a database; raises JurisdictionError when it cannot be what it should be."""
    try:
        if file.kind is DatabaseKind.MAXMIND:
            database = _open_with_geoip2(file)
        else:
            database = _open_plain(file)
    except maxminddb.InvalidDatabaseError as error:
        # The library's message holds the path of our own copy, which would tell nobody anything.
        problem = "it is cut off, damaged, or no MaxMind database"
        raise JurisdictionError(f"address database {file.name}: {problem}") from error
    except (OSError, ValueError, EOFError) as error:
        raise JurisdictionError(f"address database {file.name}: {_short(error)}") from error
    database.look_up("8.8.8.8", 4)
    return database


def _open_plain(file: DatabaseFile) -> Database:
    reader = maxminddb.open_database(file.path, maxminddb.MODE_AUTO)
    metadata = reader.metadata()
    _check_metadata(file, metadata)
    get = reader.get

    def look_up(address: str) -> AddressRecord:
        try:
            return record_from(get(address))
        except (maxminddb.InvalidDatabaseError, ValueError, UnicodeDecodeError) as error:
            raise JurisdictionError(f"address database {file.name}: {_short(error)}") from error

    return Database(file, metadata, look_up, reader)


def _check_metadata(file: DatabaseFile, metadata: maxminddb.reader.Metadata) -> None:
    known = ("country", "ipinfo", "city", "asn", "enterprise", "isp")
    if not any(word in metadata.database_type.lower() for word in known):
        raise ValueError(f"type {_short(metadata.database_type)!r} is not one with countries")
    _check_build(metadata)


def _check_build(metadata: maxminddb.reader.Metadata) -> None:
    if metadata.node_count == 0 or not 0 < metadata.build_epoch < 1 << 40:
        raise ValueError("it is empty or has no build date")


def _open_with_geoip2(file: DatabaseFile) -> Database:
    reader = geoip2.database.Reader(file.path, mode=maxminddb.MODE_AUTO)
    metadata = reader.metadata()
    _check_build(metadata)
    ask = _geoip2_question(reader, metadata.database_type)

    def look_up(address: str) -> AddressRecord:
        try:
            return ask(address)
        except geoip2.errors.AddressNotFoundError:
            return NOTHING
        except (maxminddb.InvalidDatabaseError, ValueError, TypeError, KeyError) as error:
            raise JurisdictionError(f"address database {file.name}: {_short(error)}") from error

    walker = maxminddb.open_database(file.path, maxminddb.MODE_AUTO)
    return Database(file, metadata, look_up, walker)


def _geoip2_question(
    reader: geoip2.database.Reader, database_type: str
) -> Callable[[str], AddressRecord]:
    """Choose the typed geoip2 method that the database's type allows."""
    if "Anonymous" in database_type:
        return lambda address: _from_anonymous(reader.anonymous_ip(address))
    if "Enterprise" in database_type:
        return lambda address: _from_country(reader.enterprise(address))
    if "City" in database_type:
        return lambda address: _from_country(reader.city(address))
    if "Country" in database_type:
        return lambda address: _from_country(reader.country(address))
    if "ISP" in database_type:
        return lambda address: _from_network(reader.isp(address))
    if "ASN" in database_type:
        return lambda address: _from_network(reader.asn(address))
    raise ValueError(f"type {_short(database_type)!r} is not a GeoIP2 database that helps here")


def _from_country(answer: Country) -> AddressRecord:
    country = country_code(answer.country.iso_code)
    traits = answer.traits
    return AddressRecord(
        country=country,
        registered_country=country_code(answer.registered_country.iso_code),
        asn=traits.autonomous_system_number,
        as_name=traits.autonomous_system_organization,
        pseudo_country=None if country else answer.country.iso_code,
        anonymiser="anonymous" if traits.is_anonymous else None,
    )


def _from_network(answer: ASN) -> AddressRecord:
    return AddressRecord(
        asn=answer.autonomous_system_number, as_name=answer.autonomous_system_organization
    )


def _from_anonymous(answer: AnonymousIP) -> AddressRecord:
    kinds = {
        "tor": answer.is_tor_exit_node,
        "vpn": answer.is_anonymous_vpn,
        "residential proxy": answer.is_residential_proxy,
        "public proxy": answer.is_public_proxy,
        "anonymous": answer.is_anonymous,
    }
    return AddressRecord(anonymiser=next((kind for kind, is_it in kinds.items() if is_it), None))


def digest_of(path: Path) -> str:
    """Give the SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _date(epoch: int) -> str:
    return datetime.fromtimestamp(epoch, UTC).date().isoformat()


def _short(problem: object) -> str:
    text = " ".join(str(problem).split())
    return text if len(text) <= 160 else text[:157] + "..."
