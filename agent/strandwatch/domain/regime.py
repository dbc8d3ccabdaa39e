"""A regime: one body of rules, as data, about which data may go where."""

from dataclasses import dataclass, field
from enum import StrEnum

from strandwatch.domain.alert import Severity
from strandwatch.domain.destination import CountryCode
from strandwatch.domain.file import Category


class Verified(StrEnum):
    """How well it is known that a rule says what the file says."""

    TEXT = "text"
    """The words were read in a copy of the rule or an official document."""
    SECONDARY = "secondary"
    """Read in what others write about the rule."""
    NO = "no"


class Effect(StrEnum):
    """What a regime does to an alert."""

    JUDGE = "judge"
    WATCH = "watch"
    """Raise what another regime says by one step; alone it asks for a review."""


class Combining(StrEnum):
    """How data of several categories in one account are counted (28 CFR 202.205(g))."""

    OFF = "off"
    LITERAL = "literal"
    """Each person of any category present counts once one category alone is over the lowest."""
    CONSERVATIVE = "conservative"
    """The persons of all categories together, against the lowest threshold among them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Threshold:
    """More than this many persons of a category within the window reaches the rule's bulk level."""

    category: Category
    more_than: int
    citation: str
    verified: Verified = Verified.TEXT
    effective_from: str = ""
    effective_to: str | None = None
    """Of this threshold, where it is not the regime's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """A time within which a rule wants a report, from a moment that people have to tell."""

    id: str
    title: str
    hours: int
    starts: str
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
    not_countries: frozenset[CountryCode] = field(default_factory=frozenset)
    """An allow-list: every country not on it is a recipient of concern; empty is no list."""
    ceiling: Severity = Severity.CRITICAL
    """The most urgent that this regime alone makes an alert."""
    effect: Effect = Effect.JUDGE
    combining: Combining = Combining.OFF
    combining_citation: str = ""
    disposition: str = "review"
    verified: Verified = Verified.TEXT
    clocks: tuple[Clock, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Dataset:
    """The operator's word about files: what they are beyond what their content tells."""

    name: str
    paths: tuple[str, ...] = ()
    """Paths or globs."""
    runs: tuple[str, ...] = ()
    """Sequencing run ids."""
    categories: frozenset[Category] = field(default_factory=frozenset)


@dataclass(frozen=True, slots=True, kw_only=True)
class Authorisation:
    """Who approved which data to whom, for what, under which rule, from when to when."""

    id: str
    regimes: tuple[str, ...]
    basis: str
    """The exemption or approval that is claimed, as 28 CFR 202.504 with an award number."""
    counterparties: tuple[str, ...]
    """Entities, server names or networks as addresses in CIDR notation."""
    purpose: str
    approved_by: str
    valid_from: str
    valid_to: str
    datasets: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    runs: tuple[str, ...] = ()
    """Without data sets, paths and runs: all data."""


@dataclass(frozen=True, slots=True)
class Policy:
    """All regimes that are on, and the hash of the files they came from."""

    regimes: tuple[Regime, ...]
    digest: str
    datasets: tuple[Dataset, ...] = ()
    authorisations: tuple[Authorisation, ...] = ()
    legal_entity: str = ""
    """Who sends: counts of one legal entity may be added up over its servers."""
