"""What a case file is made of, and the facts that its parts share."""

from dataclasses import dataclass

from strandwatch.domain.alert import Alert, Handling
from strandwatch.domain.transfer import Transfer

NOT_KNOWN = "not known and available at the time"
"""The words of the rules for what a report need not contain."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """One record as it was written, and its place in the chain."""

    seq: int
    kind: str
    key: str
    hash: str
    link: str
    content: str | None
    """The record's JSON, of which the hash is; None where a later version has taken its place."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reporter:
    """Who reports, as the operator has told."""

    legal_entity: str = ""
    address: str = ""
    contact: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """Everything about one alert."""

    alert: Alert
    series: tuple[Alert, ...]
    """The alert's recorded states, the first first."""
    handlings: tuple[Handling, ...]
    transfers: tuple[Transfer, ...]
    evidence: tuple[Evidence, ...]
    reporter: Reporter
    made_ns: int
    version: str

    @property
    def sent_bytes(self) -> int | None:
        """Give the bytes of all transfers; None when all are unknown."""
        known = [one.sent_bytes for one in self.transfers if one.sent_bytes is not None]
        return sum(known) if known else None

    @property
    def began_ns(self) -> int:
        """Give when the first transfer began."""
        return min(one.started_ns for one in self.transfers)

    @property
    def ended_ns(self) -> int | None:
        """Give when the last transfer ended; None while one is under way."""
        ends = [one.ended_ns for one in self.transfers if one.ended_ns is not None]
        return max(ends) if len(ends) == len(self.transfers) else None
