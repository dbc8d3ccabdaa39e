"""A destination: where bytes went, who controls it, and every sign that says so."""

from dataclasses import dataclass
from enum import StrEnum

CountryCode = str
"""ISO 3166-1 alpha-2, upper case. CN, HK, MO and TW are four codes."""


class Confidence(StrEnum):
    """How sure a conclusion about a destination is; UNKNOWN is never the same as clean."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"
    UNKNOWN = "unknown"


class SignalKind(StrEnum):
    """What kind of fact speaks about an endpoint."""

    ADDRESS_COUNTRY = "address_country"
    REGISTERED_COUNTRY = "registered_country"
    NETWORK_OWNER = "network_owner"
    NETWORK_REGISTRATION = "network_registration"
    SERVER_NAME = "server_name"
    NAME_SUFFIX = "name_suffix"
    CLOUD_REGION = "cloud_region"
    ENTITY = "entity"
    SPECIAL_RANGE = "special_range"
    OVERRIDE = "override"
    ANONYMISER = "anonymiser"
    STALENESS = "staleness"
    TOP_LEVEL_DOMAIN = "top_level_domain"
    ANYCAST = "anycast"
    ENCRYPTED_HELLO = "encrypted_hello"
    DISPUTED_TERRITORY = "disputed_territory"
    MISSING_DATA = "missing_data"
    UNUSABLE_NAME = "unusable_name"


@dataclass(frozen=True, slots=True)
class Signal:
    """One fact about an endpoint, where it comes from and of which day it is."""

    kind: SignalKind
    value: str
    source: str
    as_of: str | None
    """RFC 3339 date of the data, None when it has none."""
    digest: str | None = None
    """SHA-256 of the file that the fact comes from."""


class Basis(StrEnum):
    """By which of the two questions a country has a claim: where it is, or who controls it."""

    LOCATION = "location"
    CONTROL = "control"


@dataclass(frozen=True, slots=True)
class Claim:
    """One country's claim on an endpoint, and how sure it is."""

    country: CountryCode
    basis: Basis
    confidence: Confidence


class Caveat(StrEnum):
    """What a reader of a conclusion has to know about it."""

    STALE_DATA = "stale_data"
    """A database is so old that it can no longer say that a destination is clean."""
    AGEING_DATA = "ageing_data"
    MISSING_DATA = "missing_data"
    """A database could not be used: what it would have said is unknown."""
    ANYCAST = "anycast"
    FINAL_DESTINATION_UNKNOWN = "final_destination_unknown"
    ENCRYPTED_HELLO = "encrypted_hello"
    UNUSABLE_NAME = "unusable_name"
    DISPUTED_TERRITORY = "disputed_territory"


@dataclass(frozen=True, slots=True)
class Controller:
    """Who controls an endpoint, and that entity's country."""

    entity: str
    country: CountryCode


class NameEvidence(StrEnum):
    """How a server name became known."""

    DNS = "dns"
    SNI = "sni"
    QUIC = "quic"
    HTTP_HOST = "http_host"
    PROXY_TARGET = "proxy_target"
    HOSTS_FILE = "hosts_file"
    ARGUMENT = "argument"


@dataclass(frozen=True, slots=True, kw_only=True)
class Destination:
    """Whose jurisdiction an endpoint is in: location and control, with all signals."""

    address: str | None
    port: int | None = None
    server_name: str | None = None
    name_evidence: NameEvidence | None = None
    countries: tuple[CountryCode, ...] = ()
    """Locations, the most trusted first."""
    controllers: tuple[Controller, ...] = ()
    jurisdictions: tuple[CountryCode, ...] = ()
    """The union of location and control that decides."""
    confidence: Confidence = Confidence.UNKNOWN
    disagreement: bool = False
    internal: bool = False
    """Private or special range: neither abroad nor clean."""
    signals: tuple[Signal, ...] = ()
    claims: tuple[Claim, ...] = ()
    """Every country's claim, the surest first; those of low confidence decide nothing alone."""
    location_confidence: Confidence = Confidence.UNKNOWN
    control_confidence: Confidence = Confidence.UNKNOWN
    caveats: tuple[Caveat, ...] = ()
