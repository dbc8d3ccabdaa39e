"""Counts against thresholds: every number of 28 CFR 202.205, combined data, marks."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strandwatch.config.policy import load_policy
from strandwatch.config.policy_models import PolicyConfig
from strandwatch.core.counting import count_persons
from strandwatch.core.ledger import Account, Ledger
from strandwatch.core.policy import Decision, judge
from strandwatch.domain.alert import SEVERITY_ORDER, Reason, Severity, Verdict
from strandwatch.domain.destination import Confidence
from strandwatch.domain.file import OMIC_CATEGORIES, Category, FileFacts, Species
from strandwatch.domain.regime import Combining, Dataset, Policy, Regime, Threshold
from strandwatch.domain.sample import PersonCount
from strandwatch.domain.transfer import CarriedFile, Transfer
from support.builders import a_carried_file, a_destination, a_human_bam, a_transfer
from support.play import DSP, US_POLICY

(US_DSP,) = load_policy(PolicyConfig(regimes=("us-dsp",))).regimes

RULE = [
    (Category.GENOMIC, 100),
    (Category.EPIGENOMIC, 1_000),
    (Category.PROTEOMIC, 1_000),
    (Category.TRANSCRIPTOMIC, 1_000),
    (Category.BIOMETRIC, 1_000),
    (Category.GEOLOCATION, 1_000),
    (Category.HEALTH, 10_000),
    (Category.FINANCIAL, 10_000),
    (Category.IDENTIFIERS, 100_000),
]
"""28 CFR 202.205(a) to (f): "more than"."""


def facts_of(category: Category, persons: int, *, unbounded: bool = False) -> FileFacts:
    """Give a file of so many unnamed persons."""
    return replace(
        a_human_bam(0),
        category=category,
        persons=PersonCount(persons, None if unbounded else persons),
    )


def judged(policy: Policy, *transfers: Transfer) -> Decision:
    """Count and judge transfers in their order; give what is said of the last."""
    ledger, decision = Ledger(), None
    for transfer in transfers:
        count_persons(transfer, policy, ledger)
        decision = judge(transfer, policy, ledger)
    assert decision is not None
    return decision


def sending(category: Category, persons: int, inode: int = 10) -> Transfer:
    """Give a transfer of so many persons to a country of concern."""
    return a_transfer(files=(a_carried_file(inode, facts=facts_of(category, persons)),))


def declared_as(regime: Regime, category: Category) -> Policy:
    """Give a policy by which all files are of a category that no content tells."""
    said = Dataset(name="all", paths=("*",), categories=frozenset({category}))
    return Policy((replace(regime, combining=Combining.OFF),), "test", datasets=(said,))


def verdict_of(category: Category, persons: int) -> Verdict:
    """Say what 202.205 makes of so many persons."""
    if category in OMIC_CATEGORIES:
        transfer, policy = sending(category, persons), Policy((US_DSP,), "test")
    else:
        # The file itself counts too: proteomic data of one person are far below their threshold.
        transfer = sending(Category.PROTEOMIC, persons)
        policy = declared_as(US_DSP, category)
        rules = tuple(one for one in US_DSP.thresholds if one.category is category)
        policy = replace(policy, regimes=(replace(policy.regimes[0], thresholds=rules),))
    (verdict,) = judged(policy, transfer).verdicts
    return verdict.verdict


@pytest.mark.parametrize(("category", "limit"), RULE)
def test_every_threshold_of_202_205_means_more_than(category: Category, limit: int) -> None:
    verdicts = [verdict_of(category, limit + more) for more in (-1, 0, 1)]

    assert verdicts == [Verdict.INDICATOR, Verdict.INDICATOR, Verdict.BULK_INDICATOR]


def test_the_rule_has_no_other_thresholds() -> None:
    rules = {one.category: one.more_than for one in US_DSP.thresholds}

    assert rules == {**dict(RULE), Category.GOVERNMENT_RELATED: 0}


def test_government_related_data_need_one_person_only() -> None:
    decision = judged(
        declared_as(US_DSP, Category.GOVERNMENT_RELATED), sending(Category.GENOMIC, 1)
    )

    (verdict,) = decision.verdicts
    assert verdict.verdict is Verdict.ANY_VOLUME_INDICATOR
    assert decision.severity is Severity.CRITICAL
    assert Reason.ANY_VOLUME in decision.reasons


@pytest.mark.parametrize(
    ("mode", "genomic", "transcripts", "expected"),
    [
        (Combining.CONSERVATIVE, 60, 40, Verdict.INDICATOR),
        (Combining.CONSERVATIVE, 60, 41, Verdict.BULK_INDICATOR),
        (Combining.LITERAL, 60, 100, Verdict.INDICATOR),
        (Combining.LITERAL, 60, 101, Verdict.BULK_INDICATOR),
        (Combining.OFF, 60, 1_000, Verdict.INDICATOR),
    ],
)
def test_combined_data_count_by_the_lowest_threshold_present(
    mode: Combining, genomic: int, transcripts: int, expected: Verdict
) -> None:
    policy = Policy((replace(US_DSP, combining=mode),), "test")

    decision = judged(
        policy,
        sending(Category.TRANSCRIPTOMIC, transcripts),
        sending(Category.GENOMIC, genomic, 11),
    )

    assert decision.verdicts[0].verdict is expected
    assert (Reason.COMBINED_DATA in decision.reasons) is (mode is not Combining.OFF)


def test_a_combined_count_cites_its_own_paragraph() -> None:
    transfers = (sending(Category.TRANSCRIPTOMIC, 80), sending(Category.GENOMIC, 80, 11))
    bare = replace(US_DSP, combining_citation="")

    (cited,) = judged(Policy((US_DSP,), "test"), *transfers).verdicts
    (without,) = judged(Policy((bare,), "test"), *transfers).verdicts

    assert cited.citation == "28 CFR 202.205(g)"
    assert without.citation == US_DSP.thresholds[0].citation


@pytest.mark.parametrize(
    ("persons", "mark"), [(1, 0), (49, 0), (50, 50), (79, 50), (80, 80), (100, 80), (101, 100)]
)
def test_marks_are_half_four_fifths_and_over(persons: int, mark: int) -> None:
    (verdict,) = judged(US_POLICY, sending(Category.GENOMIC, persons)).verdicts

    assert verdict.mark == mark


def test_a_verdict_shows_both_bounds() -> None:
    transfer = a_transfer(
        files=(a_carried_file(facts=replace(a_human_bam(2), persons=PersonCount(1, 4))),)
    )

    (verdict,) = judged(US_POLICY, transfer).verdicts

    assert (verdict.persons_at_least, verdict.persons_at_most) == (2, 4)


def test_an_unbounded_count_says_so() -> None:
    facts = facts_of(Category.GENOMIC, 3, unbounded=True)

    decision = judged(US_POLICY, a_transfer(files=(a_carried_file(facts=facts),)))

    assert decision.verdicts[0].persons_at_most is None
    assert Reason.PERSONS_UNBOUNDED in decision.reasons


def test_a_threshold_may_have_a_time_of_its_own() -> None:
    old = Threshold(
        category=Category.GENOMIC, more_than=5, citation="old", effective_to="2026-01-01"
    )
    new = Threshold(
        category=Category.GENOMIC, more_than=9, citation="new", effective_from="2026-01-02"
    )
    policy = Policy((replace(DSP, thresholds=(old, new)),), "test")

    (verdict,) = judged(policy, sending(Category.GENOMIC, 1)).verdicts

    assert verdict.citation == "new"


def test_an_end_that_nobody_could_name_is_counted_where_it_belongs_once_it_is_known() -> None:
    ledger = Ledger()
    unknown = replace(a_destination(countries=()), confidence=Confidence.UNKNOWN)
    count_persons(a_transfer(destination=unknown), US_POLICY, ledger)
    before = ledger.accounts()

    count_persons(a_transfer(), US_POLICY, ledger)

    assert [one.counterparty for one in before] == ["unresolved: 203.0.113.10"]
    assert ledger.accounts() == (Account("us-dsp", "203.0.113.10", Category.GENOMIC),)


def test_files_that_nobody_looked_into_yet_are_not_counted() -> None:
    ledger = Ledger()
    transfer = a_transfer(files=(replace(a_carried_file(), facts=None),))

    count_persons(transfer, US_POLICY, ledger)

    assert ledger.accounts() == ()


def test_a_legal_entity_has_its_own_count() -> None:
    ledger, policy = Ledger(), replace(US_POLICY, legal_entity="Example University")

    count_persons(a_transfer(), policy, ledger)

    assert ledger.accounts()[0].legal_entity == "Example University"


@given(st.permutations([("t1", 10, 3), ("t2", 11, 5), ("t3", 12, 90), ("t4", 10, 3)]))
def test_the_order_of_transfers_does_not_change_the_count(
    sendings: list[tuple[str, int, int]],
) -> None:
    transfers = [
        replace(sending(Category.GENOMIC, persons, inode), id=id_)
        for id_, inode, persons in sendings
    ]

    (verdict,) = judged(US_POLICY, *transfers).verdicts

    assert verdict.persons_now == 98


@given(
    st.lists(
        st.tuples(
            st.sampled_from([Category.GENOMIC, Category.TRANSCRIPTOMIC, Category.PROTEOMIC]),
            st.integers(1, 120),
            st.sampled_from(Species),
        ),
        min_size=1,
        max_size=6,
    ),
    st.sampled_from(Combining),
)
def test_every_further_transfer_leaves_an_alert_as_urgent_or_makes_it_more_so(
    sendings: list[tuple[Category, int, Species]], mode: Combining
) -> None:
    policy, ledger = Policy((replace(US_DSP, combining=mode),), "test"), Ledger()
    files: list[CarriedFile] = []
    ranks = []
    for inode, (category, persons, species) in enumerate(sendings):
        facts = replace(facts_of(category, persons), species=species)
        files.append(a_carried_file(inode, facts=facts))
        transfer = a_transfer(files=tuple(files))
        count_persons(transfer, policy, ledger)
        severity = judge(transfer, policy, ledger).severity
        ranks.append(len(SEVERITY_ORDER) if severity is None else SEVERITY_ORDER.index(severity))

    assert ranks == sorted(ranks, reverse=True)
