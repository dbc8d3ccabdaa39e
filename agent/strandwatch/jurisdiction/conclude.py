"""Conclusions: from all signals about an endpoint to location, control and how sure both are.

The rules, in the order in which they count:

1. An operator's word (override, own address plan) is final, for location and for control, and
   needs no database. Only what hides the final destination stands against it.
2. Location: an explicit region in a known provider's name, or two databases that agree, are high;
   one database alone, or each of several that differ, is medium; at an anycast address all are low.
3. Control: a curated owner (tier A, B) is high, a name's rule as high as the rule says, the country
   of registration medium and only where no owner is known; a top-level domain or tier R is low.
4. Every claim of at least medium confidence decides, by location or control; low ones are shown,
   and decide only where there is nothing else.
5. What is known of a country of concern stays known whatever else is missing. "Clean" must rest on
   everything: with a database missing or expired, a hidden final destination or an unusable name,
   it is unknown instead.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from strandwatch.domain.destination import (
    Basis,
    Caveat,
    Claim,
    Confidence,
    Controller,
    CountryCode,
    Signal,
    SignalKind,
)

_ORDER = {
    Confidence.HIGH: 3,
    Confidence.MEDIUM: 2,
    Confidence.LOW: 1,
    Confidence.UNKNOWN: 0,
}
_CAVEATS = tuple(Caveat)
_UNDERMINES_CLEAN = frozenset(
    {
        Caveat.STALE_DATA,
        Caveat.MISSING_DATA,
        Caveat.FINAL_DESTINATION_UNKNOWN,
        Caveat.UNUSABLE_NAME,
    }
)


@dataclass(slots=True)
class Findings:
    """What has been found about one endpoint so far."""

    signals: list[Signal] = field(default_factory=list)
    votes: list[CountryCode] = field(default_factory=list)
    """What each address database says of the location, one vote a database."""
    located: list[Claim] = field(default_factory=list)
    """Location claims by other ways than an address database."""
    controlled: list[Claim] = field(default_factory=list)
    controllers: list[Controller] = field(default_factory=list)
    registrations: list[tuple[Controller, Confidence]] = field(default_factory=list)
    """Whom the registration names: used only when no owner is known."""
    caveats: set[Caveat] = field(default_factory=set)
    owner_known: bool = False
    final: bool = False
    """True when an operator's word has decided: nothing else makes claims any more."""

    def tell(self, kind: SignalKind, value: str, source: str, as_of: str | None = None) -> None:
        """Keep a fact that no database said."""
        self.signals.append(Signal(kind, value, source, as_of))

    def locate(self, country: CountryCode, confidence: Confidence) -> None:
        """Add a location claim that is not an address database's."""
        self.located.append(Claim(country, Basis.LOCATION, confidence))

    def control(self, controllers: Iterable[Controller], confidence: Confidence) -> None:
        """Add an entity and its parents, each with its country's claim."""
        for controller in controllers:
            if controller not in self.controllers:
                self.controllers.append(controller)
            claim = Claim(controller.country, Basis.CONTROL, confidence)
            if claim not in self.controlled:
                self.controlled.append(claim)

    def name_holder(self, holder: str, country: CountryCode, sure: bool) -> None:
        """Add what a top-level domain says; a holder is named only where no one else is."""
        known = any(controller.country == country for controller in self.controllers)
        if sure and not known:
            self.control((Controller(holder, country),), Confidence.MEDIUM)
        elif not known:
            self.controlled.append(Claim(country, Basis.CONTROL, Confidence.LOW))


@dataclass(frozen=True, slots=True, kw_only=True)
class Conclusion:
    """Location and control, and the countries that decide."""

    countries: tuple[CountryCode, ...]
    controllers: tuple[Controller, ...]
    jurisdictions: tuple[CountryCode, ...]
    claims: tuple[Claim, ...]
    confidence: Confidence
    location_confidence: Confidence
    control_confidence: Confidence
    disagreement: bool
    caveats: tuple[Caveat, ...]


def conclude(found: Findings, concern: frozenset[CountryCode]) -> Conclusion:
    """Weigh everything that was found, by the rules at the top of this module."""
    located = _strongest(_location_claims(found))
    controlled = _strongest(_control_claims(found))
    claims = tuple(sorted((*located, *controlled), key=_rank, reverse=True))
    location_confidence = _surest(located)
    control_confidence = _surest(controlled)
    deciding = [claim for claim in claims if _ORDER[claim.confidence] >= 2] or claims
    return Conclusion(
        countries=tuple(claim.country for claim in located),
        controllers=tuple(found.controllers),
        jurisdictions=tuple(dict.fromkeys(claim.country for claim in deciding)),
        claims=claims,
        confidence=_overall(found, claims, concern, location_confidence, control_confidence),
        location_confidence=location_confidence,
        control_confidence=control_confidence,
        disagreement=_disagree(found, located),
        caveats=tuple(caveat for caveat in _CAVEATS if caveat in found.caveats),
    )


def _location_claims(found: Findings) -> list[Claim]:
    claims = list(found.located)
    anycast = Caveat.ANYCAST in found.caveats
    for country in dict.fromkeys(found.votes):
        confidence = Confidence.HIGH if found.votes.count(country) > 1 else Confidence.MEDIUM
        claims.append(Claim(country, Basis.LOCATION, Confidence.LOW if anycast else confidence))
    return claims


def _control_claims(found: Findings) -> list[Claim]:
    if not found.owner_known and not found.final:
        for controller, confidence in found.registrations:
            found.control((controller,), confidence)
    return found.controlled


def _strongest(claims: Iterable[Claim]) -> list[Claim]:
    """Keep each country's surest claim, the surest first, otherwise in the order given."""
    best: dict[CountryCode, Claim] = {}
    for claim in claims:
        known = best.get(claim.country)
        if known is None or _rank(claim) > _rank(known):
            best[claim.country] = claim
    return sorted(best.values(), key=_rank, reverse=True)


def _rank(claim: Claim) -> int:
    return _ORDER[claim.confidence]


def _surest(claims: list[Claim]) -> Confidence:
    return claims[0].confidence if claims else Confidence.UNKNOWN


def _overall(
    found: Findings,
    claims: tuple[Claim, ...],
    concern: frozenset[CountryCode],
    location: Confidence,
    control: Confidence,
) -> Confidence:
    worst = _surest([claim for claim in claims if claim.country in concern])
    if _ORDER[worst] >= 2:
        return worst
    if found.final and Caveat.FINAL_DESTINATION_UNKNOWN not in found.caveats:
        return location
    if found.caveats & _UNDERMINES_CLEAN or (
        Caveat.ANYCAST in found.caveats and len(set(found.votes)) > 1
    ):
        return Confidence.UNKNOWN
    if worst is Confidence.LOW:
        return worst
    return min(location, control, key=_ORDER.__getitem__)


def _disagree(found: Findings, located: list[Claim]) -> bool:
    if len(set(found.votes)) > 1:
        return True
    return len({claim.country for claim in located}) > 1
