"""Incidents: marks escalate, approvals and deadlines stay with the alert."""

from dataclasses import replace

from strandwatch.core.command import Command, Notify, Record
from strandwatch.core.incidents import Incidents
from strandwatch.core.ledger import Ledger
from strandwatch.core.limits import Limits
from strandwatch.core.policy import Decision, count_persons, judge
from strandwatch.domain.alert import Alert, Severity, Visibility
from strandwatch.domain.regime import Authorisation, Clock, Policy
from support.builders import SECOND, START_NS, a_carried_file, a_human_bam, a_transfer
from support.play import DSP, US_POLICY

SEEN = Visibility(tier="kernel")
NOTICE = Clock(id="notice", title="Notice", hours=24, starts="somebody knows", citation="x")


def decisions(*persons: int, policy: Policy = US_POLICY) -> list[tuple[int, Decision]]:
    """Judge one transfer at seconds in which its file holds ever more persons."""
    ledger, judged = Ledger(), []
    for second, number in enumerate(persons):
        files = (a_carried_file(facts=a_human_bam(number)),)
        transfer = a_transfer(files=files, at_ns=START_NS + second * SECOND)
        count_persons(transfer, policy, ledger)
        judged.append((second, judge(transfer, policy, ledger)))
    return judged


def told(commands: list[Command]) -> list[Alert]:
    """Give the alerts that sinks hear of as new or escalated."""
    return [one.alert for one in commands if isinstance(one, Notify) and not one.repeat]


def test_every_mark_of_a_threshold_is_told_once() -> None:
    incidents, commands = Incidents(Limits()), []
    for second, decision in decisions(1, 49, 50, 60, 80, 100, 101, 500):
        transfer = a_transfer(at_ns=START_NS + second * SECOND)
        commands += incidents.raise_alert(transfer, decision, SEEN)

    alerts = told(commands)

    assert [one.regimes[0].mark for one in alerts] == [0, 50, 80, 100]
    assert [one.severity for one in alerts] == [Severity.HIGH] * 3 + [Severity.CRITICAL]
    recorded = [one.record for one in commands if isinstance(one, Record)]
    assert [one.regimes[0].mark for one in recorded if isinstance(one, Alert)] == [0, 50, 80, 100]


def test_deadlines_begin_when_the_alert_was_opened_and_are_there_once() -> None:
    policy = Policy((replace(DSP, clocks=(NOTICE,)),), "digest")
    incidents, commands = Incidents(Limits()), []
    for second, decision in decisions(1, 101, policy=policy):
        transfer = a_transfer(at_ns=START_NS + second * SECOND)
        commands += incidents.raise_alert(transfer, decision, SEEN)

    last = told(commands)[-1]

    (deadline,) = last.deadlines
    assert deadline.due_ns == START_NS + 24 * 3600 * SECOND
    assert (deadline.regime, deadline.id, last.policy) == ("us-dsp", "notice", "digest")


def test_an_approval_stays_written_on_an_alert_that_outgrows_it() -> None:
    approval = Authorisation(
        id="award-7",
        regimes=("us-dsp",),
        basis="x",
        counterparties=("203.0.113.0/24",),
        purpose="x",
        approved_by="x",
        valid_from="2026-01-01",
        valid_to="2026-12-31",
        paths=("/runs/A/sample10.bam",),
    )
    policy = replace(US_POLICY, authorisations=(approval,))
    incidents, ledger = Incidents(Limits()), Ledger()
    approved = a_transfer()
    more = replace(approved, files=(*approved.files, a_carried_file(11)))

    first = incidents.raise_alert(approved, judge(approved, policy, ledger), SEEN)
    second = incidents.raise_alert(more, judge(more, policy, ledger), SEEN)

    assert told(first) == []
    (alert,) = told(second)
    assert (alert.severity, alert.authorisations) == (Severity.HIGH, ("award-7",))
