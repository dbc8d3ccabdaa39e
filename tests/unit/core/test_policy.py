"""Judging: the table of severities, and that more never quietens."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strandwatch.core.ledger import Ledger
from strandwatch.core.policy import NO_CONCERN, count_persons, counterparty, judge
from strandwatch.domain.alert import SEVERITY_ORDER, Reason, Severity
from strandwatch.domain.destination import Confidence, Controller
from strandwatch.domain.file import Category, Species, unidentified
from strandwatch.domain.regime import Clock, Effect, Policy, Threshold
from support.builders import a_carried_file, a_destination, a_human_bam, a_transfer
from support.play import DSP, US_POLICY


def severity_of(**changes: object) -> Severity | None:
    """Judge an upload of one file to a country of concern, with changes to the file."""
    carried = replace(a_carried_file(), **changes)  # type: ignore[arg-type]
    return judge(a_transfer(files=(carried,)), US_POLICY, Ledger()).severity


@pytest.mark.parametrize(
    ("species", "confidence", "expected"),
    [
        (Species.HUMAN, 0.9, Severity.HIGH),
        (Species.MIXED, 0.9, Severity.HIGH),
        (Species.HUMAN, 0.5, Severity.HIGH),
        (Species.HUMAN, 0.49, Severity.MEDIUM),
        (Species.HUMAN, 0.24, Severity.LOW),
        (Species.UNKNOWN, 0.9, Severity.MEDIUM),
        (Species.UNKNOWN, 0.24, Severity.LOW),
        (Species.NONHUMAN, 0.9, None),
    ],
)
def test_severity_follows_species_and_confidence(
    species: Species, confidence: float, expected: Severity | None
) -> None:
    assert severity_of(facts=a_human_bam(species=species), confidence=confidence) is expected


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        (None, Severity.MEDIUM),
        (unidentified("worker failed"), Severity.MEDIUM),
        (unidentified("no signature"), None),
        (replace(a_human_bam(), category=Category.METADATA), None),
    ],
)
def test_what_nobody_could_look_into_is_suspected(facts: object, expected: Severity | None) -> None:
    assert severity_of(facts=facts) is expected


@pytest.mark.parametrize("country", sorted(DSP.countries))
def test_every_country_of_concern_is_one(country: str) -> None:
    transfer = a_transfer(destination=a_destination(countries=(country,)))

    assert judge(transfer, US_POLICY, Ledger()).severity is Severity.HIGH


@pytest.mark.parametrize("country", ["US", "TW", "SG", "KR", "DE", "UA"])
def test_other_countries_are_none(country: str) -> None:
    transfer = a_transfer(destination=a_destination(countries=(country,)))

    assert judge(transfer, US_POLICY, Ledger()) == NO_CONCERN


def test_control_decides_where_location_does_not() -> None:
    abroad = replace(
        a_destination(countries=("US",)),
        controllers=(Controller("Example Cloud", "CN"),),
        jurisdictions=("US", "CN"),
    )

    decision = judge(a_transfer(destination=abroad), US_POLICY, Ledger())

    assert decision.severity is Severity.HIGH
    assert Reason.CONTROLLED_FROM_COUNTRY_OF_CONCERN in decision.reasons
    assert Reason.COUNTRY_OF_CONCERN not in decision.reasons


def test_a_jurisdiction_without_its_reason_still_decides() -> None:
    bare = replace(a_destination(countries=("US",)), jurisdictions=("RU",))

    decision = judge(a_transfer(destination=bare), US_POLICY, Ledger())

    assert decision.reasons == (Reason.HUMAN_DATA, Reason.COUNTRY_OF_CONCERN)


def test_a_listed_entity_is_of_concern_wherever_it_is() -> None:
    policy = Policy((replace(DSP, entities=frozenset({"Listed Ltd"})),), "x")
    listed = replace(
        a_destination(countries=("SG",)), controllers=(Controller("Listed Ltd", "SG"),)
    )

    decision = judge(a_transfer(destination=listed), policy, Ledger())

    assert Reason.ENTITY_OF_CONCERN in decision.reasons


def test_nothing_is_judged_or_counted_before_the_destination_is_known() -> None:
    ledger, transfer = Ledger(), replace(a_transfer(), destination=None)

    count_persons(transfer, US_POLICY, ledger)

    assert judge(transfer, US_POLICY, ledger) == NO_CONCERN


def test_a_destination_without_any_name_is_one_counterparty() -> None:
    assert counterparty(replace(a_destination(), address=None)) == "unknown"


def test_a_regime_without_thresholds_has_none() -> None:
    policy = Policy((replace(DSP, thresholds=()),), "x")

    (verdict,) = judge(a_transfer(), policy, Ledger()).verdicts

    assert (verdict.threshold, verdict.citation) == (None, "28 CFR Part 202")


def test_regimes_answer_each_for_themselves() -> None:
    texas = replace(DSP, id="us-tx", thresholds=())
    policy = Policy((DSP, texas), "x")

    decision = judge(a_transfer(), policy, Ledger())

    assert [verdict.id for verdict in decision.verdicts] == ["us-dsp", "us-tx"]


@pytest.mark.parametrize(("persons", "expected"), [(99, "high"), (100, "high"), (101, "critical")])
def test_more_than_a_hundred_means_a_hundred_and_one(persons: int, expected: str) -> None:
    ledger = Ledger()
    transfer = a_transfer(files=(a_carried_file(facts=a_human_bam(persons)),))

    count_persons(transfer, US_POLICY, ledger)

    assert judge(transfer, US_POLICY, ledger).severity == expected


@given(
    st.integers(0, 10**12),
    st.integers(0, 10**12),
    st.sampled_from(Species),
    st.sampled_from(Confidence),
    st.floats(0, 1),
)
def test_sending_more_never_quietens_an_alert(
    first: int, more: int, species: Species, confidence: Confidence, lineage: float
) -> None:
    carried = replace(a_carried_file(facts=a_human_bam(species=species)), confidence=lineage)
    transfer = a_transfer(
        sent_bytes=first, files=(carried,), destination=a_destination(confidence=confidence)
    )
    extra = a_carried_file(11)

    before = judge(transfer, US_POLICY, Ledger()).severity
    after = judge(
        replace(transfer, sent_bytes=first + more, files=(carried, extra)), US_POLICY, Ledger()
    ).severity

    assert rank(after) <= rank(before)


def rank(severity: Severity | None) -> int:
    """Give a number that is lower for what is more urgent."""
    return len(SEVERITY_ORDER) if severity is None else SEVERITY_ORDER.index(severity)


WATCH = replace(
    DSP,
    id="watch",
    countries=frozenset(),
    entities=frozenset({"Listed Ltd"}),
    thresholds=(),
    effect=Effect.WATCH,
    ceiling=Severity.MEDIUM,
)
LISTED = replace(a_destination(), controllers=(Controller("Listed Ltd", "CN"),))


@pytest.mark.parametrize(
    ("lineage", "species", "expected"),
    [
        (0.9, Species.HUMAN, Severity.HIGH),
        (0.9, Species.UNKNOWN, Severity.HIGH),
        (0.1, Species.HUMAN, Severity.MEDIUM),
    ],
)
def test_a_watch_list_raises_what_another_regime_says(
    lineage: float, species: Species, expected: Severity
) -> None:
    carried = replace(a_carried_file(facts=a_human_bam(species=species)), confidence=lineage)
    transfer = a_transfer(files=(carried,), destination=LISTED)

    decision = judge(transfer, Policy((DSP, WATCH), "x"), Ledger())

    assert decision.severity is expected
    assert Reason.WATCH_LIST in decision.reasons


def test_a_watch_list_alone_asks_for_a_review() -> None:
    listed = replace(LISTED, countries=("SG",), jurisdictions=("SG",))

    decision = judge(a_transfer(destination=listed), Policy((DSP, WATCH), "x"), Ledger())

    assert decision.severity is Severity.MEDIUM


def test_a_watch_list_of_names_does_not_look_at_unknown_places() -> None:
    nowhere = replace(a_destination(countries=()), confidence=Confidence.UNKNOWN)

    decision = judge(a_transfer(destination=nowhere), Policy((WATCH,), "x"), Ledger())

    assert decision == NO_CONCERN


@pytest.mark.parametrize(("country", "is_outside"), [("US", False), ("PR", False), ("NO", True)])
def test_an_allow_list_is_about_every_other_country(country: str, is_outside: bool) -> None:
    local = replace(DSP, countries=frozenset(), not_countries=frozenset({"US", "PR"}))
    transfer = a_transfer(destination=a_destination(countries=(country,)))

    decision = judge(transfer, Policy((local,), "x"), Ledger())

    assert (Reason.OUTSIDE_ALLOWED_COUNTRIES in decision.reasons) is is_outside


def test_an_unknown_place_is_not_inside_an_allow_list() -> None:
    local = replace(DSP, countries=frozenset(), not_countries=frozenset({"US"}))
    nowhere = replace(a_destination(countries=()), confidence=Confidence.UNKNOWN)

    decision = judge(a_transfer(destination=nowhere), Policy((local,), "x"), Ledger())

    assert (decision.severity, Reason.LOCATION_UNCERTAIN in decision.reasons) == (
        Severity.LOW,
        True,
    )


@pytest.mark.parametrize(
    ("effective_from", "is_silent"), [("2026-11-18", False), ("2026-11-19", True)]
)
def test_a_future_regime_is_silent_until_its_day(effective_from: str, is_silent: bool) -> None:
    policy = Policy((replace(DSP, effective_from=effective_from),), "x")

    decision = judge(a_transfer(), policy, Ledger())

    assert (decision.severity is None) is is_silent


def test_a_regime_about_declared_data_is_silent_about_all_other() -> None:
    rule = Threshold(category=Category.CONTROLLED_ACCESS, more_than=0, citation="x")
    policy = Policy((replace(DSP, thresholds=(rule,)),), "x")
    unknown = a_transfer(files=(replace(a_carried_file(), facts=None),))

    assert judge(a_transfer(), policy, Ledger()).severity is None
    assert judge(unknown, policy, Ledger()).severity is None


def test_a_decision_names_the_clocks_and_the_policy() -> None:
    clock = Clock(id="c", title="Notice", hours=24, starts="somebody knows", citation="x")
    policy = Policy((replace(DSP, clocks=(clock,)),), "digest")

    decision = judge(a_transfer(), policy, Ledger())

    assert (decision.clocks, decision.policy) == ((("us-dsp", clock),), "digest")
