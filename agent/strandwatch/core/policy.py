"""Judging one transfer under every regime that is on. Regimes never see each other's answer.

severity   when
critical   human data, a recipient of concern, and more persons than a bulk threshold
high       human data and a recipient of concern, both well founded
medium     the same, where the species is unknown, nobody could look into the file, or the way
from the file to the flow is only likely
low        the recipient or the way is a guess, or nobody knows whose jurisdiction it is
"""

from dataclasses import dataclass
from datetime import UTC, datetime

from strandwatch.core.ledger import Account, Ledger, persons_in
from strandwatch.core.limits import SECOND_NS
from strandwatch.domain.alert import SEVERITY_ORDER, Reason, RegimeVerdict, Severity, Verdict
from strandwatch.domain.destination import Confidence, Destination, SignalKind
from strandwatch.domain.file import Species, could_be_omic, is_omic
from strandwatch.domain.regime import Policy, Regime
from strandwatch.domain.transfer import CarriedFile, Transfer

LIKELY = 0.5
GUESS = 0.25
"""Lineage confidence below which an alert is at most medium, and at most low."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What all regimes together make of a transfer; no severity means no alert."""

    severity: Severity | None
    verdicts: tuple[RegimeVerdict, ...]
    reasons: tuple[Reason, ...]


NO_CONCERN = Decision(severity=None, verdicts=(), reasons=())


def judge(transfer: Transfer, policy: Policy, ledger: Ledger) -> Decision:
    """Judge a transfer at its last moment, counting persons as the ledger has them."""
    destination = transfer.destination
    if destination is None or destination.internal:
        return NO_CONCERN
    answers = [
        (verdict, severity, reasons)
        for regime in policy.regimes
        if in_force(regime, transfer.updated_ns)
        for verdict, severity, reasons in _answers(regime, transfer, destination, ledger)
    ]
    if not answers:
        return NO_CONCERN
    reasons = {reason for _, _, why in answers for reason in why}
    return Decision(
        severity=min((severity for _, severity, _ in answers), key=SEVERITY_ORDER.index),
        verdicts=tuple(verdict for verdict, _, _ in answers),
        reasons=tuple(reason for reason in Reason if reason in reasons),
    )


def count_persons(transfer: Transfer, policy: Policy, ledger: Ledger) -> None:
    """Enter the persons of a transfer into the ledger of every regime that looks at it."""
    if transfer.destination is None:
        return
    whom = counterparty(transfer.destination)
    for regime in policy.regimes:
        if not _recipient_reasons(regime, transfer.destination):
            continue
        for carried in _files_of(regime, transfer):
            if carried.facts is not None:
                account = Account(regime.id, whom, carried.facts.category)
                ledger.add(account, persons_in(carried.file, carried.facts), transfer.updated_ns)


def counterparty(destination: Destination) -> str:
    """Give the name under which transfers to one recipient are added up.

    The controlling entity where it is known, else the network's owner, else the address.
    """
    if destination.controllers:
        return destination.controllers[0].entity
    for signal in destination.signals:
        if signal.kind is SignalKind.NETWORK_OWNER:
            return signal.value
    return destination.server_name or destination.address or "unknown"


