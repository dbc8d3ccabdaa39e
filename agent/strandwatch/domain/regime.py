"""A regime: one body of rules, as data, about which data may go where."""

from dataclasses import dataclass, field

from strandwatch.domain.destination import CountryCode
from strandwatch.domain.file import Category


@dataclass(frozen=True, slots=True, kw_only=True)
class Threshold:
    """More than this many persons of a category within the window reaches the rule's bulk level."""

    category: Category
    more_than: int
    citation: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Regime:
    """One regime: recipients it looks at, thresholds, window and citations. Dates are ISO 8601."""

    id: str
    title: str
    citation: str
    effective_from: str
    effective_to: str | None = None
    countries: frozenset[CountryCode] = field(default_factory=frozenset)
    entities: frozenset[str] = field(default_factory=frozenset)
    thresholds: tuple[Threshold, ...] = ()
    window_months: int = 12
    count_unknown_species: bool = True
    """Treat a genomic file of unknown species as a person's data."""


@dataclass(frozen=True, slots=True)
class Policy:
    """All regimes that are on, and the hash of the files they came from."""

    regimes: tuple[Regime, ...]
    digest: str
