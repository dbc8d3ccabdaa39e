"""Authorisations lower what a regime says, are shown, end on their day, and hide nothing."""

from dataclasses import replace

import pytest

from strandwatch.core.ledger import Ledger
from strandwatch.core.policy import Decision, count_persons, judge
from strandwatch.domain.alert import Reason, Severity
from strandwatch.domain.destination import Controller, Destination
from strandwatch.domain.file import Category, RunFacts
from strandwatch.domain.regime import Authorisation, Dataset, Policy
from strandwatch.domain.transfer import CarriedFile
from support.builders import a_carried_file, a_destination, a_human_bam, a_transfer
from support.play import DSP

AWARD = Authorisation(
    id="award-7",
    regimes=("us-dsp",),
    basis="28 CFR 202.504, award 7",
    counterparties=("Example Institute", "*.example.org", "203.0.113.0/24"),
    purpose="funded research",
    approved_by="research office",
    valid_from="2026-01-01",
    valid_to="2026-12-31",
)
ELSEWHERE = a_destination("198.51.100.1")
STUDY = Dataset(name="study", paths=("/study/*",))


def decide(
    authorisation: Authorisation,
    *,
    persons: int = 1,
    files: tuple[CarriedFile, ...] | None = None,
    destination: Destination | None = None,
) -> Decision:
    """Judge a transfer under one authorisation."""
    policy = Policy((DSP,), "test", datasets=(STUDY,), authorisations=(authorisation,))
    carried = files or (a_carried_file(facts=a_human_bam(persons)),)
    transfer = a_transfer(files=carried, destination=destination)
    ledger = Ledger()
    count_persons(transfer, policy, ledger)
    return judge(transfer, policy, ledger)


@pytest.mark.parametrize(("persons", "severity"), [(1, Severity.LOW), (101, Severity.MEDIUM)])
def test_an_approved_transfer_is_less_urgent_and_says_why(persons: int, severity: Severity) -> None:
    decision = decide(AWARD, persons=persons)

    assert decision.severity is severity
    assert decision.authorisations == ("award-7",)
    assert Reason.AUTHORISED in decision.reasons


@pytest.mark.parametrize(
    "changes",
    [
        {"regimes": ("us-tx",)},
        {"counterparties": ("Somebody Else", "198.51.100.0/24", "not a network/x")},
        {"valid_from": "2026-12-01"},
        {"datasets": ("study",)},
        {"datasets": ("other",)},
        {"paths": ("/elsewhere/*",)},
        {"runs": ("RUN1",)},
    ],
)
def test_what_was_not_approved_stays_as_urgent(changes: dict[str, object]) -> None:
    decision = decide(replace(AWARD, **changes))  # type: ignore[arg-type]

    assert (decision.severity, decision.authorisations) == (Severity.HIGH, ())


def test_an_ended_approval_is_announced() -> None:
    decision = decide(replace(AWARD, valid_to="2026-06-30"))

    assert decision.severity is Severity.HIGH
    assert Reason.AUTHORISATION_EXPIRED in decision.reasons


@pytest.mark.parametrize(
    "destination",
    [
        replace(ELSEWHERE, controllers=(Controller("EXAMPLE institute", "CN"),)),
        replace(ELSEWHERE, server_name="up.Example.org"),
        a_destination("203.0.113.99"),
    ],
)
def test_a_counterparty_is_an_entity_a_name_or_a_network(destination: Destination) -> None:
    assert decide(AWARD, destination=destination).authorisations == ("award-7",)


def test_an_end_without_an_address_is_in_no_network() -> None:
    destination = replace(a_destination(), address=None)

    assert decide(AWARD, destination=destination).authorisations == ()


def test_every_file_must_be_approved() -> None:
    approved = replace(a_carried_file(10), path="/study/a.bam")
    run = replace(a_carried_file(11), facts=replace(a_human_bam(), run=RunFacts(run_id="RUN1")))
    authorisation = replace(AWARD, datasets=("study",), runs=("RUN1",))

    both = decide(authorisation, files=(approved, run))
    one_more = decide(authorisation, files=(approved, run, a_carried_file(12)))

    assert both.severity is Severity.LOW
    assert one_more.severity is Severity.HIGH


def test_an_approval_for_one_regime_says_nothing_for_another() -> None:
    texas = replace(DSP, id="us-tx", thresholds=())
    policy = Policy((DSP, texas), "test", authorisations=(AWARD,))

    decision = judge(a_transfer(), policy, Ledger())

    assert decision.severity is Severity.HIGH
    assert decision.authorisations == ("award-7",)


def test_a_dataset_alone_makes_a_file_neither_human_nor_omic() -> None:
    said = Dataset(name="all", paths=("*",), categories=frozenset({Category.GENOMIC}))
    policy = Policy((DSP,), "test", datasets=(said,))
    mouse = replace(a_carried_file(), facts=replace(a_human_bam(), category=Category.METADATA))

    assert judge(a_transfer(files=(mouse,)), policy, Ledger()).severity is None