def in_force(regime: Regime, at_ns: int) -> bool:
    """Tell whether a regime is effective on the UTC day of a moment."""
    day = datetime.fromtimestamp(at_ns // SECOND_NS, UTC).date().isoformat()
    return regime.effective_from <= day and (
        regime.effective_to is None or day <= regime.effective_to
    )


def _answers(
    regime: Regime, transfer: Transfer, destination: Destination, ledger: Ledger
) -> list[tuple[RegimeVerdict, Severity, list[Reason]]]:
    files = _files_of(regime, transfer)
    recipient = _recipient_reasons(regime, destination)
    if not files or not recipient:
        return []
    verdict = _count(regime, files, counterparty(destination), transfer.updated_ns, ledger)
    severity, reasons = _severity(files, recipient, destination, verdict)
    return [(verdict, severity, recipient + reasons)]


def _files_of(regime: Regime, transfer: Transfer) -> list[CarriedFile]:
    return [
        carried
        for carried in transfer.files
        if could_be_omic(carried.facts) and _counts_species(regime, carried)
    ]


def _counts_species(regime: Regime, carried: CarriedFile) -> bool:
    species = Species.UNKNOWN if carried.facts is None else carried.facts.species
    if species is Species.UNKNOWN:
        return regime.count_unknown_species
    return species is not Species.NONHUMAN


def _recipient_reasons(regime: Regime, destination: Destination) -> list[Reason]:
    reasons = []
    # Countries and controllers also name those of low confidence; jurisdictions are what decides.
    concerned = regime.countries.intersection(destination.jurisdictions)
    if concerned.intersection(destination.countries):
        reasons.append(Reason.COUNTRY_OF_CONCERN)
    if concerned.intersection(one.country for one in destination.controllers):
        reasons.append(Reason.CONTROLLED_FROM_COUNTRY_OF_CONCERN)
    if concerned and not reasons:
        reasons.append(Reason.COUNTRY_OF_CONCERN)
    if regime.entities.intersection(one.entity for one in destination.controllers):
        reasons.append(Reason.ENTITY_OF_CONCERN)
    if not reasons and destination.confidence is Confidence.UNKNOWN:
        reasons.append(Reason.LOCATION_UNCERTAIN)
    return reasons


def _count(
    regime: Regime, files: list[CarriedFile], whom: str, at_ns: int, ledger: Ledger
) -> RegimeVerdict:
    """Answer with the count that comes nearest to, or furthest over, its threshold."""
    present = {carried.facts.category for carried in files if carried.facts is not None}
    counted = [
        (ledger.count(Account(regime.id, whom, one.category), at_ns, regime.window_months), one)
        for one in regime.thresholds
        if one.category in present
    ]
    now, nearest = max(counted, key=lambda pair: pair[0] - pair[1].more_than, default=(0, None))
    over = nearest is not None and now > nearest.more_than
    return RegimeVerdict(
        id=regime.id,
        verdict=Verdict.BULK_INDICATOR if over else Verdict.INDICATOR,
        citation=regime.citation if nearest is None else nearest.citation,
        persons_now=now,
        threshold=None if nearest is None else nearest.more_than,
        window_months=regime.window_months,
    )


def _severity(
    files: list[CarriedFile],
    recipient: list[Reason],
    destination: Destination,
    verdict: RegimeVerdict,
) -> tuple[Severity, list[Reason]]:
    """Give the severity of the most telling file, and what lowered or raised it."""
    answers = [_file_severity(carried) for carried in files]
    best, reasons = min(answers, key=lambda answer: SEVERITY_ORDER.index(answer[0]))
    if verdict.verdict is Verdict.BULK_INDICATOR:
        best = Severity.CRITICAL if best is Severity.HIGH else best
        reasons.append(Reason.BULK_THRESHOLD)
    if recipient == [Reason.LOCATION_UNCERTAIN] or destination.confidence is Confidence.LOW:
        reasons.append(Reason.LOCATION_UNCERTAIN)
        best = Severity.LOW
    return best, reasons


def _file_severity(carried: CarriedFile) -> tuple[Severity, list[Reason]]:
    facts = carried.facts
    severity, reasons = Severity.HIGH, [Reason.HUMAN_DATA]
    if facts is None or not is_omic(facts):
        severity, reasons = Severity.MEDIUM, [Reason.UNIDENTIFIED_FILE]
    elif facts.species is Species.UNKNOWN:
        severity, reasons = Severity.MEDIUM, [Reason.UNKNOWN_SPECIES]
    if carried.confidence < GUESS:
        return Severity.LOW, [*reasons, Reason.WEAK_LINEAGE]
    if carried.confidence < LIKELY:
        return Severity.MEDIUM, [*reasons, Reason.WEAK_LINEAGE]
    return severity, reasons
