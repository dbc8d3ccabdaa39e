"""Counting a transfer's persons, and what a regime's thresholds make of the count."""

from dataclasses import dataclass, replace

from strandwatch.core.datasets import categories_of
from strandwatch.core.ledger import UNRESOLVED, Account, Count, Ledger, heads_in
from strandwatch.core.recipients import counterparty, day_of, end_of, holds_on, recipient_reasons
from strandwatch.domain.alert import Reason, RegimeVerdict, Verdict
from strandwatch.domain.destination import Destination
from strandwatch.domain.file import Category
from strandwatch.domain.regime import Combining, Policy, Regime, Threshold, Verified
from strandwatch.domain.transfer import Transfer

MARKS = (100, 80, 50)
"""Percentages of a threshold at which an alert is told again."""


@dataclass(frozen=True, slots=True)
class _Measured:
    """One threshold and the count that it looks at."""

    threshold: Threshold
    count: Count
    is_over: bool
    reasons: tuple[Reason, ...]


def count_persons(transfer: Transfer, policy: Policy, ledger: Ledger) -> None:
    """Enter the persons of a transfer into the ledger of every regime that looks at it."""
    if transfer.destination is None:
        return
    whom = counterparty(transfer.destination)
    if not whom.startswith(UNRESOLVED):
        ledger.resolve(end_of(transfer.destination), whom)
    for regime in policy.regimes:
        if recipient_reasons(regime, transfer.destination):
            _count_for(regime, transfer, whom, policy, ledger)


def _count_for(
    regime: Regime, transfer: Transfer, whom: str, policy: Policy, ledger: Ledger
) -> None:
    for carried in transfer.files:
        if carried.facts is None:
            continue
        heads = heads_in(carried.file, carried.path, carried.facts)
        for category in _counted(categories_of(carried, regime, policy.datasets), regime):
            account = Account(regime.id, whom, category, policy.legal_entity)
            ledger.add(account, heads, transfer.updated_ns)


def _counted(categories: frozenset[Category], regime: Regime) -> frozenset[Category]:
    """Give the categories that a regime has a number for; one without numbers counts all."""
    numbered = {one.category for one in regime.thresholds}
    return categories & numbered if numbered else categories


def measure(
    regime: Regime,
    destination: Destination,
    present: frozenset[Category],
    at_ns: int,
    policy: Policy,
    ledger: Ledger,
) -> tuple[RegimeVerdict, list[Reason]]:
    """Answer with the count that comes nearest to, or is furthest over, its threshold."""
    account = Account(regime.id, counterparty(destination), None, policy.legal_entity)
    months = regime.window_months
    rules = thresholds_on(regime, day_of(at_ns))
    measured = [
        _measured(one, ledger.count(replace(account, category=one.category), at_ns, months), ())
        for one in rules
        if one.category in present
    ]
    together = _combined(regime, rules, account, at_ns, ledger)
    if together is not None:
        measured.append(together)
    if not measured:
        return _without_threshold(regime), []
    nearest = max(measured, key=_nearness)
    return _verdict(regime, nearest), [*nearest.reasons, *_why(nearest)]


def thresholds_on(regime: Regime, day: str) -> tuple[Threshold, ...]:
    """Give the thresholds that are effective on a day."""
    return tuple(
        one for one in regime.thresholds if holds_on(day, one.effective_from, one.effective_to)
    )


def _combined(
    regime: Regime, rules: tuple[Threshold, ...], account: Account, at_ns: int, ledger: Ledger
) -> _Measured | None:
    """Count data of several categories against the lowest threshold among them."""
    if regime.combining is Combining.OFF:
        return None
    counts = {
        one: ledger.count(replace(account, category=one.category), at_ns, regime.window_months)
        for one in rules
        if one.more_than
    }
    present = [one for one, count in counts.items() if count.at_most]
    if len(present) < 2:
        return None
    lowest = min(present, key=lambda one: one.more_than)
    if regime.combining is Combining.LITERAL:
        count = max((counts[one] for one in present), key=lambda count: count.at_most)
    else:
        whole = ledger.together(account, (one.category for one in counts))
        count = ledger.count(whole, at_ns, regime.window_months)
    rule = replace(lowest, citation=regime.combining_citation or lowest.citation)
    return _measured(rule, count, (Reason.COMBINED_DATA,))


def _measured(threshold: Threshold, count: Count, reasons: tuple[Reason, ...]) -> _Measured:
    return _Measured(threshold, count, count.at_most > threshold.more_than, reasons)


def _nearness(measured: _Measured) -> float:
    """Order by how near to, or how far over, a threshold; none at all is nearest."""
    most, limit = measured.count.at_most, measured.threshold.more_than
    return most / limit if limit else most * float("inf") if most else 0.0


def _why(measured: _Measured) -> list[Reason]:
    reasons = []
    if measured.is_over:
        has_bulk = measured.threshold.more_than > 0
        reasons.append(Reason.BULK_THRESHOLD if has_bulk else Reason.ANY_VOLUME)
    if measured.count.unbounded:
        reasons.append(Reason.PERSONS_UNBOUNDED)
    return reasons


def _verdict(regime: Regime, measured: _Measured) -> RegimeVerdict:
    threshold, count = measured.threshold, measured.count
    verdict = Verdict.INDICATOR
    if measured.is_over:
        verdict = Verdict.BULK_INDICATOR if threshold.more_than else Verdict.ANY_VOLUME_INDICATOR
    return RegimeVerdict(
        id=regime.id,
        verdict=verdict,
        citation=threshold.citation,
        persons_now=count.at_most,
        threshold=threshold.more_than,
        window_months=regime.window_months,
        persons_at_least=count.at_least,
        persons_at_most=count.upper,
        category=threshold.category,
        mark=_mark(measured),
        disposition=regime.disposition,
        verified=threshold.verified is Verified.TEXT and regime.verified is Verified.TEXT,
    )


def _mark(measured: _Measured) -> int:
    most, limit = measured.count.at_most, measured.threshold.more_than
    if measured.is_over:
        return MARKS[0]
    return next((mark for mark in MARKS[1:] if limit and most * 100 >= limit * mark), 0)


def _without_threshold(regime: Regime) -> RegimeVerdict:
    return RegimeVerdict(
        id=regime.id,
        verdict=Verdict.INDICATOR,
        citation=regime.citation,
        persons_now=0,
        threshold=None,
        window_months=regime.window_months,
        disposition=regime.disposition,
        verified=regime.verified is Verified.TEXT,
    )
