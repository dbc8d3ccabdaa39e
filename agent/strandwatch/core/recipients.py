"""Who a transfer goes to, in the eyes of a regime, and who it is added up for."""

from datetime import UTC, datetime

from strandwatch.core.ledger import UNRESOLVED
from strandwatch.core.limits import SECOND_NS
from strandwatch.domain.alert import Reason
from strandwatch.domain.destination import Confidence, Destination, SignalKind
from strandwatch.domain.regime import Regime


def day_of(at_ns: int) -> str:
    """Give the UTC day of a moment as ISO 8601."""
    return datetime.fromtimestamp(at_ns // SECOND_NS, UTC).date().isoformat()


def holds_on(day: str, first: str, last: str | None) -> bool:
    """Tell whether a day is within a time of days; the last day counts."""
    return first <= day and (last is None or day <= last)


def in_force(regime: Regime, at_ns: int) -> bool:
    """Tell whether a regime is effective on the UTC day of a moment."""
    return holds_on(day_of(at_ns), regime.effective_from, regime.effective_to)


def counterparty(destination: Destination) -> str:
    """Give the name under which transfers to one recipient are added up.

    The controlling entity where it is known, else the network's owner, else where it ends.
    """
    if destination.controllers:
        return destination.controllers[0].entity
    for signal in destination.signals:
        if signal.kind is SignalKind.NETWORK_OWNER:
            return signal.value
    if destination.confidence is Confidence.UNKNOWN and not destination.jurisdictions:
        return UNRESOLVED + end_of(destination)
    return end_of(destination)


def end_of(destination: Destination) -> str:
    """Give an endpoint's address, or what else there is to tell it by."""
    return destination.address or destination.server_name or "unknown"


def recipient_reasons(regime: Regime, destination: Destination) -> list[Reason]:
    """Tell why a regime looks at a recipient; nothing when it does not."""
    reasons = _by_country(regime, destination)
    controllers = {one.entity for one in destination.controllers}
    if controllers & regime.entities:
        reasons.append(Reason.ENTITY_OF_CONCERN)
    looks_at_countries = regime.countries or regime.not_countries
    if not reasons and looks_at_countries and destination.confidence is Confidence.UNKNOWN:
        reasons.append(Reason.LOCATION_UNCERTAIN)
    return reasons


def _by_country(regime: Regime, destination: Destination) -> list[Reason]:
    # Countries and controllers also name those of low confidence; jurisdictions are what decides.
    reasons = []
    concerned = regime.countries.intersection(destination.jurisdictions)
    if concerned.intersection(destination.countries):
        reasons.append(Reason.COUNTRY_OF_CONCERN)
    if concerned.intersection(one.country for one in destination.controllers):
        reasons.append(Reason.CONTROLLED_FROM_COUNTRY_OF_CONCERN)
    if concerned and not reasons:
        reasons.append(Reason.COUNTRY_OF_CONCERN)
    if regime.not_countries and set(destination.jurisdictions) - regime.not_countries:
        reasons.append(Reason.OUTSIDE_ALLOWED_COUNTRIES)
    return reasons
