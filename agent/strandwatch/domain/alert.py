"""An alert: what a person at 3 a.m. must know about one actor's transfers to a counterparty."""

from dataclasses import dataclass
from enum import StrEnum

from strandwatch.domain.transfer import Transfer


class Severity(StrEnum):
    """How urgent an alert is, most urgent first."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"
    INFO = "info"


SEVERITY_ORDER = tuple(Severity)


class AlertState(StrEnum):
    """Where an alert's handling stands."""

    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    CLOSED = "closed"


class Verdict(StrEnum):
    """What a regime says about a transfer; an indicator, never a finding of law."""

    NONE = "none"
    INDICATOR = "potential"
    BULK_INDICATOR = "potential_bulk"


class Reason(StrEnum):
    """Why a decision was taken; stable labels for filters and tests."""

    HUMAN_DATA = "human_data"
    UNKNOWN_SPECIES = "unknown_species"
    UNIDENTIFIED_FILE = "unidentified_file"
    COUNTRY_OF_CONCERN = "country_of_concern"
    CONTROLLED_FROM_COUNTRY_OF_CONCERN = "controlled_from_country_of_concern"
    ENTITY_OF_CONCERN = "entity_of_concern"
    LOCATION_UNCERTAIN = "location_uncertain"
    WEAK_LINEAGE = "weak_lineage"
    BULK_THRESHOLD = "bulk_threshold"


@dataclass(frozen=True, slots=True, kw_only=True)
class RegimeVerdict:
    """One regime's answer, with the count of persons it rests on."""

    id: str
    verdict: Verdict
    citation: str
    persons_now: int
    threshold: int | None
    window_months: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Visibility:
    """What the agent could see while this happened."""

    tier: str
    lost: int = 0
    unattributed_bytes: int | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """An alert as it stands now; a series of these with one id is its history."""

    id: str
    opened_ns: int
    updated_ns: int
    state: AlertState
    severity: Severity
    regimes: tuple[RegimeVerdict, ...]
    reasons: tuple[Reason, ...]
    transfer: Transfer
    count: int = 1
    """How many transfers of this actor to this counterparty it stands for."""
    visibility: Visibility


@dataclass(frozen=True, slots=True, kw_only=True)
class Handling:
    """What a person did about an alert, and why."""

    alert_id: str
    at_ns: int
    state: AlertState
    by: str
    """The account that said so."""
    reason: str
