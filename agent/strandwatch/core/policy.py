"""Judging one transfer under every regime that is on. Regimes never see each other's answer.

severity   when
critical   human data, a recipient of concern, and more persons than a threshold
high       human data and a recipient of concern, both well founded
medium     the same, where the species is unknown, nobody could look into the file, or the way
           from the file to the flow is only likely
low        the recipient or the way is a guess, or nobody knows whose jurisdiction it is

A regime's ceiling bounds what it says alone. An authorisation makes critical medium and all else
low, for its regimes. A watch-list makes low medium and medium high where another regime speaks.
"""

from dataclasses import dataclass

from strandwatch.core.authorise import covering
from strandwatch.core.counting import count_persons, measure
from strandwatch.core.datasets import categories_of
from strandwatch.core.ledger import Ledger
from strandwatch.core.recipients import counterparty, day_of, in_force, recipient_reasons
from strandwatch.domain.alert import SEVERITY_ORDER, Reason, RegimeVerdict, Severity, Verdict
from strandwatch.domain.destination import Confidence, Destination
from strandwatch.domain.file import OMIC_CATEGORIES, Category, Species, is_omic
from strandwatch.domain.regime import Clock, Effect, Policy, Regime
from strandwatch.domain.transfer import CarriedFile, Transfer

__all__ = ["NO_CONCERN", "Decision", "count_persons", "counterparty", "in_force", "judge"]

LIKELY = 0.5
GUESS = 0.25
"""Lineage confidence below which an alert is at most medium, and at most low."""
_RAISED = {Severity.MEDIUM: Severity.HIGH, Severity.LOW: Severity.MEDIUM}


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What all regimes together make of a transfer; no severity means no alert."""

    severity: Severity | None
    verdicts: tuple[RegimeVerdict, ...]
    reasons: tuple[Reason, ...]
    authorisations: tuple[str, ...] = ()
    clocks: tuple[tuple[str, Clock], ...] = ()
    """Clocks of the regimes that spoke, by regime id."""
    policy: str = ""


NO_CONCERN = Decision(severity=None, verdicts=(), reasons=())


@dataclass(frozen=True, slots=True)
class _Answer:
    """What one regime says."""

    regime: Regime
    verdict: RegimeVerdict
    severity: Severity
    reasons: tuple[Reason, ...]
    authorisation: str | None


def judge(transfer: Transfer, policy: Policy, ledger: Ledger) -> Decision:
    """Judge a transfer at its last moment, counting persons as the ledger has them."""
    destination = transfer.destination
    if destination is None or destination.internal:
        return NO_CONCERN
    answers = [
        answer
        for regime in policy.regimes
        if in_force(regime, transfer.updated_ns)
        for answer in _answers(regime, transfer, destination, policy, ledger)
    ]
    if not answers:
        return NO_CONCERN
    reasons = {reason for answer in answers for reason in answer.reasons}
    claimed = (one.authorisation for one in answers if one.authorisation is not None)
    return Decision(
        severity=_together(answers),
        verdicts=tuple(answer.verdict for answer in answers),
        reasons=tuple(reason for reason in Reason if reason in reasons),
        authorisations=tuple(dict.fromkeys(claimed)),
        clocks=tuple((one.regime.id, clock) for one in answers for clock in one.regime.clocks),
        policy=policy.digest,
    )


def _together(answers: list[_Answer]) -> Severity:
    severity = min((one.severity for one in answers), key=SEVERITY_ORDER.index)
    effects = {one.regime.effect for one in answers}
    return _RAISED.get(severity, severity) if effects == set(Effect) else severity


def _answers(
    regime: Regime, transfer: Transfer, destination: Destination, policy: Policy, ledger: Ledger
) -> list[_Answer]:
    day = day_of(transfer.updated_ns)
    seen = [(one, categories_of(one, regime, policy.datasets)) for one in transfer.files]
    files = [carried for carried, categories in seen if categories]
    recipient = recipient_reasons(regime, destination)
    present = frozenset(category for _, categories in seen for category in categories)
    if not files or not recipient or not _is_counted(regime, files, present):
        return []
    verdict, why = measure(regime, destination, present, transfer.updated_ns, policy, ledger)
    severity, reasons = _severity(files, recipient, destination, verdict)
    reasons = [*recipient, *why, *reasons]
    if regime.effect is Effect.WATCH:
        reasons.append(Reason.WATCH_LIST)
    severity = max(severity, regime.ceiling, key=SEVERITY_ORDER.index)
    valid, past = covering(transfer, destination, regime, policy, day)
    if valid is not None:
        severity = Severity.MEDIUM if severity is Severity.CRITICAL else Severity.LOW
        reasons.append(Reason.AUTHORISED)
    elif past is not None:
        reasons.append(Reason.AUTHORISATION_EXPIRED)
    claimed = None if valid is None else valid.id
    return [_Answer(regime, verdict, severity, tuple(reasons), claimed)]


def _is_counted(regime: Regime, files: list[CarriedFile], present: frozenset[Category]) -> bool:
    """Tell whether a regime is about this data: without thresholds it is about all of it."""
    about = {threshold.category for threshold in regime.thresholds}
    if not about or about & present:
        return True
    return bool(about & OMIC_CATEGORIES) and any(_is_unknown(one) for one in files)


def _is_unknown(carried: CarriedFile) -> bool:
    return carried.facts is None or not is_omic(carried.facts)


def _severity(
    files: list[CarriedFile],
    recipient: list[Reason],
    destination: Destination,
    verdict: RegimeVerdict,
) -> tuple[Severity, list[Reason]]:
    """Give the severity of the most telling file, and what lowered or raised it."""
    answers = [_file_severity(carried) for carried in files]
    best, reasons = min(answers, key=lambda answer: SEVERITY_ORDER.index(answer[0]))
    if verdict.verdict is not Verdict.INDICATOR and best is Severity.HIGH:
        best = Severity.CRITICAL
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
