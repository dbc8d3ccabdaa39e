"""Rehearsal: a regime's own cases, judged by the real rules."""

from dataclasses import replace

from strandwatch.config.policy import load_regimes
from strandwatch.config.policy_models import PolicyConfig
from strandwatch.core.rehearsal import Case, day_ns, rehearse
from strandwatch.domain.alert import Severity, Verdict
from strandwatch.domain.file import Category
from support.play import DSP

EVERY = (
    "us-dsp", "us-nih-cadr", "us-tx", "us-ut", "local-residency",
)  # fmt: skip
CASE = Case(
    name="a person",
    to="CN",
    category=Category.GENOMIC,
    persons=1,
    at_ns=day_ns(20_700),
    expect=Verdict.INDICATOR,
)


def test_every_regime_passes_its_own_tests() -> None:
    loaded = load_regimes(PolicyConfig(regimes=EVERY))

    outcomes = [rehearse(one.regime, case) for one in loaded for case in one.cases]

    assert all(one.cases for one in loaded)
    assert [one for one in outcomes if not one.passed] == []


def test_an_outcome_fails_by_verdict_and_by_severity() -> None:
    assert rehearse(DSP, CASE).passed
    assert not rehearse(DSP, replace(CASE, expect=Verdict.NONE)).passed
    assert not rehearse(DSP, replace(CASE, severity=Severity.LOW)).passed
    assert rehearse(DSP, replace(CASE, severity=Severity.HIGH)).passed


def test_a_case_may_name_who_controls_the_destination() -> None:
    listed = replace(DSP, countries=frozenset(), entities=frozenset({"Listed Ltd"}))

    outcome = rehearse(listed, replace(CASE, to="SG", controller="Listed Ltd"))

    assert outcome.verdict is Verdict.INDICATOR


def test_a_destination_that_nobody_could_tell_is_uncertain() -> None:
    outcome = rehearse(DSP, replace(CASE, to=None))

    assert (outcome.verdict, outcome.severity) == (Verdict.INDICATOR, Severity.LOW)
