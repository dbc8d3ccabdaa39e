"""A case with everything in it: two transfers, a history, approvals, clocks, handling."""

from dataclasses import replace

from strandwatch.domain.alert import (
    Alert,
    AlertState,
    Deadline,
    Handling,
    Reason,
    RegimeVerdict,
    Severity,
    Verdict,
    Visibility,
)
from strandwatch.domain.destination import Controller, Destination
from strandwatch.domain.file import Category
from strandwatch.domain.lineage import Relation
from strandwatch.domain.transfer import Transfer
from strandwatch.report.case import Case, Evidence, Reporter
from support.builders import (
    SECOND,
    START_NS,
    a_carried_file,
    a_destination,
    a_human_bam,
    a_transfer,
    an_alert,
)

MADE_NS = START_NS + 3600 * SECOND


def a_controlled_destination() -> Destination:
    """An end in Hong Kong, controlled from China."""
    return replace(
        a_destination(countries=("HK",)),
        server_name="upload.example.net",
        controllers=(Controller("Example Cloud", "CN"),),
        jurisdictions=("HK", "CN"),
        disagreement=True,
    )


def a_case_transfer(number: int = 1, *, sent: int | None = 48_000_000) -> Transfer:
    """One of the case's transfers."""
    started = START_NS + number * 600 * SECOND
    piped = replace(
        a_carried_file(11, facts=a_human_bam(101), confidence=0.55),
        relation=Relation.PIPE,
        via=("tar opened it", "pipe to curl"),
    )
    return replace(
        a_transfer(
            id=f"{number:016x}",
            sent_bytes=sent,
            files=(a_carried_file(10), piped),
            destination=a_controlled_destination(),
            at_ns=started,
        ),
        updated_ns=started + 300 * SECOND,
        ended_ns=started + 300 * SECOND,
    )


def a_state(second: int, sent: int, severity: Severity, persons: int, mark: int) -> Alert:
    """One recorded state of the case's alert."""
    transfer = a_case_transfer()
    at_ns = transfer.started_ns + second * SECOND
    verdict = RegimeVerdict(
        id="us-dsp",
        verdict=Verdict.BULK_INDICATOR if mark == 100 else Verdict.INDICATOR,
        citation="28 CFR 202.205(a), 202.224(a)(1)",
        persons_now=persons,
        threshold=100,
        window_months=12,
        persons_at_least=persons - 1,
        persons_at_most=persons,
        category=Category.GENOMIC,
        mark=mark,
    )
    clock = Deadline(
        regime="us-dsp",
        id="rejected-offer-report",
        title="Report of a rejected offer",
        due_ns=transfer.started_ns + 14 * 86_400 * SECOND,
        citation="28 CFR 202.1104(b)",
    )
    return replace(
        an_alert(
            id="abcdef0123456789", transfer=replace(transfer, sent_bytes=sent, updated_ns=at_ns)
        ),
        opened_ns=transfer.started_ns + SECOND,
        updated_ns=at_ns,
        severity=severity,
        regimes=(verdict,),
        reasons=(
            Reason.HUMAN_DATA,
            Reason.CONTROLLED_FROM_COUNTRY_OF_CONCERN,
            Reason.BULK_THRESHOLD,
        ),
        visibility=Visibility(tier="kernel", lost=3, notes=("names were not read",)),
        deadlines=(clock,),
        policy="fc229fc35be00ab4",
    )


def a_case() -> Case:
    """The whole case."""
    series = (
        a_state(1, 1_000_000, Severity.HIGH, 1, 0),
        a_state(60, 11_000_000, Severity.HIGH, 50, 50),
        a_state(120, 12_000_000, Severity.HIGH, 50, 50),
        a_state(200, 35_000_000, Severity.CRITICAL, 101, 100),
        a_state(300, 48_000_000, Severity.CRITICAL, 102, 100),
    )
    first = a_case_transfer()
    second = replace(
        a_case_transfer(2, sent=7_000_000), destination=a_destination(countries=("CN",))
    )
    return Case(
        alert=replace(series[-1], count=2),
        series=series,
        handlings=(
            Handling(
                alert_id="abcdef0123456789",
                at_ns=MADE_NS,
                state=AlertState.ACKNOWLEDGED,
                by="alice",
                reason="asking the laboratory <b>now</b>",
            ),
        ),
        transfers=(first, second),
        evidence=(
            Evidence(
                seq=7, kind="alert", key="abcdef0123456789", hash="ab" * 32, link="cd" * 32,
                content="{}",
            ),
        ),
        reporter=Reporter(legal_entity="Example University"),
        made_ns=MADE_NS,
        version="0",
    )  # fmt: skip
