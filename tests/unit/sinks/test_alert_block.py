"""The alert as a person reads it."""

from dataclasses import replace
from io import StringIO

from rich.console import Console

from strandwatch.domain.alert import Alert, AlertState, Deadline, Severity, Visibility
from strandwatch.domain.destination import Controller, NameEvidence
from strandwatch.domain.file import Category, unidentified
from strandwatch.domain.lineage import Relation
from strandwatch.domain.process import Job
from strandwatch.sinks.alert_block import AlertBlock, headline
from support.builders import (
    START_NS,
    a_carried_file,
    a_destination,
    a_process,
    a_transfer,
    an_alert,
)


def shown(alert: Alert) -> str:
    stream = StringIO()
    Console(file=stream, width=100).print(AlertBlock(alert))
    return stream.getvalue()


def test_the_block_answers_who_what_where_and_how_much() -> None:
    text = shown(an_alert())

    assert text.startswith(" HIGH  potential transfer of human genomic data to CN")
    for part in (
        "alice: /usr/bin/curl (pid 4242)",
        "$ curl -T sample.bam",
        "started by bash",
        "/runs/A/sample10.bam",
        "bam, human, 1 person; 1 MB; curl opened it (almost certain)",
        "203.0.113.10 port 443 (tcp), CN",
        "confidence high",
        "1 MB so far, under way since 2026-11-18 11:06:40 UTC",
        "us-dsp: potential (28 CFR 202.303); 1 person in 12 months, bulk above 100",
        "human data, country of concern",
        "portable tier",
        "a1, open",
    ):
        assert part in text
    assert len(text.splitlines()) <= 17


def test_the_block_tells_names_control_jobs_and_blind_spots() -> None:
    process = replace(
        a_process(),
        user="svc",
        login_user="alice",
        container="abc123",
        job=Job(system="nextflow", name="UPLOAD (1)"),
    )
    destination = replace(
        a_destination(countries=("SG",)),
        server_name="upload.example",
        name_evidence=NameEvidence.SNI,
        controllers=(Controller("Example Holding", "CN"),),
        disagreement=True,
    )
    transfer = replace(
        a_transfer(process=process, destination=destination),
        ended_ns=START_NS + 61 * 10**9,
    )
    visibility = Visibility(
        tier="netlink", lost=3, unattributed_bytes=5_000, notes=("fanotify overflowed",)
    )

    text = shown(replace(an_alert(transfer=transfer), visibility=visibility, count=4))

    for part in (
        "svc (logged in as alice)",
        "in container abc123",
        "in nextflow job UPLOAD (1)",
        "upload.example (sni) at 203.0.113.10",
        "controlled by Example Holding (CN)",
        "the signals disagree",
        "1 MB in 1 min 1 s, ended",
        "4 transfers in this alert",
        "netlink tier; 3 observations lost; 5 kB unattributed; fanotify overflowed",
    ):
        assert part in text


def test_what_is_unknown_is_said() -> None:
    transfer = replace(
        a_transfer(sent_bytes=None, files=(replace(a_carried_file(), facts=None, via=()),)),
        process=None,
        destination=None,
    )

    text = shown(replace(an_alert(transfer=transfer), regimes=()))

    assert "process unknown" in text
    assert "being identified; read (almost certain)" in text
    assert "not resolved yet" in text
    assert "unknown so far" in text
    assert "Rule" not in text


def test_a_hostile_path_cannot_write_over_the_alert() -> None:
    carried = replace(a_carried_file(), path="/runs/\x1b[2J\r.bam")

    text = shown(an_alert(transfer=a_transfer(files=(carried,))))

    assert "\x1b" not in text
    assert "\\x1b[2J\\r.bam" in text


def test_a_hundred_files_still_fit_on_the_screen() -> None:
    files = tuple(a_carried_file(number) for number in range(100))

    text = shown(an_alert(transfer=a_transfer(files=files)))

    assert "and 92 more" in text
    assert len(text.splitlines()) < 40
    assert "none known" in shown(an_alert(transfer=a_transfer(files=())))


def test_the_headline_names_the_data() -> None:
    unknown = replace(a_carried_file(), facts=unidentified("encrypted"))

    assert headline(an_alert(transfer=a_transfer(files=(unknown,)))) == (
        "potential transfer of unidentified data to CN"
    )
    assert "closed" in shown(an_alert(state=AlertState.CLOSED, severity=Severity.CRITICAL))


def test_what_a_sent_file_may_be_made_of_is_a_number_until_it_is_known() -> None:
    unknown = replace(a_carried_file(11), facts=None)
    made = [replace(unknown, path=f"/x/{number}", relation=Relation.DERIVED) for number in range(9)]

    text = shown(an_alert(transfer=a_transfer(files=(unknown, *made))))
    alone = shown(an_alert(transfer=a_transfer(files=tuple(made))))

    assert "/runs/A/sample11.bam" in text
    assert "/x/" not in text
    assert "and 9 being identified, from which one of these may be made" in text
    assert "/x/0" in alone


def test_both_bounds_approvals_and_the_first_clock_are_shown() -> None:
    verdict = replace(
        an_alert().regimes[0],
        category=Category.GENOMIC,
        persons_at_least=101,
        persons_at_most=140,
    )
    clocks = tuple(
        Deadline(
            regime="r", id="c", title=title, due_ns=START_NS + day * 86_400 * 10**9, citation=""
        )
        for day, title in ((14, "Report"), (1, "Notice"))
    )
    alert = replace(
        an_alert(severity=Severity.CRITICAL),
        regimes=(verdict,),
        authorisations=("award-7",),
        deadlines=clocks,
    )

    text = shown(alert)

    assert "101 to 140 persons in 12 months" in text
    assert "award-7" in text
    assert "2026-11-19 11:06:40 UTC at the earliest: Notice" in text
    assert "Clock" not in shown(replace(alert, severity=Severity.HIGH))
