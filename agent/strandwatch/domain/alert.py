"""An alert: what a person at 3 a.m. must know about one actor's transfers to a counterparty."""

from dataclasses import dataclass
from enum import StrEnum

from strandwatch.domain.file import Category
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
    ANY_VOLUME_INDICATOR = "potential_at_any_volume"
    """The rule has no threshold for this data: one person is enough."""


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
    OUTSIDE_ALLOWED_COUNTRIES = "outside_allowed_countries"
    ANY_VOLUME = "any_volume"
    COMBINED_DATA = "combined_data"
    WATCH_LIST = "watch_list"
    PERSONS_UNBOUNDED = "persons_unbounded"
    """A file may hold more persons than could be counted."""
    AUTHORISED = "authorised"
    AUTHORISATION_EXPIRED = "authorisation_expired"


@dataclass(frozen=True, slots=True, kw_only=True)
class RegimeVerdict:
    """One regime's answer, with the count of persons it rests on."""

    id: str
    verdict: Verdict
    citation: str
    persons_now: int
    threshold: int | None
    window_months: int
    persons_at_least: int = 0
    persons_at_most: int | None = None
    """None is unbounded; `persons_now` is then what could be counted."""
    category: Category | None = None
    """The category whose count this is; None without a threshold."""
    mark: int = 0
    """The highest percentage of the threshold that was reached: 0 (first file), 50, 80 or 100."""
    disposition: str = "review"
    verified: bool = True
    """False where the rule's text was not read in the original."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Visibility:
    """What the agent could see while this happened."""

    tier: str
    lost: int = 0
    unattributed_bytes: int | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Deadline:
    """A clock of a rule, and when it would run out if it began when the alert was opened.

    Whether it began is for people to say: it depends on what they know and on contracts.
    """

    regime: str
    id: str
    title: str
    due_ns: int
    citation: str


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
    authorisations: tuple[str, ...] = ()
    """Ids of authorisations that cover it for a regime; they lower severity and hide nothing."""
    deadlines: tuple[Deadline, ...] = ()
    policy: str = ""
    """Digest of the policy that it was judged by."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Handling:
    """What a person did about an alert, and why."""

    alert_id: str
    at_ns: int
    state: AlertState
    by: str
    """The account that said so."""
    reason: str
