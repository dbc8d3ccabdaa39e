"""Re-judging recorded transfers by another policy."""

from dataclasses import replace

from strandwatch.core.ledger import Account
from strandwatch.core.rejudge import recounted, rejudged
from strandwatch.domain.alert import Severity
from strandwatch.domain.file import Category
from strandwatch.domain.regime import Policy
from support.builders import SECOND, START_NS, a_carried_file, a_human_bam, a_transfer
from support.play import DSP, US_POLICY


def test_the_same_policy_says_the_same() -> None:
    (one,) = rejudged([a_transfer()], US_POLICY, US_POLICY)

    assert not one.differs


def test_another_policy_counts_for_itself() -> None:
    strict = Policy(
        (replace(DSP, thresholds=(replace(DSP.thresholds[0], more_than=1),)),), "strict"
    )
    transfers = [
        a_transfer(
            id=f"t{number}",
            files=(a_carried_file(number, facts=a_human_bam(number)),),
            at_ns=START_NS + number * SECOND,
        )
        for number in (1, 2)
    ]

    first, second = rejudged(transfers, US_POLICY, strict)

    assert (first.differs, second.differs) == (False, True)
    assert (second.before.severity, second.after.severity) == (Severity.HIGH, Severity.CRITICAL)


def test_a_recount_is_the_ledger_of_the_record() -> None:
    ledger = recounted([a_transfer(), a_transfer()], US_POLICY)

    account = Account("us-dsp", "203.0.113.10", Category.GENOMIC)
    assert ledger.count(account, START_NS, 12).at_most == 1
