"""Re-judging: recorded transfers through a policy, from the beginning, as if it had been on."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from strandwatch.core.ledger import Ledger
from strandwatch.core.policy import Decision, count_persons, judge
from strandwatch.domain.regime import Policy
from strandwatch.domain.transfer import Transfer


@dataclass(frozen=True, slots=True)
class Rejudged:
    """What one policy says of a transfer, and what another would."""

    transfer: Transfer
    before: Decision
    after: Decision

    @property
    def differs(self) -> bool:
        """Tell whether anybody would act differently."""
        return _said(self.before) != _said(self.after)


def recounted(transfers: Iterable[Transfer], policy: Policy) -> Ledger:
    """Give the ledger of these transfers under a policy."""
    ledger = Ledger()
    for transfer in transfers:
        count_persons(transfer, policy, ledger)
    return ledger


def rejudged(transfers: Iterable[Transfer], before: Policy, after: Policy) -> Iterator[Rejudged]:
    """Judge transfers, the first first, by two policies, each counting for itself."""
    old, new = Ledger(), Ledger()
    for transfer in transfers:
        count_persons(transfer, before, old)
        count_persons(transfer, after, new)
        yield Rejudged(transfer, judge(transfer, before, old), judge(transfer, after, new))


def _said(decision: Decision) -> tuple[object, ...]:
    verdicts = frozenset((one.id, one.verdict) for one in decision.verdicts)
    return decision.severity, verdicts, decision.authorisations
